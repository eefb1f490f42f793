import { configOf, Decimal, sameValue, schema as make, TypedNumber } from '@tributary/plugin'
import type { Converter, Schema } from '@tributary/plugin'
import t from 'tap'
import { parseExactly, parseJson } from '../src/json/json-parse.ts'
import { jsonConverter } from '../src/json/json-converter.ts'

function converter (config: Record<string, string> = {}): Converter {
  return jsonConverter.create!(configOf(jsonConverter.config, config), { isKey: false, raw: config })
}

const plain = converter({ 'schemas.enable': 'false' })

function valueOf (text: string, one = plain): unknown {
  return one.toConnect('orders', Buffer.from(text), []).value
}

function textOf (value: unknown, schema: Schema | null = null, one = plain): string | null {
  const bytes = one.fromConnect('orders', schema, value)
  return bytes === null ? null : Buffer.from(bytes).toString()
}

t.test('what only passes through keeps every digit', async t => {
  for (const text of [
    '{"id":9007199254740993,"n":-9223372036854775808}', '[18446744073709551616]', '[0.1234567890123456789]', '[1234567890.12345678901]', '{"a":1573573055123456}',
    '[48.858370000000001]', '[4.9E-324]', '{"a":[1.5,"x",null,true,{"b":[]}],"é":"😀"}', '1.0', '"1.0"'
  ]) {
    t.equal(textOf(valueOf(text)), text)
  }
})

t.test('numbers are printed as Java prints them', async t => {
  const numbers = { '1.0': '1.0', '1e5': '100000.0', '1E10': '1.0E10', '12345678.5': '1.23456785E7', '0.0001': '1.0E-4', '-0.0': '-0.0', '-0': '0', '1.50': '1.5', '007': '7', '1e21': '1.0E21', '0.001': '0.001' }
  for (const [read, printed] of Object.entries(numbers)) t.equal(textOf(valueOf(read)), printed, read)
  t.equal(textOf({ a: NaN, b: new TypedNumber('float32', 0.1), c: -Infinity }), '{"a":"NaN","b":0.1,"c":"-Infinity"}')
})

t.test('an integer is told from a whole fraction', async t => {
  t.equal(valueOf('1'), 1)
  t.strictSame(valueOf('1.0'), new TypedNumber('float64', 1))
  t.strictSame(valueOf('{"a":[1.00]}'), { a: [new TypedNumber('float64', 1)] })
  t.equal(valueOf('1.5'), 1.5)
  t.equal(valueOf('9007199254740993'), 9007199254740993n)
})

t.test('text of digits within strings does no harm', async t => {
  for (const text of ['{"card":"4111111111111111","e":"1e5 \\\\"}', '["\\"1.0","-0"]']) t.equal(textOf(valueOf(text)), text)
})

t.test('members called like inherited ones stay members', async t => {
  for (const text of ['{"__proto__":{"a":1},"toString":2}', '{"__proto__":1.0}', '{"constructor":9007199254740993}']) {
    const value = valueOf(text) as object
    t.equal(Object.getPrototypeOf(value), Object.prototype)
    t.equal(textOf(value), text)
  }
})

t.test('of equal names the last counts', async t => {
  t.strictSame(valueOf('{"a":1,"b":2,"a":3}'), { a: 3, b: 2 })
  t.strictSame(valueOf('{"a":1.0,"a":2.0}'), { a: new TypedNumber('float64', 2) })
})

t.test('nesting is read up to a thousand levels, and no deeper', async t => {
  t.ok(Array.isArray(valueOf('['.repeat(1000) + ']'.repeat(1000))))
  t.throws(() => valueOf('['.repeat(1001) + ']'.repeat(1001)), { kind: 'data', message: /serialization error/ })
  t.throws(() => valueOf('[{"a":'.repeat(100_000)), { kind: 'data', message: /serialization error/ })
})

t.test('a value that holds itself is an error of the data', async t => {
  const loop: { self?: unknown } = {}
  loop.self = loop
  t.throws(() => textOf(loop), { kind: 'data', message: /holds itself/ })
  t.throws(() => textOf({ date: new Date(0) }), { kind: 'data', message: 'Java class class java.util.Date does not have corresponding schema type.' })
})

t.test('bytes that are no JSON are errors of the data without the bytes', async t => {
  for (const text of ['{', '"abc', 'NaN', 'secret', '{"a":}', '[1 2]', '1.', '-', '"\\x"', '1x', '// c\n1']) {
    t.throws(() => valueOf(text), { kind: 'data', message: 'Converting byte[] to Kafka Connect data failed due to serialization error: ' }, text)
  }
  t.throws(() => plain.toConnect('orders', Buffer.from([0x22, 0xff, 0x22]), []), { kind: 'data', cause: { message: 'Not JSON: bytes that are no UTF-8.' } })
  t.notMatch(t.throws(() => valueOf('{"pass":secret}')), /secret/)
})

t.test('no bytes and blanks are null, a byte order mark is skipped', async t => {
  for (const text of ['', ' \n', 'null']) t.equal(valueOf(text), null)
  t.equal(valueOf('\ufeff1'), 1)
  t.equal(plain.toConnect('orders', Buffer.from('[1]', 'utf16le'), []).value instanceof Array, true)
})

t.test('integers past 64 bits are kept, or wrapped around as Java does', async t => {
  t.equal(valueOf('12345678901234567890'), 12345678901234567890n)
  const wrapping = converter({ 'schemas.enable': 'false', 'big.integers': 'wrap' })
  t.equal(valueOf('12345678901234567890', wrapping), -6101065172474983726n)
  t.strictSame(valueOf('{"a":[18446744073709551617]}', wrapping), { a: [1] })
})

const order = make.struct([
  ['id', make.of('int64')], ['price', make.decimal(2)], ['at', make.timestamp()], ['note', make.of('string', { optional: true })], ['units', make.of('int32', { default: 7 })]
], { name: 'Order', version: 2 })
const orderJson = '{"schema":{"type":"struct","fields":[{"type":"int64","optional":false,"field":"id"},' +
  '{"type":"bytes","optional":false,"name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"2"},"field":"price"},' +
  '{"type":"int64","optional":false,"name":"org.apache.kafka.connect.data.Timestamp","version":1,"field":"at"},' +
  '{"type":"string","optional":true,"field":"note"},{"type":"int32","optional":false,"default":7,"field":"units"}],"optional":false,"name":"Order","version":2},"payload":'

t.test('an envelope is written as Java writes it, and read again', async t => {
  const one = converter()
  const value = { id: 9007199254740993n, price: new Decimal(156n, 2), at: new Date(1573573055000), note: null, units: 7 }
  const text = `${orderJson}{"id":9007199254740993,"price":"AJw=","at":1573573055000,"note":null,"units":7}}`
  t.equal(textOf({ ...value, units: null }, order, one), text)
  const first = one.toConnect('orders', Buffer.from(text), [])
  const second = one.toConnect('orders', Buffer.from(text), [])
  t.strictSame(first, { schema: order, value })
  t.strictSame(second.value, value)
  t.equal(second.schema, first.schema, 'one schema object for one schema text')
})

t.test('a known schema text does not let a broken envelope pass', async t => {
  const one = converter()
  const good = '{"schema":{"type":"int32"},"payload":1}'
  for (let i = 0; i < 2; i++) {
    t.equal(valueOf(good, one), 1)
    t.equal(valueOf(`${good} trailing }`, one), 1)
    t.throws(() => valueOf('{"schema":{"type":"int32"},"payload":1,"more":2}', one), { kind: 'data', message: /may not contain additional fields/ })
    t.throws(() => valueOf('{"schema":{"type":"int32"},"payload":1', one), { kind: 'data', message: /serialization error/ })
  }
  t.equal(valueOf('{"payload":2,"schema":{"type":"int32"}}', one), 2)
  t.equal(valueOf('{"schema":{"type":"int32"},"payload":3,"payload":4}', one), 4)
})

t.test('decimals are written as numbers by option, and all their digits read', async t => {
  const one = converter({ 'schemas.enable': 'true', 'decimal.format': 'numeric', 'schema.content': '{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"3"}}' })
  t.strictSame(valueOf('12345678901234567890.120', one), new Decimal(12345678901234567890120n, 3))
  t.match(textOf(new Decimal(12345678901234567890120n, 3), make.decimal(3), one), /"payload":12345678901234567890\.120\}$/)
})

t.test('null with a schema is no tombstone, null without is one', async t => {
  t.equal(textOf(null, make.of('string', { optional: true }), converter()), '{"schema":{"type":"string","optional":true},"payload":null}')
  t.equal(textOf(null, make.of('string', { optional: true })), 'null')
  t.equal(textOf(null, null, converter()), null)
  t.equal(textOf(5, null, converter()), '{"schema":null,"payload":5}')
})

t.test('defaults stay out by option', async t => {
  const one = converter({ 'schemas.enable': 'false', 'replace.null.with.default': 'false' })
  t.equal(textOf({}, make.struct([['a', make.of('int32', { optional: true, default: 5 })]]), one), '{"a":null}')
  t.equal(textOf({}, make.struct([['a', make.of('int32', { optional: true, default: 5 })]])), '{"a":5}')
})

t.test('a value of another type is named by class', async t => {
  t.throws(() => textOf('x', make.of('int32')), { kind: 'data', message: 'Invalid type for INT32: class java.lang.String' })
  t.throws(() => textOf(1.5, make.of('int32')), { kind: 'data', message: 'Invalid type for INT32: class java.lang.Double' })
  t.throws(() => textOf(2 ** 40, make.of('int32')), { kind: 'data', message: 'Invalid type for INT32: class java.lang.Long' })
})

t.test('names are those of the text, whatever names stood at their place in texts before', t => {
  // 2^53 keeps JSON.parse away.
  for (const text of [
    '{"ab":9007199254740993,"c":{"d":1}}', '{"a":9007199254740993,"abc":2}', '{"ab":9007199254740993,"c":{"d":1}}', '{"a\\u0062":9007199254740993,"\\"":1}', '{"a\\\\b":9007199254740993}', '{"a\\b":9007199254740993}',
    '{"__proto__":9007199254740993,"toString":1}', '{"":9007199254740993,"é":1}', '{"ab":9007199254740993,"ab":2}'
  ]) {
    const found = parseJson(Buffer.from(text)) as Record<string, unknown>
    const names = Object.keys(JSON.parse(text) as object)
    t.strictSame(Object.keys(found), names, text)
    t.strictSame(parseJson(Buffer.from(text)), found, 'and again')
  }
  t.end()
})

t.test('numbers near the bounds of doubles are exact', t => {
  for (const [text, value] of [
    ['9007199254740991', 9007199254740991], ['9007199254740992', 9007199254740992n], ['-9007199254740993', -9007199254740993n], ['0000000000000000007', 7], ['-0000000000000000000', 0], ['123456789012345678901234567890', 123456789012345678901234567890n],
    ['0.5', 0.5], ['-0.25', -0.25], ['0.0', new TypedNumber('float64', 0)], ['-1.50', -1.5], ['2.00', new TypedNumber('float64', 2)], ['12345678901234.5', 12345678901234.5]
  ] as const) t.ok(sameValue(parseExactly(text), value), `${text}: ${String(parseExactly(text))}`)
  for (const text of ['-', '1.', '1.e5', '.5', '1..5', '1.5.', '-a', '1e']) t.throws(() => parseExactly(`[${text}]`), { kind: 'data', message: /deserializ|serialization/ }, text)
  t.end()
})
