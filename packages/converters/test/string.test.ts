import { schema as make, TypedNumber } from '@tributary/plugin'
import type { Converter } from '@tributary/plugin'
import t from 'tap'
import { stringConverter } from '../src/string.ts'

function strings (encoding = 'UTF-8'): Converter {
  return stringConverter.create!({ 'converter.encoding': encoding }, { isKey: false, raw: {} })
}

function text (value: unknown, schema: ReturnType<typeof make.of> | null = null): string {
  return Buffer.from(strings().fromConnect('t', schema, value)!).toString()
}

t.test('values are written as Java prints them', async t => {
  t.equal(text('é'), 'é')
  t.equal(text({ a: 1, b: new TypedNumber('float64', 1), c: [1, null, 'x'] }), '{a=1, b=1.0, c=[1, null, x]}')
  t.equal(text({ a: 1, b: null, c: 'x' }, make.struct([['a', make.of('int8')], ['b', make.of('string', { optional: true })], ['c', make.of('string')]])), 'Struct{a=1,c=x}')
  t.equal(text(1e10, make.of('float64')), '1.0E10')
  t.equal(text(0.1, make.of('float32')), '0.1')
  t.equal(text(new Date(1566570894346), make.timestamp()), 'Fri Aug 23 14:34:54 UTC 2019')
  t.equal(text(9007199254740993n), '9007199254740993')
})

t.test('other character sets are read and written', async t => {
  for (const [name, hex] of [['ISO-8859-1', 'e9'], ['UTF-16BE', '00e9'], ['UTF-16LE', 'e900'], ['UTF-16', 'feff00e9'], ['utf8', 'c3a9']] as const) {
    const one = strings(name)
    t.equal(Buffer.from(one.fromConnect('t', null, 'é')!).toString('hex'), hex, name)
    t.equal(one.toConnect('t', Buffer.from(hex, 'hex'), []).value, 'é', name)
  }
  t.equal(Buffer.from(strings('US-ASCII').fromConnect('t', null, 'é')!).toString(), '?')
})

t.test('an unknown character set is named, with those there are', async t => {
  t.throws(() => strings('bogus'), { kind: 'config', message: 'Unsupported encoding bogus', cause: { message: /UTF-8, ISO-8859-1/ } })
})

t.test('null stays null', async t => {
  t.equal(strings().fromConnect('t', null, null), null)
  t.equal(strings().toConnect('t', null, []).value, null)
})
