import t from 'tap'
import { SchemaInference, conform, parseExact } from '../src/infer-schema.ts'

t.test('fields of several kinds become text, numbers widen, missing ones are null', async t => {
  const inference = new SchemaInference()
  const values = [{ a: 1, b: { c: 1 }, d: [1] }, { a: 1.5, b: 'x', e: {} }, { d: [2.5, null] }]
  for (const value of values) inference.add(value)
  const schema = inference.schema()
  t.same(schema?.fields.map(field => `${field.name} ${field.schema.type} ${field.schema.optional}`), ['a float64 true', 'b string true', 'd array true', 'e string true'])
  t.same(values.map(value => conform(schema!, value)), [
    { a: 1, b: '{"c":1}', d: [1], e: null }, { a: 1.5, b: 'x', d: null, e: '{}' }, { a: null, b: null, d: [2.5, null], e: null }
  ])
})

t.test('integers beyond 2^53 stay exact', async t => {
  t.same(parseExact('{"a":9007199254740993,"b":[12345678901234567890],"c":1.5}'), { a: 9_007_199_254_740_993n, b: [12_345_678_901_234_567_890n], c: 1.5 })
})
