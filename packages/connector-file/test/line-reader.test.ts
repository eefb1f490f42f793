import t from 'tap'
import fc from 'fast-check'
import { LineReader, type Line } from '../src/line-reader.ts'

function readIn (text: string, cuts: readonly number[]): Line[] {
  const bytes = Buffer.from(text)
  const reader = new LineReader(0)
  const lines: Line[] = []
  let from = 0
  for (const cut of [...cuts.map(one => one % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]) {
    lines.push(...reader.read(bytes.subarray(from, cut)))
    from = cut
  }
  return lines
}

t.test('lines end with \\n, \\r\\n or \\r, and an unfinished one waits', async t => {
  t.same(readIn('a\nb\r\nc\rd', []), [{ text: 'a', end: 2 }, { text: 'b', end: 5 }, { text: 'c', end: 7 }])
})

t.test('a \\r at the very end waits, since a \\n may follow', async t => {
  const reader = new LineReader(10)
  t.same(reader.read(Buffer.from('a\r')), [])
  t.same(reader.read(Buffer.from('\nb\n')), [{ text: 'a', end: 13 }, { text: 'b', end: 15 }])
  t.equal(reader.position, 15)
})

t.test('however the bytes arrive, the lines and positions are the same, also between the bytes of a character', async t => {
  const text = fc.array(fc.constantFrom('a', 'é', '漢', '\n', '\r', '\r\n', '😀'), { maxLength: 40 }).map(parts => parts.join(''))
  fc.assert(fc.property(text, fc.array(fc.nat({ max: 200 }), { maxLength: 8 }), (text, cuts) => {
    t.same(readIn(text, cuts), readIn(text, []))
  }))
})
