import { Decimal, sameValue } from '@tributary/plugin'
import fc from 'fast-check'
import t from 'tap'
import { avroCodec } from '../src/avro/avro-codec.ts'
import { confluentAvro } from '../src/avro/avro-flavor.ts'
import { avroMapping } from '../src/avro/avro-mapping.ts'
import type { AvroMapping } from '../src/avro/avro-values.ts'
import type { AvroJson } from '../src/avro/avro-names.ts'
import { AvroReader } from '../src/avro/avro-reader.ts'
import { AvroWriter } from '../src/avro/avro-writer.ts'

const flavor = confluentAvro({})

const reader = new AvroReader()
const writer = new AvroWriter()

function read (mapping: AvroMapping, bytes: Uint8Array): unknown {
  reader.start(bytes, 0)
  const value = mapping.read(reader)
  reader.finish()
  return value
}

function write (mapping: AvroMapping, value: unknown): Buffer {
  writer.start()
  mapping.write(writer, value)
  return writer.finish()
}

interface Typed { json: AvroJson, value: unknown }

let names = 0
/** Names must not come twice in one schema. */
const newName = (): string => `N${names++}`
const int64 = fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.bigInt(-(2n ** 55n), 2n ** 55n), fc.bigInt(-(2n ** 34n), 2n ** 34n), fc.bigInt(-300n, 300n))
  .map(value => Number.isSafeInteger(Number(value)) ? Number(value) : value)
const text = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary', minLength: 30, maxLength: 200 }))
const instant = fc.integer({ min: -(10 ** 12), max: 10 ** 13 }).map(ms => new Date(ms))
const of = (json: AvroJson) => (value: unknown): Typed => ({ json, value })

const scalar: fc.Arbitrary<Typed> = fc.oneof(
  fc.boolean().map(of('boolean')), fc.integer().map(of('int')), int64.map(of('long')), text.map(of('string')),
  fc.float().map(of('float')), fc.double().map(of('double')), fc.uint8Array().map(of('bytes')),
  instant.map(of({ type: 'long', logicalType: 'timestamp-millis' })),
  fc.integer({ min: -10_000, max: 10_000 }).map(days => of({ type: 'int', logicalType: 'date' })(new Date(days * 86_400_000))),
  fc.nat(86_399_999).map(ms => of({ type: 'int', logicalType: 'time-millis' })(new Date(ms))),
  fc.bigInt(-(10n ** 20n), 10n ** 20n).map(unscaled => of({ type: 'bytes', logicalType: 'decimal', precision: 30, scale: 2 })(new Decimal(unscaled, 2))),
  fc.bigInt(-(2n ** 31n), 2n ** 31n).map(unscaled => of({ type: 'fixed', name: newName(), size: 8, logicalType: 'decimal', precision: 12, scale: 3 })(new Decimal(unscaled, 3))),
  fc.uint8Array({ minLength: 3, maxLength: 3 }).map(value => of({ type: 'fixed', name: newName(), size: 3 })(value)),
  fc.constantFrom('A', 'B', 'C').map(value => of({ type: 'enum', name: newName(), symbols: ['A', 'B', 'C'] })(value))
)

const typed = fc.letrec<{ node: Typed }>(tie => ({
  node: fc.oneof({ maxDepth: 3 }, scalar,
    fc.tuple(scalar, fc.boolean(), fc.boolean()).map(([{ json, value }, isFirst, isNull]) => ({ json: isFirst ? ['null', json] : [json, 'null'], value: isNull ? null : value })),
    fc.tuple(fc.constantFrom('int', 'string'), fc.integer(), text).map(([branch, int, string]) => ({ json: ['int', 'null', 'string'], value: branch === 'int' ? { int } : { string } })),
    fc.tuple(tie('node'), fc.nat(3)).map(([{ json, value }, length]) => ({ json: { type: 'array', items: json }, value: Array.from({ length }, () => value) })),
    fc.tuple(tie('node'), fc.uniqueArray(text.filter(key => key !== '__proto__'), { maxLength: 3 })).map(([{ json, value }, keys]) =>
      ({ json: { type: 'map', values: json }, value: Object.fromEntries(keys.map(key => [key, value])) })),
    fc.array(tie('node'), { maxLength: 4 }).map(nodes => ({
      json: { type: 'record', name: newName(), fields: nodes.map(({ json }, i) => ({ name: `f${i}`, type: json })) },
      value: Object.fromEntries(nodes.map(({ value }, i) => [`f${i}`, value]))
    })))
})).node

/** What a message gives, or null if it is refused. */
function attempt (call: () => unknown): { value: unknown } | null {
  try {
    return { value: call() }
  } catch {
    return null
  }
}

t.test('values are written to the bytes that avsc writes, and read from them as avsc reads', async t => {
  fc.assert(fc.property(typed, ({ json, value }) => {
    const [mapping, codec] = [avroMapping(json, flavor), avroCodec(json, [])]
    const bytes = write(mapping, value)
    const expected = codec.encode(mapping.fromConnect(value))
    t.ok(bytes.equals(expected), 'the same bytes', { found: { json, bytes, expected } })
    const back = read(mapping, bytes)
    t.ok(sameValue(back, mapping.toConnect(codec.decode(bytes))), 'the same value', { found: { json, back } })
  }), { numRuns: 400 })
})

t.test('a message cut anywhere is refused', async t => {
  fc.assert(fc.property(typed, fc.nat(), ({ json, value }, cut) => {
    const mapping = avroMapping(json, flavor)
    const bytes = write(mapping, value)
    t.ok(bytes.length === 0 || attempt(() => read(mapping, bytes.subarray(0, cut % bytes.length))) === null, 'refused', { found: { json, bytes, cut } })
  }), { numRuns: 400 })
})

t.test('bytes after the message do not change what is read, and changed bytes give a value or an error', async t => {
  const around = Buffer.alloc(2000, 2)
  fc.assert(fc.property(typed, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }), ({ json, value }, changes) => {
    const mapping = avroMapping(json, flavor)
    const bytes = Uint8Array.from(write(mapping, value))
    for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte
    const alone = attempt(() => read(mapping, bytes))
    const large = bytes.length > around.length ? Buffer.from(bytes) : around
    large.set(bytes)
    t.ok(sameValue(alone?.value, attempt(() => read(mapping, large.subarray(0, bytes.length)))?.value), 'the same', { found: { json, bytes } })
  }), { numRuns: 400 })
})

t.test('lengths and counts that are negative, huge or of too many bytes are refused at once', async t => {
  const empty = { type: 'record', name: 'Empty', fields: [] } as const
  const huge = 'feffffffffffffffff01'
  for (const [json, hex] of [
    ['string', '01'], ['string', huge], ['bytes', '01'], ['bytes', huge], ['int', 'ffffffffff01'], ['long', 'ffffffffffffffffffff01'],
    [{ type: 'array', items: 'int' }, huge], [{ type: 'map', values: 'int' }, huge], [{ type: 'array', items: empty }, huge],
    [{ type: 'array', items: { type: 'array', items: empty } }, `06${huge}`], [{ type: 'array', items: 'int' }, '0104'],
    [['null', 'int'], '01'], [['null', 'int'], '04'], [{ type: 'enum', name: 'E', symbols: ['A'] }, '02']
  ] as const) t.throws(() => read(avroMapping(json, flavor), Buffer.from(hex, 'hex')), hex)
})

t.test('blocks that tell their size are read too', async t => {
  t.strictSame(read(avroMapping({ type: 'array', items: 'int' }, flavor), Buffer.from('0304020402060' + '0', 'hex')), [1, 2, 3])
})

t.test('values that are not of their type are refused', async t => {
  for (const [json, values] of [
    ['int', ['1', 1.5, 2 ** 31, null, 1n]], ['long', [1.5, 2 ** 53, 2n ** 63n, '1', null]], ['string', [1, null]], ['boolean', [0, null]], ['double', ['1', 1n]],
    ['bytes', ['a', [1]]], [{ type: 'fixed', name: 'F', size: 2 }, [new Uint8Array(3)]], [{ type: 'enum', name: 'E', symbols: ['A'] }, ['B', null]],
    [{ type: 'array', items: 'int' }, [{}, null]], [{ type: 'record', name: 'R', fields: [{ name: 'a', type: 'int' }] }, [null, {}, 'a']]
  ] as const) for (const value of values) t.throws(() => write(avroMapping(json, flavor), value))
})

t.test('messages keep their bytes while others are written', async t => {
  const mapping = avroMapping('string', flavor)
  const texts = Array.from({ length: 300 }, (_, i) => String(i).repeat(i * 7))
  const messages = texts.map(text => write(mapping, text))
  t.strictSame(messages.map(bytes => read(mapping, bytes)), texts)
})

t.test('fields are members of their own, whatever their names', async t => {
  const json = { type: 'record', name: 'R', fields: [{ name: '__proto__', type: 'int' }, { name: 'constructor', type: ['null', 'int'] }] } as const
  const mapping = avroMapping(json, flavor)
  const value = read(mapping, Buffer.from('0200', 'hex')) as object
  t.strictSame(Object.entries(value), [['__proto__', 1], ['constructor', null]])
  t.equal(write(mapping, value).toString('hex'), '0200')
  t.equal(write(mapping, Object.fromEntries([['__proto__', 1]])).toString('hex'), '0200')
})
