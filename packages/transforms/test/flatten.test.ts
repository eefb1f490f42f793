import { schema, sinkRecord } from '@tributary/plugin'
import type { Schema, Transform } from '@tributary/plugin'
import t from 'tap'
import { flattenKey, flattenValue } from '../src/flatten.ts'

const order = {
  ordertime: 1573573055, orderid: 23, itemid: 'Item_1231231', orderunits: 15,
  address: { city: 'City_a', state: 'State_xxx', zipcode: 10000 }
}

function flatten (options: { delimiter?: string, arrays?: 'copy' | 'flatten' } = {}): Transform {
  return flattenValue.create({ delimiter: '.', arrays: 'copy', ...options }, {})
}

function valueOf (transform: Transform, value: unknown, valueSchema: Schema | null = null): unknown {
  return transform(sinkRecord({ topic: 'orders', partition: 0, offset: 1, value, valueSchema }))?.value
}

t.test('the nested address of an order becomes members of one level', async t => {
  const flat = valueOf(flatten({ delimiter: '_' }), order)
  t.strictSame(Object.entries(flat as object), [
    ['ordertime', 1573573055], ['orderid', 23], ['itemid', 'Item_1231231'], ['orderunits', 15],
    ['address_city', 'City_a'], ['address_state', 'State_xxx'], ['address_zipcode', 10000]
  ])
})

t.test('the second record of a shape gives the same as the first', async t => {
  const transform = flatten()
  const first = valueOf(transform, order)
  t.strictSame(valueOf(transform, structuredClone(order)), first)
  t.strictSame(valueOf(transform, { ...order, address: { ...order.address, city: 'B' } }), { ...first as object, 'address.city': 'B' })
})

t.test('a record of another shape is not taken for a known one', async t => {
  const transform = flatten()
  valueOf(transform, { a: 1, b: { c: 2 } })
  t.strictSame(valueOf(transform, { a: 1, b: { c: 2, d: 3 } }), { a: 1, 'b.c': 2, 'b.d': 3 })
  t.strictSame(valueOf(transform, { a: 1, b: { d: 2 } }), { a: 1, 'b.d': 2 })
  t.strictSame(valueOf(transform, { a: { x: 1 }, b: { c: 2 } }), { 'a.x': 1, 'b.c': 2 })
  t.strictSame(valueOf(transform, { a: 1, b: null }), { a: 1, b: null })
  t.strictSame(valueOf(transform, { a: 1, b: {} }), { a: 1 })
  t.strictSame(valueOf(transform, { a: 1 }), { a: 1 })
  t.strictSame(valueOf(transform, { b: { c: 2 }, a: 1 }), { 'b.c': 2, a: 1 })
  t.strictSame(valueOf(transform, new Map<string, unknown>([['a', 1], ['b', new Map([['c', 2]])]])), { a: 1, 'b.c': 2 })
})

t.test('arrays are copied, or taken apart by option', async t => {
  const value = { tags: ['x', { y: [1, 2] }], none: [] }
  t.strictSame(valueOf(flatten(), value), value)
  t.strictSame(valueOf(flatten({ arrays: 'flatten' }), value), { 'tags.0': 'x', 'tags.1.y.0': 1, 'tags.1.y.1': 2 })
})

t.test('members called like inherited ones stay members', async t => {
  const value = JSON.parse('{"__proto__":{"a":1},"toString":{"constructor":2}}') as object
  t.strictSame(Object.entries(valueOf(flatten(), value) as object), [['__proto__.a', 1], ['toString.constructor', 2]])
  const own = valueOf(flatten({ delimiter: '' }), JSON.parse('{"__pro":{"to__":1}}')) as object
  t.strictSame(Object.keys(own), ['__proto__'])
})

t.test('a date without a schema is refused, as by Java', async t => {
  const transform = flatten()
  valueOf(transform, { at: 1 })
  t.throws(() => valueOf(transform, { at: new Date(0) }), /class java.util.Date which is not supported by Connect's data API/)
  t.throws(() => valueOf(transform, 'text'), /Only Map objects supported in absence of schema for \[flattening\], found: java.lang.String/)
})

t.test('a key is flattened by Flatten$Key and a null stays null', async t => {
  const transform = flattenKey.create({ delimiter: '.', arrays: 'copy' }, {})
  const record = sinkRecord({ topic: 't', partition: 0, offset: 1, key: { a: { b: 1 } }, value: { a: { b: 1 } } })
  t.strictSame(transform(record)?.key, { 'a.b': 1 })
  t.strictSame(transform(record)?.value, { a: { b: 1 } })
  t.equal(transform(sinkRecord({ topic: 't', partition: 0, offset: 1 }))?.key, null)
})

t.test('a struct is flattened with its schema', async t => {
  const address = schema.struct([['city', schema.of('string')], ['zip', schema.of('int32', { default: 1 })]], { optional: true })
  const from = schema.struct([['id', schema.of('int64')], ['address', address]], { name: 'order', version: 2, doc: 'd', optional: true })
  const result = flatten()(sinkRecord({ topic: 't', partition: 0, offset: 1, value: { id: 7, address: { city: 'A' } }, valueSchema: from }))
  t.strictSame(result?.value, { id: 7, 'address.city': 'A', 'address.zip': 1 })
  t.match(result?.valueSchema, { name: 'order', version: 2, doc: 'd', optional: false })
  t.strictSame(result?.valueSchema?.fields.map(f => [f.name, f.schema.type, f.schema.optional, f.schema.default]), [
    ['id', 'int64', true, undefined], ['address.city', 'string', true, undefined], ['address.zip', 'int32', true, 1]
  ])
})

t.test('a null struct gives null fields', async t => {
  const from = schema.struct([['a', schema.struct([['b', schema.of('string')]], { optional: true })]])
  t.strictSame(valueOf(flatten(), { a: null }, from), { 'a.b': null })
})

t.test('a struct that lacks a required field is refused', async t => {
  const from = schema.struct([['a', schema.struct([['b', schema.of('string')]])]])
  t.throws(() => valueOf(flatten(), { a: {} }, from), /null used for required field: "a.b", schema type: STRING/)
})

t.test('a map with a schema is refused, as by Java', async t => {
  const from = schema.struct([['m', schema.map(schema.of('string'), schema.of('string'))]])
  t.throws(() => valueOf(flatten(), { m: {} }, from), /does not support MAP for record with schemas \(for field m\)/)
})

t.test('two fields of one flat name are refused with a schema', async t => {
  const from = schema.struct([['a', schema.struct([['b', schema.of('string')]])], ['a.b', schema.of('string')]])
  t.throws(() => valueOf(flatten(), { a: { b: 'x' }, 'a.b': 'y' }, from), /field name duplication a.b/)
})
