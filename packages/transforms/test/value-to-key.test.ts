import { schema } from '@tributary/plugin'
import t from 'tap'
import { valueToKey } from '../src/value-to-key.ts'
import { apply } from './apply.ts'

t.test('the key is made of fields of the value', async t => {
  t.strictSame(apply(valueToKey, { fields: 'a,no' }, { key: 'old', value: { a: 1, b: 2 } })?.key, { a: 1, no: null })
  const valueSchema = schema.struct([['a', schema.of('int8')], ['b', schema.of('string')]])
  const result = apply(valueToKey, { fields: 'b' }, { value: { a: 1, b: 'x' }, valueSchema })
  t.strictSame(result?.key, { b: 'x' })
  t.strictSame(result?.keySchema?.fields.map(f => f.name), ['b'])
  t.throws(() => apply(valueToKey, { fields: 'c' }, { value: {}, valueSchema }), { message: 'Field does not exist: c' })
})

t.test('a tombstone has no fields', async t => {
  t.throws(() => apply(valueToKey, { fields: 'a' }, { value: null }), /found: null/)
  t.throws(() => apply(valueToKey, { fields: '' }, { value: null }), /Configuration 'fields' must not be empty/)
})
