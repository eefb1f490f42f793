import { constants, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import t from 'tap'
import { decompress } from '../src/decompression.ts'

async function * cut (bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!
    yield bytes.subarray(at, at + size)
    at += size
  }
}

async function unpacked (bytes: AsyncIterable<Buffer>): Promise<Buffer> { return Buffer.concat(await Array.fromAsync(decompress(bytes, 'zstd'))) }

/** A frame of bytes that are no content. */
function skippable (content: Uint8Array): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32LE(0x184D2A53)
  head.writeUInt32LE(content.length, 4)
  return Buffer.concat([head, content])
}

const frame = fc.record({
  content: fc.oneof(fc.uint8Array({ maxLength: 50 }), fc.nat(300_000).map(length => Buffer.alloc(length, 'line\n')), fc.uint8Array({ minLength: 3000, maxLength: 3000 })),
  checksum: fc.boolean(), level: fc.integer({ min: 1, max: 9 }), sized: fc.boolean(), before: fc.option(fc.uint8Array({ maxLength: 20 }))
})

t.test('all frames of a file are read, wherever it is cut', async t => {
  await fc.assert(fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 5 }), fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 100_000 })), { minLength: 1 }), async (frames, sizes) => {
    const packed = Buffer.concat(frames.flatMap(({ content, checksum, level, sized, before }) => [
      ...before === null ? [] : [skippable(before)],
      zstdCompressSync(content, { params: { [constants.ZSTD_c_checksumFlag]: checksum ? 1 : 0, [constants.ZSTD_c_compressionLevel]: level }, ...sized ? { pledgedSrcSize: content.length } : {} })
    ]))
    // A file of single bytes takes long.
    const found = await unpacked(cut(packed, packed.length > 10_000 ? sizes.map(size => size + 1000) : sizes))
    t.ok(found.equals(Buffer.concat(frames.map(({ content }) => content))))
  }), { numRuns: 60 })
})

t.test('what is cut off or no zstd is an error', async t => {
  const bytes = Buffer.concat([zstdCompressSync(Buffer.from('a\n')), zstdCompressSync(Buffer.from('b\n'.repeat(1000)))])
  for (const wrong of [bytes.subarray(0, -3), Buffer.concat([bytes, Buffer.from('no zstd')]), Buffer.from('no zstd at all')]) await t.rejects(unpacked(cut(wrong, [7])), { message: /./ })
})
