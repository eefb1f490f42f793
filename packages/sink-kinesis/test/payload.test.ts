import t from 'tap'
import { Decimal, schema, sinkRecord, TypedNumber } from '@tributary/plugin'
import { jsonText } from '../src/json.ts'
import { partitionKeyOf, payloadOf } from '../src/payload.ts'

t.test('JSON rounds nothing', async t => {
  const value = { long: 9223372036854775807n, small: 7, fraction: 0.1, whole: new TypedNumber('float64', 1), decimal: new Decimal(-12345678901234567890n, 4), cents: new Decimal(-5n, 2), big: new Decimal(12n, -3) }
  t.equal(jsonText(null, value), '{"long":9223372036854775807,"small":7,"fraction":0.1,"whole":1.0,"decimal":-1234567890123456.7890,"cents":-0.05,"big":12000}')
})

t.test('bytes, dates, maps and numbers that are none have a JSON form', async t => {
  const row = schema.struct([['bytes', schema.of('bytes')], ['date', schema.date()], ['at', schema.timestamp()], ['map', schema.map(schema.of('int32'), schema.of('string'))], ['nan', schema.of('float64')], ['gone', schema.of('string', { optional: true, default: 'd' })]])
  const value = { nan: NaN, bytes: Buffer.from('hi'), date: new Date('1970-01-03'), at: new Date(5), map: new Map([[1, 'a']]) }
  t.equal(jsonText(row, value), '{"bytes":"aGk=","date":2,"at":5,"map":{"1":"a"},"nan":"NaN","gone":"d"}')
})

t.test('a field called __proto__ is a field', async t => {
  t.equal(jsonText(null, JSON.parse('{"__proto__":{"a":1}}')), '{"__proto__":{"a":1}}')
})

t.test('bytes pass without a copy unless a line feed is added', async t => {
  const bytes = Buffer.from([0, 255, 10])
  t.equal(payloadOf(null, bytes, false), bytes)
  t.same([...payloadOf(null, bytes, true)], [0, 255, 10, 10])
})

t.test('partition keys follow the key\'s text', async t => {
  const keyOf = (key: unknown, strategy: 'partition' | 'spread' = 'partition'): string => partitionKeyOf(sinkRecord({ topic: 'orders', partition: 3, offset: 12, key }), strategy)
  t.equal(keyOf(' a b '), 'a b')
  t.equal(keyOf(Buffer.from('é')), 'é')
  t.equal(keyOf(Buffer.from([255, 1])), 'ff01')
  t.equal(keyOf(42), '42')
  t.equal(keyOf({ id: 1 }), '{"id":1}')
  t.equal(keyOf(null), '3')
  t.equal(keyOf('', 'spread'), '3-12')
  t.equal(keyOf('k'.repeat(256)).length, 256)
  t.match(keyOf('k'.repeat(257)), /^[0-9a-f]{64}$/)
})
