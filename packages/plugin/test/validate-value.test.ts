import t from 'tap'
import { checkSchema } from '../src/schema-rules.ts'
import { schema as make } from '../src/schema.ts'
import { validateValue } from '../src/validate-value.ts'
import { Decimal } from '../src/values.ts'

t.test('values of their type pass, in every part', async t => {
  const schema = make.struct([
    ['i', make.of('int8')], ['l', make.of('int64')], ['d', make.decimal(2)], ['at', make.timestamp()], ['list', make.array(make.of('string'))],
    ['map', make.map(make.of('int32'), make.of('boolean'))], ['o', make.of('string', { optional: true })], ['def', make.of('int32', { default: 1 })]
  ])
  t.doesNotThrow(() => validateValue(schema, { i: 127, l: 2n ** 62n, d: new Decimal(1n, 2), at: new Date(0), list: ['a'], map: new Map([[1, true]]) }))
})

t.test('what does not fit is named by place and class', async t => {
  const cases: [Parameters<typeof validateValue>, string][] = [
    [[make.of('int8'), 128], 'Invalid Java object for schema with type INT8: class java.lang.Long for value'],
    [[make.of('int8'), 1.5, 'f'], 'Invalid Java object for schema with type INT8: class java.lang.Double for field: "f"'],
    [[make.array(make.of('string')), [null]], 'Invalid value: null used for required element of array value, schema type: STRING'],
    [[make.map(make.of('string'), make.of('int32')), { a: 'x' }], 'Invalid Java object for schema with type INT32: class java.lang.String for value of map value'],
    [[make.struct([['a', make.of('string')]]), {}], 'Invalid value: null used for required field: "a", schema type: STRING'],
    [[make.struct([['a', make.of('string')]]), { a: 'x', b: 1 }], 'b is not a valid field name'],
    [[make.date(), 5], 'Invalid Java object for schema "org.apache.kafka.connect.data.Date" with type INT32: class java.lang.Integer for value']
  ]
  for (const [given, message] of cases) t.throws(() => validateValue(...given), { kind: 'data', message })
})

t.test('a schema with a default that does not fit, or a field twice, is refused', async t => {
  t.throws(() => checkSchema(make.of('int32', { default: 'x' })), { message: 'Invalid default value', javaClass: 'org.apache.kafka.connect.errors.SchemaBuilderException' })
  t.throws(() => checkSchema(make.array(make.struct([['a', make.of('int8')], ['a', make.of('int8')]]))), { message: 'Cannot create field because of field name duplication a' })
})
