import { schema } from '@tributary/plugin'
import t from 'tap'
import { setSchemaMetadataKey, setSchemaMetadataValue } from '../src/set-schema-metadata.ts'
import { apply, valueOf } from './apply.ts'

const from = schema.struct([['a', schema.of('int8', { default: 5 })]], { name: 'old', version: 1, doc: 'd', optional: true })

t.test('name and version are set, the rest stays', async t => {
  const result = apply(setSchemaMetadataValue, { 'schema.name': 'new' }, { value: {}, valueSchema: from })
  t.match(result?.valueSchema, { name: 'new', version: 1, doc: 'd', optional: true })
  t.strictSame(result?.value, { a: 5 })
  t.match(apply(setSchemaMetadataKey, { 'schema.version': '7' }, { key: null, keySchema: from })?.keySchema, { name: 'old', version: 7 })
})

t.test('a value without a schema is refused, a tombstone passes', async t => {
  t.throws(() => valueOf(setSchemaMetadataValue, { 'schema.name': 'n' }, {}), { message: 'Schema required for [updating schema metadata]' })
  t.equal(valueOf(setSchemaMetadataValue, { 'schema.name': 'n' }, null), null)
  t.throws(() => valueOf(setSchemaMetadataValue, {}, null), { message: 'Neither schema name nor version configured' })
})
