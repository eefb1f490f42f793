import t from 'tap'
import { convertValue } from '../src/value-conversion.ts'
import { parseValue } from '../src/value-parser.ts'
import { TypedNumber } from '../src/values.ts'

t.test('text is taken for the smallest type that holds it', async t => {
  const types: [string, string | undefined, unknown][] = [
    ['1', 'int8', 1], ['300', 'int16', 300], ['70000', 'int32', 70000], ['9007199254740993', 'int64', 9007199254740993n], ['1.5', 'float32', 1.5],
    ['true', 'boolean', true], ['abc', 'string', 'abc'], ['null', undefined, null], ['', 'string', ''], ['[1,300]', 'array', [1, 300]], ['{"a":1}', 'map', { a: 1 }],
    ['2019-08-23', 'int32', new Date('2019-08-23')]
  ]
  for (const [text, type, value] of types) {
    const parsed = parseValue(text)
    t.equal(parsed.schema?.type, type, text)
    t.strictSame(parsed.value, value, text)
  }
})

t.test('a list of unlike things keeps their types without a schema for them', async t => {
  const { schema, value } = parseValue('[1,"x"]')
  t.equal(schema?.valueSchema, null)
  t.strictSame(value, [new TypedNumber('int8', 1), 'x'])
})

t.test('a value that cannot be converted is named by its class, not by itself', async t => {
  const error = t.throws(() => convertValue('int32', null, 'secret'))
  t.match(error, { kind: 'data', message: 'Unable to convert a value of class java.lang.String to a number' })
  t.equal(convertValue('int8', null, 300).value, 44)
})
