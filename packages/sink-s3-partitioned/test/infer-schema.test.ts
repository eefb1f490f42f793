import { TypedNumber } from '@tributary/plugin'
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

t.test('what is nested too deep for a schema is text, or no column', t => {
  for (const [opening, end] of [['{"a":', '}'], ['[', ']']] as const) {
    const inference = new SchemaInference()
    inference.add({ id: 1, deep: JSON.parse(opening.repeat(50_000) + '1' + end.repeat(50_000)) })
    t.same(inference.schema({ known: true })?.fields.map(({ name }) => name), ['id', 'deep'])
  }
  t.end()
})

t.test('values that JSON has no type of its own for are what their text is', async t => {
  const inference = new SchemaInference()
  inference.add({ bytes: Buffer.from('x'), whole: new TypedNumber('float64', 2), small: new TypedNumber('int8', 2), long: new TypedNumber('float64', 2 ** 60, String(2n ** 60n)), huge: 1e300 })
  t.same(inference.schema()?.fields.map(field => `${field.name} ${field.schema.type}`), ['bytes string', 'whole float64', 'small int64', 'long int64', 'huge float64'])
})

t.test('fields that no value was seen of can be left out, and those past a limit', async t => {
  const inference = new SchemaInference({ maxFields: 4 })
  inference.add({ a: null, b: { c: [] }, d: 1 })
  t.same(inference.schema({ known: true })?.fields.map(({ name }) => name), ['d'])
  t.equal(inference.isFull, false)
  inference.add({ e: 1, b: { c: [1] } })
  t.equal(inference.isFull, true)
  t.same(inference.schema({ known: true })?.fields.map(({ name }) => name), ['b', 'd'])
  const before = inference.changes
  inference.add({ d: 2, f: 'x', b: { c: [3] } })
  t.equal(inference.changes, before)
})

t.test('integers beyond 2^53 stay exact', async t => {
  t.same(parseExact('{"a":9007199254740993,"b":[12345678901234567890],"c":1.5}'), { a: 9_007_199_254_740_993n, b: [12_345_678_901_234_567_890n], c: 1.5 })
})
