import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { ByteBuffer } from '../src/byte-buffer.ts'
import { MemoryPool } from '../src/memory.ts'
import { Spill } from '../src/spill.ts'

t.test('what is appended is read, through growth and spilling, and memory is given back', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'spill-'))
  const pool = new MemoryPool(1)
  const spill = new Spill(folder)
  t.teardown(() => { spill.close() })
  const expected: string[][] = []
  const buffers = Array.from({ length: 300 }, () => new ByteBuffer(pool))
  let random = 1
  const next = (below: number): number => (random = Math.imul(random, 48_271) >>> 1) % below
  for (let i = 0; i < 20_000; i++) {
    const at = next(300)
    const text = 'é'.repeat(next(at === 0 ? 50_000 : 60)) + String(i)
    const buffer = buffers[at]!
    expected[at] ??= []
    expected[at].push(text)
    if (i % 3 === 0) buffer.appendText(text)
    else if (i % 3 === 1) buffer.appendBytes(Buffer.from(text))
    else buffer.appendRow(Buffer.from(text.slice(0, 1)), Buffer.from(text.slice(1)))
    buffer.appendByte(10)
    if (next(200) === 0) buffer.spill(spill)
  }
  t.ok(spill.used > 0)
  for (const [at, buffer] of buffers.entries()) {
    const bytes = Buffer.concat([...buffer.read(spill)])
    if (bytes.length !== buffer.bytes || bytes.toString() !== `${expected[at]!.join('\n')}\n`) t.fail(`buffer ${at} differs`)
    buffer.free(spill)
  }
  t.equal(pool.used, 0)
  spill.close()
  t.same(readdirSync(folder), [])
})

t.test('what was appended last can be taken back, through blocks of any size', t => {
  const pool = new MemoryPool(1)
  const spill = new Spill(tmpdir())
  t.teardown(() => { spill.close() })
  const buffer = new ByteBuffer(pool)
  let expected = ''
  for (let size = 1; size < 2_000_000; size = Math.ceil(size * 1.7)) {
    const { bytes } = buffer
    buffer.appendText('x'.repeat(size))
    buffer.appendBytes(Buffer.alloc(size + 7, 'y'))
    buffer.truncate(bytes)
    buffer.appendText(`${size},`)
    expected += `${size},`
    // No block is left that nobody gives back.
    t.equal(pool.used, buffer.held)
    if (size % 3 === 0) buffer.spill(spill)
    else {
      buffer.appendBytes(Buffer.alloc(size, 'z'))
      expected += 'z'.repeat(size)
    }
  }
  t.ok(Buffer.concat([...buffer.read(spill)]).toString() === expected)
  buffer.free(spill)
  t.equal(pool.used, 0)
  t.end()
})

t.test('disk is given back when nothing in a file is needed any more', async t => {
  const spill = new Spill(tmpdir())
  t.teardown(() => { spill.close() })
  const piece = Buffer.alloc(8 * 1024 * 1024, 1)
  const extents = Array.from({ length: 17 }, () => spill.write(piece))
  t.equal(spill.used, 17 * piece.length)
  for (const extent of extents.slice(0, 16)) spill.free(extent)
  t.equal(spill.used, piece.length, 'two full files are gone')
  t.same(spill.read(extents[16]!), piece)
})
