import { schema } from '@tributary/plugin'
import t from 'tap'
import { extractFieldKey, extractFieldValue } from '../src/extract-field.ts'
import { apply, valueOf } from './apply.ts'

const v2 = { 'field.syntax.version': 'v2' }

t.test('a field replaces the value, with its schema', async t => {
  const from = schema.struct([['id', schema.of('int64', { default: 5, optional: true })]])
  const result = apply(extractFieldKey, { field: 'id' }, { key: {}, keySchema: from })
  t.equal(result?.key, 5)
  t.equal(result?.keySchema, from.fields[0]!.schema)
  t.equal(apply(extractFieldKey, { field: 'id', 'replace.null.with.default': 'false' }, { key: {}, keySchema: from })?.key, null)
  t.equal(apply(extractFieldKey, { field: 'id' }, { key: null, keySchema: from })?.key, null)
})

t.test('dots are part of a name in V1, steps in V2', async t => {
  const value = { 'a.b': 1, a: { b: 2, 'b.c': { d: 3 } }, 'x`y': 4 }
  t.equal(valueOf(extractFieldValue, { field: 'a.b' }, value), 1)
  t.equal(valueOf(extractFieldValue, { field: 'a.b', ...v2 }, value), 2)
  t.equal(valueOf(extractFieldValue, { field: '`a.b`', ...v2 }, value), 1)
  t.equal(valueOf(extractFieldValue, { field: 'a.`b.c`.d', ...v2 }, value), 3)
  t.equal(valueOf(extractFieldValue, { field: 'x`y', ...v2 }, value), 4)
  t.equal(valueOf(extractFieldValue, { field: 'a.b.c', ...v2 }, { a: null }), null)
})

t.test('a field the schema does not have is refused, one a map does not have is null', async t => {
  t.throws(() => valueOf(extractFieldValue, { field: 'no' }, {}, schema.struct([])), { message: 'Unknown field: no' })
  t.equal(valueOf(extractFieldValue, { field: 'toString' }, {}), null)
})

t.test('a backtick without its pair is refused', async t => {
  t.throws(() => valueOf(extractFieldValue, { field: '`a.b', ...v2 }, {}), /Incomplete backtick pair in path: \[`a.b\]/)
})
