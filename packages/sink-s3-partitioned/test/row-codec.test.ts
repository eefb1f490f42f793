import { schema } from '@tributary/plugin'
import t from 'tap'
import { RowReader, RowWriter, rowCodec } from '../src/row-codec.ts'

t.test('64-bit integers come back as they were, at every length of their encoding', async t => {
  const codec = rowCodec(schema.of('int64'))
  const writer = new RowWriter()
  for (let bit = 0n; bit < 63n; bit++) {
    for (const value of [2n ** bit, 2n ** bit - 1n, -(2n ** bit), -(2n ** bit) - 1n]) {
      const given = Number.isSafeInteger(Number(value)) ? Number(value) : value
      writer.reset()
      codec.write(writer, given)
      t.equal(codec.read(new RowReader(writer.row)), given)
    }
  }
})

t.test('a value that its schema does not allow is refused by the path of its field', async t => {
  const codec = rowCodec(schema.struct([['a', schema.struct([['b', schema.array(schema.of('int32'))]])], ['c', schema.of('string')]]))
  const refused = (value: unknown, message: RegExp) => { t.throws(() => { codec.write(new RowWriter(), value) }, { kind: 'data', message }) }
  refused({ a: { b: [1, 'x'] }, c: '' }, /Field a\.b\[\] is not of type int32/)
  refused({ a: { b: [] } }, /Field c is null/)
  refused({ a: { b: [1.5] }, c: '' }, /Field a\.b\[\] is not of type int32/)
})
