import t from 'tap'
import { schema as make } from '../src/schema.ts'
import { project } from '../src/schema-projector.ts'

const source = make.struct([['a', make.of('int32')], ['gone', make.of('string')]], { name: 'S' })

t.test('fields left out are dropped, new ones get their default, numbers widen', async t => {
  const target = make.struct([['a', make.of('int64')], ['b', make.of('string', { default: 'x' })], ['c', make.of('string', { optional: true })]], { name: 'S' })
  t.strictSame(project(source, { a: 1, gone: 'y' }, target), { a: 1, b: 'x' })
})

t.test('a field without default, a narrower number and another name are refused', async t => {
  t.throws(() => project(source, { a: 1, gone: 'y' }, make.struct([['b', make.of('string')]], { name: 'S' })), { message: 'Required field `b` is missing from source schema: Schema{S:STRUCT}' })
  t.throws(() => project(make.of('int64'), 1, make.of('int32')), { message: 'Schema type mismatch. source type: INT64 and target type: INT32' })
  t.throws(() => project(source, {}, make.struct([], { name: 'T' })), { message: 'Schema name mismatch. source name: S and target name: T' })
})
