import { TypedNumber, schema, sourceRecord } from '@tributary/plugin'
import t from 'tap'
import { insertFieldKey, insertFieldValue } from '../src/insert-field.ts'
import { apply, fieldsOf, valueOf } from './apply.ts'

const all = { 'topic.field': 't!', 'partition.field': 'p', 'offset.field': 'o?', 'timestamp.field': 'ts', 'static.field': 's', 'static.value': 'v' }

t.test('a map gets fields with the types of Java', async t => {
  t.strictSame(apply(insertFieldValue, all, { value: { a: 1 }, timestamp: 9 })?.value, { a: 1, t: 'orders', p: new TypedNumber('int32', 3), o: 42, ts: 9, s: 'v' })
})

t.test('a struct gets fields with their schemas', async t => {
  const result = apply(insertFieldKey, all, { key: { a: 1 }, keySchema: schema.struct([['a', schema.of('int32')]]), timestamp: 9 })
  t.strictSame(result?.key, { a: 1, t: 'orders', p: 3, o: 42, ts: new Date(9), s: 'v' })
  t.strictSame(fieldsOf(result?.keySchema).map(field => (field as unknown[]).slice(0, 3)), [
    ['a', 'int32', false], ['t', 'string', false], ['p', 'int32', true], ['o', 'int64', true], ['ts', 'int64', true], ['s', 'string', true]
  ])
})

t.test('nothing is added to a tombstone, and no timestamp that is not there', async t => {
  t.equal(valueOf(insertFieldValue, all, null), null)
  t.strictSame(valueOf(insertFieldValue, { 'timestamp.field': 'ts' }, { a: 1 }), { a: 1 })
})

t.test('a field that is there is overwritten in a map, refused in a struct', async t => {
  t.strictSame(valueOf(insertFieldValue, { 'topic.field': 'a' }, { a: 1 }), { a: 'orders' })
  t.throws(() => valueOf(insertFieldValue, { 'topic.field': 'a' }, { a: 1 }, schema.struct([['a', schema.of('int8')]])), /field name duplication a/)
})

t.test('source records have no offset', async t => {
  const transform = insertFieldValue.create({ ...noFields, 'offset.field': 'o' }, {})
  t.throws(() => transform(sourceRecord({ topic: 't', value: {} })), /Only SinkRecord supported for \[field insertion\]/)
})

t.test('a configuration without a field, or a field without its text, is refused', async t => {
  t.throws(() => valueOf(insertFieldValue, {}, {}), { message: 'No field insertion configured' })
  t.throws(() => valueOf(insertFieldValue, { 'static.field': 's' }, {}), /No value specified for static field: s/)
})

const noFields = {
  'topic.field': null, 'partition.field': null, 'timestamp.field': null, 'static.field': null, 'static.value': null, 'replace.null.with.default': true
}
