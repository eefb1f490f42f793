import { Decimal, schema, TypedNumber } from '@tributary/plugin'
import t from 'tap'
import { readRecord, readSchema, readValue, writeError, writeRecord, writeSchema, writeValue } from '../../src/oracle/value.ts'
import { dataError } from '@tributary/plugin'

t.test('values without a schema keep their Java types', async t => {
  for (const tagged of [null, true, 'x', { int8: 1 }, { int32: -5 }, { int64: '9007199254740993' }, { int64: '5' }, { float32: 1.5 }, { float64: 2 }, { float64: 2.5 }, { float64: 'NaN' }, { bytes: 'aGk=' },
    { decimal: { unscaled: '156', scale: 2 } }, { bigint: '9' }, { bigint: '99999999999999999999' }, { date: '5' }, { array: [{ int8: 1 }, null] }, { map: [['a', { int32: 1 }]] }, { map: [[{ int32: 1 }, 'x']] }]) {
    t.same(writeValue(readValue(tagged, null), null), tagged)
  }
  t.same(readValue({ int8: 1 }, null), new TypedNumber('int8', 1))
  t.same(readValue({ decimal: { unscaled: '156', scale: 2 } }, null), new Decimal(156n, 2))
})

t.test('with a schema numbers are bare, and structs come in the order of their fields', async t => {
  const point = schema.struct([['x', schema.of('int8')], ['y', schema.of('int64', { optional: true })]])
  t.same(readValue({ struct: [['y', { int64: '7' }], ['x', { int8: 1 }]] }, point), { x: 1, y: 7 })
  t.same(writeValue({ x: 1 }, point), { struct: [['x', { int8: 1 }], ['y', null]] })
})

t.test('a field may be called __proto__', async t => {
  const odd = schema.struct([['__proto__', schema.of('string')]])
  t.same(writeValue(readValue({ struct: [['__proto__', 'a']] }, odd), odd), { struct: [['__proto__', 'a']] })
})

t.test('a number of another type than the schema\'s stays what it is', async t => {
  t.same(readValue({ int32: 1 }, schema.of('int8')), new TypedNumber('int32', 1))
  t.equal(readValue({ int64: '1' }, schema.of('int8')), 1n)
})

t.test('schemas come back with all their parts', async t => {
  const tagged = {
    type: 'struct', optional: true, name: 'n', version: 2, doc: 'd', parameters: { a: '1' },
    fields: [{ field: 'm', schema: { type: 'map', optional: false, key: { type: 'string', optional: false }, value: { type: 'int32', optional: true, default: { int32: 4 } } } }]
  }
  t.same(writeSchema(readSchema(tagged)), tagged)
  t.same(writeSchema(readSchema('int8')), { type: 'int8', optional: false })
  t.equal(readSchema(null), null)
})

t.test('records of both kinds come back', async t => {
  const parts = { topic: 't', timestamp: 5, key: { schema: null, value: null }, value: { schema: { type: 'int8', optional: false }, value: { int8: 1 } }, headers: [{ key: 'h', schema: null, value: 'x' }] }
  t.same(writeRecord(readRecord({ ...parts, kind: 'sink', partition: 2, offset: 9 })), { ...parts, kind: 'sink', partition: 2, offset: 9 })
  t.same(writeRecord(readRecord(parts)), { ...parts, kind: 'source', partition: null })
})

t.test('an error tells its phase and Java\'s class', async t => {
  t.same(writeError('apply', dataError('bad')), { error: { phase: 'apply', class: 'org.apache.kafka.connect.errors.DataException', message: 'bad' } })
})
