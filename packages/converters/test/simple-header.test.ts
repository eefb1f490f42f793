import { Decimal, schema as make } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'
import t from 'tap'
import { simpleHeaderConverter } from '../src/simple-header.ts'

const headers = simpleHeaderConverter.createHeader!({}, { raw: {} })

function text (value: unknown, schema: Schema | null): string {
  return Buffer.from(headers.fromConnect('t', 'h', schema, value)!).toString()
}

t.test('values are written as text, quoted only within lists and maps', async t => {
  t.equal(text('a"b', make.of('string')), 'a"b')
  t.equal(text(['a"b', 1, null], null), '["a\\"b",1,null]')
  t.equal(text({ a: 1, b: [true] }, null), '{"a":1,"b":[true]}')
  t.equal(text({ a: null }, make.struct([['a', make.of('int32', { default: 5 })]])), '{"a":5}')
  t.equal(text(new Uint8Array([104, 105]), make.of('bytes')), 'aGk=')
  t.equal(text(new Decimal(156n, 2), make.decimal(2)), '1.56')
})

t.test('dates are written in UTC, in the form that fits them', async t => {
  t.equal(text(new Date(52494346), make.time()), '14:34:54.346Z')
  t.equal(text(new Date(864_000_000), make.date()), '1970-01-11')
  t.equal(text(new Date(1566570894346), make.timestamp()), '2019-08-23T14:34:54.346Z')
})

t.test('what is written is read with the same value', async t => {
  for (const one of ['300', 'abc', '[1,2,3]', '{"a":1,"b":2}', '1.5', 'true', '2019-08-23', '14:34:54.346Z', '9223372036854775808']) {
    const { schema, value } = headers.toConnect('t', 'h', Buffer.from(one))
    t.equal(text(value, schema), one)
  }
})

t.test('a nest of thousands of brackets is text', async t => {
  const deep = '['.repeat(5000)
  t.strictSame(headers.toConnect('t', 'h', Buffer.from(deep)).value, deep)
})
