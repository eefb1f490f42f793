import t from 'tap'
import { sameSchema, sameValue } from '../src/schema-equality.ts'
import { schema as make } from '../src/schema.ts'
import { Decimal, TypedNumber } from '../src/values.ts'

t.test('schemas are equal in all parts or not at all', async t => {
  const one = (): ReturnType<typeof make.struct> => make.struct([['a', make.decimal(2)], ['b', make.map(make.of('string'), make.of('bytes', { default: new Uint8Array([1]) }))]], { name: 'N', version: 1, doc: 'd' })
  t.ok(sameSchema(one(), one()))
  for (const options of [{ name: 'M' }, { version: 2 }, { doc: null }, { optional: true }, { parameters: { a: 'b' } }]) t.notOk(sameSchema(one(), make.with(one(), options)))
  t.notOk(sameSchema(make.decimal(2), make.decimal(3)))
  t.notOk(sameSchema(make.of('bytes', { default: new Uint8Array([1]) }), make.of('bytes', { default: new Uint8Array([2]) })))
  t.notOk(sameSchema(one(), null))
})

t.test('values are equal by what they hold', async t => {
  t.ok(sameValue({ a: [1, new Date(5), new Decimal(1n, 2)], b: new Uint8Array([1]) }, { b: new Uint8Array([1]), a: [1, new Date(5), new Decimal(1n, 2)] }))
  t.ok(sameValue(new Map([[1, 'x']]), new Map([[1, 'x']])))
  t.ok(sameValue(5n, 5))
  for (const [a, b] of [[1, new TypedNumber('int8', 1)], [{ a: 1 }, { a: 1, b: 2 }], [[1], [1, 2]], ['1', 1], [null, 0], [new Decimal(10n, 1), new Decimal(1n, 0)]]) t.notOk(sameValue(a, b))
})
