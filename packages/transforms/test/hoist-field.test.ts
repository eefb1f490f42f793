import { schema } from '@tributary/plugin'
import t from 'tap'
import { hoistFieldKey, hoistFieldValue } from '../src/hoist-field.ts'
import { apply, valueOf } from './apply.ts'

t.test('a value is wrapped, null too', async t => {
  t.strictSame(valueOf(hoistFieldValue, { field: 'magic' }, 42), { magic: 42 })
  t.strictSame(valueOf(hoistFieldValue, { field: 'magic' }, null), { magic: null })
})

t.test('the schema becomes the schema of the field', async t => {
  const keySchema = schema.of('int32')
  const result = apply(hoistFieldKey, { field: 'magic' }, { key: 42, keySchema })
  t.strictSame(result?.key, { magic: 42 })
  t.equal(result?.keySchema?.fields[0]?.schema, keySchema)
  t.throws(() => apply(hoistFieldKey, { field: 'magic' }, { key: null, keySchema }), /null used for required field: "magic"/)
})
