import { schema } from '@tributary/plugin'
import t from 'tap'
import { headerFromKey, headerFromValue } from '../src/header-from.ts'
import { apply } from './apply.ts'

const raw = { fields: 'a,b', headers: 'x,y', operation: 'move' }

t.test('fields move into headers, a missing one as null', async t => {
  const result = apply(headerFromValue, raw, { value: { a: 1, c: 2 }, headers: [{ key: 'x', schema: null, value: 0 }] })
  t.strictSame(result?.value, { c: 2 })
  t.strictSame(result?.headers, [{ key: 'x', schema: null, value: 0 }, { key: 'x', schema: null, value: 1 }, { key: 'y', schema: null, value: null }])
})

t.test('fields are copied with their schemas', async t => {
  const text = schema.of('string', { default: 'd', optional: true })
  const from = schema.struct([['a', text], ['b', schema.of('int32')]])
  const result = apply(headerFromKey, { ...raw, operation: 'copy' }, { key: { b: 1 }, keySchema: from })
  t.strictSame(result?.key, { b: 1 })
  t.strictSame(result?.headers, [{ key: 'x', schema: text, value: 'd' }, { key: 'y', schema: from.fields[1]!.schema, value: 1 }])
})

t.test('a moved field leaves the schema too', async t => {
  const from = schema.struct([['a', schema.of('string')], ['b', schema.of('int32')], ['c', schema.of('int8')]])
  const result = apply(headerFromValue, raw, { value: { a: 'x', b: 1, c: 2 }, valueSchema: from })
  t.strictSame(result?.valueSchema?.fields.map(f => f.name), ['c'])
  t.strictSame(result?.value, { c: 2 })
})

t.test('lists of different length, and none, are refused', async t => {
  t.throws(() => apply(headerFromValue, { ...raw, headers: 'x' }, {}), { message: "'fields' config must have the same number of elements as 'headers' config." })
  t.throws(() => apply(headerFromValue, { ...raw, headers: '' }, {}), { message: 'Invalid value [] for configuration headers: Empty list' })
})
