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

t.test('integers are taken up to the ends of their type, and no others', t => {
  for (const [type, bits] of [['int8', 8n], ['int16', 16n], ['int32', 32n], ['int64', 64n]] as const) {
    const codec = rowCodec(schema.of(type))
    const past = 2n ** (bits - 1n)
    const least = -past
    for (const value of [past - 1n, least]) {
      const writer = new RowWriter()
      codec.write(writer, value)
      t.equal(BigInt(codec.read(new RowReader(writer.row)) as bigint), value)
    }
    for (const value of [past, least - 1n, Number(past)]) t.throws(() => { codec.write(new RowWriter(), value) }, { kind: 'data', message: new RegExp(`Field value is ${value}, which is not in the range of ${type}`) })
  }
  t.throws(() => { rowCodec(schema.timestamp()).write(new RowWriter(), new Date(NaN)) }, { kind: 'data', message: /Field value is not of type .*Timestamp/ })
  t.end()
})

t.test('a field may be called __proto__', t => {
  const codec = rowCodec(schema.struct([['__proto__', schema.of('string')], ['a', schema.of('int32')]]))
  const writer = new RowWriter()
  codec.write(writer, JSON.parse('{"__proto__":"x","a":1}'))
  t.equal(JSON.stringify(codec.read(new RowReader(writer.row))), '{"__proto__":"x","a":1}')
  t.end()
})
