import { Decimal, TypedNumber, schema } from '@tributary/plugin'
import t from 'tap'
import { maskFieldKey, maskFieldValue } from '../src/mask-field.ts'
import { apply, valueOf } from './apply.ts'

t.test('masked fields become the empty value of their type', async t => {
  const value = { s: 'x', n: 5, i: new TypedNumber('int32', 5), b: true, d: new Date(5), l: [1], m: { a: 1 }, f: 1.5, open: 'y' }
  t.strictSame(valueOf(maskFieldValue, { fields: 's,n,i,b,d,l,m,f' }, value),
    { s: '', n: 0, i: new TypedNumber('int32', 0), b: false, d: new Date(0), l: [], m: {}, f: new TypedNumber('float64', 0), open: 'y' })
})

t.test('a replacement takes the type of the field', async t => {
  const value = { s: 'x', n: 5, i: new TypedNumber('int8', 5), f: 1.5 }
  t.strictSame(valueOf(maskFieldValue, { fields: 's,n,i,f', replacement: '300.5' }, value),
    { s: '300.5', n: 300, i: new TypedNumber('int8', 44), f: 300.5 })
  t.throws(() => valueOf(maskFieldValue, { fields: 'n', replacement: 'abc' }, value), /Unable to convert the replacement/)
})

t.test('structs keep their schema', async t => {
  const keySchema = schema.struct([['a', schema.of('int16')], ['d', schema.decimal(2, { optional: true })], ['b', schema.of('string')]])
  const result = apply(maskFieldKey, { fields: 'a,d' }, { key: { a: 7, d: new Decimal(5n, 2), b: 'x' }, keySchema })
  t.strictSame(result?.key, { a: 0, d: new Decimal(0n, 0), b: 'x' })
  t.equal(result?.keySchema, keySchema)
})

t.test('bytes and null records cannot be masked', async t => {
  t.throws(() => valueOf(maskFieldValue, { fields: 'a' }, { a: new Uint8Array() }), /Cannot mask value of type: class \[B/)
  t.throws(() => valueOf(maskFieldValue, { fields: 'a' }, null), /Only Map objects supported in absence of schema for \[mask fields\], found: null/)
  t.strictSame(valueOf(maskFieldValue, { fields: 'a' }, { a: null }), { a: null })
})
