import { Decimal, TypedNumber, schema } from '@tributary/plugin'
import fc from 'fast-check'
import t from 'tap'
import { castKey, castValue } from '../src/cast.ts'
import { apply, fieldsOf, valueOf } from './apply.ts'

t.test('whole numbers wrap into narrower types', async t => {
  t.strictSame(valueOf(castValue, { spec: 'int8' }, 300), new TypedNumber('int8', 44))
  t.strictSame(valueOf(castValue, { spec: 'int16' }, -2147483648), new TypedNumber('int16', 0))
  t.strictSame(valueOf(castValue, { spec: 'int32' }, 9223372036854775807n), new TypedNumber('int32', -1))
})

t.test('integers of every size wrap as two\'s complement does', async () => {
  fc.assert(fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), value => {
    const given = Number.isSafeInteger(Number(value)) ? Number(value) : value
    return ([['int8', 8], ['int16', 16], ['int32', 32]] as const).every(([type, bits]) =>
      (valueOf(castValue, { spec: type }, given) as TypedNumber).value === Number(BigInt.asIntN(bits, value)))
  }))
})

t.test('fractions are cut and numbers beyond the range saturate', async t => {
  const from = schema.of('float64')
  t.equal(valueOf(castValue, { spec: 'int32' }, -2.9, from), -2)
  t.equal(valueOf(castValue, { spec: 'int32' }, 1e20, from), 2147483647)
  t.equal(valueOf(castValue, { spec: 'int64' }, -1e20, from), -9223372036854775808n)
  t.equal(valueOf(castValue, { spec: 'int8' }, NaN, from), 0)
})

t.test('text is read strictly as integers, leniently as floats', async t => {
  t.equal(valueOf(castValue, { spec: 'int64' }, '+9007199254740993'), 9007199254740993n)
  t.strictSame(valueOf(castValue, { spec: 'float64' }, ' 1.5e1f '), new TypedNumber('float64', 15))
  t.equal(valueOf(castValue, { spec: 'int64' }, '\u0661\u0662'), 12)
  // Java looks at chars, and these digits are two each.
  t.throws(() => valueOf(castValue, { spec: 'int64' }, '\u{1d7cf}\u{1d7d0}'), { message: 'Value was out of range for requested data type' })
  t.throws(() => valueOf(castValue, { spec: 'int32' }, ' 7 '), { message: 'Value was out of range for requested data type' })
  t.throws(() => valueOf(castValue, { spec: 'int8' }, '128'), { message: 'Value was out of range for requested data type' })
})

t.test('anything is cast to text as Java prints it', async t => {
  t.equal(valueOf(castValue, { spec: 'string' }, new TypedNumber('float64', 1e7)), '1.0E7')
  t.equal(valueOf(castValue, { spec: 'string' }, new TypedNumber('float32', 0.1)), '0.1')
  t.equal(valueOf(castValue, { spec: 'string' }, new Uint8Array([1, 2, 3])), 'AQID')
  t.equal(valueOf(castValue, { spec: 'string' }, new Date(1483425001864), schema.timestamp()), '2017-01-03T06:30:01.864Z')
  t.equal(valueOf(castValue, { spec: 'string' }, new Date(1483401600000), schema.date()), '2017-01-03')
  t.equal(valueOf(castValue, { spec: 'string' }, new Decimal(12345n, -2), schema.decimal(-2)), '1.2345E+6')
})

t.test('logical dates become the numbers they are stored as', async t => {
  t.equal(valueOf(castValue, { spec: 'int32' }, new Date(86400000 * 3), schema.date()), 3)
  t.equal(valueOf(castValue, { spec: 'int64' }, new Date(7), schema.timestamp()), 7)
})

t.test('booleans are true for any number but 0 and for true in any case', async t => {
  t.equal(valueOf(castValue, { spec: 'boolean' }, 0.5), false)
  t.equal(valueOf(castValue, { spec: 'boolean' }, 'TRUE'), true)
  t.strictSame(valueOf(castValue, { spec: 'int8' }, true), new TypedNumber('int8', 1))
})

t.test('fields are cast with their schema and default', async t => {
  const from = schema.struct([['a', schema.of('string', { default: '5', optional: true })], ['b', schema.of('int64')]], { name: 'n', version: 2 })
  const result = apply(castKey, { spec: 'a:int16, b : float32' }, { key: { a: null, b: 3 }, keySchema: from })
  t.strictSame(fieldsOf(result?.keySchema), [['a', 'int16', true, 5], ['b', 'float32', false, undefined]])
  t.match(result?.keySchema, { name: 'n', version: 2 })
  t.strictSame(result?.key, { a: 5, b: 3 })
  t.strictSame(apply(castKey, { spec: 'a:int16', 'replace.null.with.default': 'false' }, { key: { a: null, b: 3 }, keySchema: from })?.key, { a: null, b: 3 })
})

t.test('a map gets a field that it lacks, as null', async t => {
  t.strictSame(valueOf(castValue, { spec: 'a:string' }, { b: 1 }), { b: 1, a: null })
})

t.test('wrong specs are refused in Java\'s words', async t => {
  t.throws(() => valueOf(castValue, { spec: '' }, 1), { message: 'Must specify at least one field to cast.' })
  t.throws(() => valueOf(castValue, { spec: 'int8,a:int8' }, 1), /may only specify a single cast in their spec/)
  t.throws(() => valueOf(castValue, { spec: 'a:bytes' }, 1), /does not support casting to BYTES; supported types are \[INT8, /)
  t.throws(() => valueOf(castValue, { spec: 'a:money' }, 1), /Invalid type found in casting spec: money/)
})

t.test('arrays are refused', async t => {
  t.throws(() => valueOf(castValue, { spec: 'a:int8' }, { a: [1] }), /does not support casting from ARRAY/)
})
