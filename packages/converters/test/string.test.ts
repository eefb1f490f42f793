import { configOf, schema as make, TypedNumber } from '@tributary/plugin'
import type { Converter } from '@tributary/plugin'
import t from 'tap'
import { stringConverter } from '../src/string.ts'

function strings (encoding = 'UTF-8', more: Record<string, string> = {}): Converter {
  const raw = { 'converter.encoding': encoding, ...more }
  return stringConverter.create!(configOf(stringConverter.config, raw), { isKey: false, raw })
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

t.test('character sets of one and two bytes, and of four', async t => {
  for (const [name, hex] of [['windows-1252', 'e980'], ['ISO-8859-15', 'e9a4'], ['UTF-32', '000000e9000020ac'], ['UTF-32LE', 'e9000000ac200000']] as const) {
    t.equal(Buffer.from(strings(name).fromConnect('t', null, 'é€')!).toString('hex'), hex, name)
    t.equal(strings(name).toConnect('t', Buffer.from(hex, 'hex'), []).value, 'é€', name)
  }
  for (const [name, characters, hex] of [['GBK', '汉字', 'babad7d6'], ['Big5', '漢', 'ba7e'], ['Shift_JIS', '漢字', '8abf8e9a'], ['EUC-JP', '漢字', 'b4c1bbfa']] as const) {
    t.equal(Buffer.from(strings(name).fromConnect('t', null, characters)!).toString('hex'), hex, name)
    t.equal(strings(name).toConnect('t', Buffer.from(hex, 'hex'), []).value, characters, name)
  }
  t.equal(Buffer.from(strings('KOI8-R').fromConnect('t', null, 'жé')!).toString('hex'), 'd63f', 'what a set does not have is ?')
})

t.test('keys of Kafka\'s serializers go before converter.encoding', async t => {
  const one = strings('UTF-8', { 'value.serializer.encoding': 'ISO-8859-1', 'key.deserializer.encoding': 'UTF-16' })
  t.equal(Buffer.from(one.fromConnect('t', null, 'é')!).toString('hex'), 'e9')
  t.equal(one.toConnect('t', Buffer.from('é'), []).value, 'é')
})

t.test('half a character is ?, as in Java', async t => {
  t.equal(text('a\ud83d'), 'a?')
})
