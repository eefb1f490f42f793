import { schema } from '@tributary/plugin'
import t from 'tap'
import { replaceFieldKey, replaceFieldValue } from '../src/replace-field.ts'
import { apply, valueOf } from './apply.ts'

t.test('exclude goes before include, renames after both', async t => {
  const value = { a: 1, b: 2, c: 3 }
  t.strictSame(valueOf(replaceFieldValue, { include: 'a,b', exclude: 'b', renames: 'a:z,c:y' }, value), { z: 1 })
  t.strictSame(valueOf(replaceFieldValue, { renames: 'a:z' }, value), { z: 1, b: 2, c: 3 })
  t.equal(valueOf(replaceFieldValue, { exclude: 'a' }, null), null)
})

t.test('a struct loses and renames fields with its schema', async t => {
  const keySchema = schema.struct([['a', schema.of('int8')], ['b', schema.of('string', { default: 'd' })]], { name: 'n', optional: true })
  const result = apply(replaceFieldKey, { exclude: 'a', renames: 'b:c' }, { key: { a: 1 }, keySchema })
  t.strictSame(result?.key, { c: 'd' })
  t.match(result?.keySchema, { name: 'n', optional: false, fields: [{ name: 'c' }] })
})

t.test('a rename onto a field that stays is refused with a schema', async t => {
  const from = schema.struct([['a', schema.of('int8')], ['b', schema.of('int8')]])
  t.throws(() => valueOf(replaceFieldValue, { renames: 'a:b' }, { a: 1, b: 2 }, from), /field name duplication b/)
})

t.test('a rename without a new name is refused', async t => {
  t.throws(() => valueOf(replaceFieldValue, { renames: 'a:' }, {}), { message: 'Invalid value [a:] for configuration renames: Invalid rename mapping: a:' })
})
