import { configOf, Decimal, sameSchema, sameValue, schema as make, TypedNumber } from '@tributary/plugin'
import type { Converter, ConverterDefinition, Schema } from '@tributary/plugin'
import { settle, startSchemaRegistry } from '@tributary/testing'
import fc from 'fast-check'
import t from 'tap'
import {
  avroConverter, booleanConverter, byteArrayConverter, doubleConverter, floatConverter, integerConverter, jsonConverter, jsonSchemaConverter, longConverter, protobufConverter,
  shortConverter, simpleHeaderConverter, stringConverter
} from '../src/index.ts'

function create (definition: unknown, config: Record<string, string> = {}): Converter {
  const one = definition as ConverterDefinition
  return one.create!(configOf(one.config, config), { isKey: false, raw: config })
}

const name = fc.oneof(fc.string({ minLength: 1, maxLength: 5 }), fc.constantFrom('__proto__', 'toString', 'constructor', '1', 'é'))
/** Names that Avro allows too. */
const identifier = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,5}$/)
const int64 = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(value => Number.isSafeInteger(Number(value)) ? Number(value) : value)
const finite = fc.double({ noNaN: true, noDefaultInfinity: true })

interface Typed { schema: Schema, value: unknown }

const scalar: fc.Arbitrary<Typed> = fc.oneof(
  fc.boolean().map(value => ({ schema: make.of('boolean'), value })),
  fc.integer({ min: -128, max: 127 }).map(value => ({ schema: make.of('int8'), value })),
  fc.integer({ min: -32768, max: 32767 }).map(value => ({ schema: make.of('int16'), value })),
  fc.integer().map(value => ({ schema: make.of('int32'), value })),
  int64.map(value => ({ schema: make.of('int64'), value })),
  fc.float({ noNaN: true, noDefaultInfinity: true }).map(value => ({ schema: make.of('float32'), value })),
  finite.map(value => ({ schema: make.of('float64'), value })),
  fc.string({ unit: 'grapheme' }).map(value => ({ schema: make.of('string'), value })),
  fc.uint8Array({ maxLength: 9 }).map(value => ({ schema: make.of('bytes'), value })),
  fc.tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.integer({ min: 0, max: 30 })).map(([unscaled, scale]) => ({ schema: make.decimal(scale), value: new Decimal(unscaled, scale) })),
  fc.integer({ min: -100_000, max: 100_000 }).map(days => ({ schema: make.date(), value: new Date(days * 86_400_000) })),
  fc.integer({ min: 0, max: 86_400_000 }).map(ms => ({ schema: make.time(), value: new Date(ms) })),
  fc.integer({ min: -(10 ** 12), max: 10 ** 13 }).map(ms => ({ schema: make.timestamp(), value: new Date(ms) }))
)

function optional ({ schema, value }: Typed, isNull: boolean): Typed {
  return { schema: make.with(schema, { optional: true }), value: isNull ? null : value }
}

/** The same with what a schema can say beside its type. Names of logical types stay. */
function described ({ schema, value }: Typed, { name, version, doc, parameters }: { name: string | null, version: number | null, doc: string | null, parameters: Record<string, string> | null }): Typed {
  const isLogical = schema.name !== null
  return { schema: make.with(schema, { doc, ...isLogical ? {} : { name, version, parameters } }), value }
}

const descriptions = fc.record({
  name: fc.option(fc.stringMatching(/^[A-Z][a-z]{0,5}$/).map(name => `test.${name}`)),
  version: fc.option(fc.integer({ min: 1, max: 9 })),
  doc: fc.option(fc.string()),
  parameters: fc.option(fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.string(), { minKeys: 1, maxKeys: 3 }))
})

function typed (names: fc.Arbitrary<string>): fc.Arbitrary<Typed> {
  return fc.letrec<{ node: Typed }>(tie => ({
    node: fc.oneof({ maxDepth: 3 }, scalar,
      fc.tuple(tie('node'), fc.boolean()).map(([node, isNull]) => optional(node, isNull)),
      fc.tuple(tie('node'), fc.nat(3)).map(([{ schema, value }, length]) => ({ schema: make.array(schema), value: Array.from({ length }, () => value) })),
      fc.tuple(tie('node'), fc.uniqueArray(names, { maxLength: 3 })).map(([{ schema, value }, keys]) => ({ schema: make.map(make.of('string'), schema), value: Object.fromEntries(keys.map(key => [key, value])) })),
      fc.tuple(tie('node'), fc.uniqueArray(fc.integer(), { maxLength: 3 })).map(([{ schema, value }, keys]) => ({ schema: make.map(make.of('int32'), schema), value: new Map(keys.map(key => [key, value])) })),
      fc.uniqueArray(fc.tuple(names, tie('node')), { maxLength: 4, selector: ([key]) => key }).map(fields => ({
        schema: make.struct(fields.map(([key, node]) => [key, node.schema] as const)),
        value: Object.fromEntries(fields.map(([key, node]) => [key, node.value]))
      })))
  })).node
}

const schemaless = fc.letrec<{ node: unknown }>(tie => ({
  node: fc.oneof({ maxDepth: 4 }, fc.constantFrom(null, true, false), fc.string({ unit: 'grapheme' }), int64,
    finite.map(value => Number.isInteger(value) ? new TypedNumber('float64', value) : value),
    fc.array(tie('node'), { maxLength: 4 }),
    fc.uniqueArray(fc.tuple(name, tie('node')), { maxLength: 4, selector: ([key]) => key }).map(entries => Object.fromEntries(entries)))
})).node

t.test('JSON with schemas: value to bytes and back is the identity', async t => {
  for (const decimals of ['BASE64', 'NUMERIC']) {
    const one = create(jsonConverter, { 'decimal.format': decimals })
    fc.assert(fc.property(typed(name), ({ schema, value }) => {
      const back = one.toConnect('t', one.fromConnect('t', schema, value), [])
      t.ok(sameSchema(back.schema, schema) && sameValue(back.value, value), { found: { back, schema, value } })
    }), { numRuns: 150 })
  }
})

t.test('JSON: what a schema says beside its type comes back, with its default', async t => {
  const one = create(jsonConverter)
  fc.assert(fc.property(typed(name), descriptions, (node, description) => {
    const { schema, value } = described(node, description)
    // Java refuses defaults of structs.
    const whole = schema.type === 'struct' || value === null ? schema : make.with(schema, { default: value })
    const back = one.toConnect('t', one.fromConnect('t', whole, value), [])
    t.ok(sameSchema(back.schema, whole) && sameValue(back.value, value), { found: { back, whole, value } })
  }), { numRuns: 200 })
})

t.test('JSON without schemas: value to bytes and back is the identity', async t => {
  const one = create(jsonConverter, { 'schemas.enable': 'false' })
  fc.assert(fc.property(schemaless, value => {
    const bytes = one.fromConnect('t', null, value)
    const back = bytes === null ? null : one.toConnect('t', bytes, []).value
    t.ok(sameValue(back, value), { found: { back, value } })
    if (bytes !== null) t.strictSame(one.fromConnect('t', null, back), bytes)
  }), { numRuns: 300 })
})

t.test('Avro: value to bytes and back is the identity', async t => {
  const registry = await startSchemaRegistry()
  t.teardown(() => registry.close())
  const one = create(avroConverter, { 'schema.registry.url': registry.url })
  await fc.assert(fc.asyncProperty(typed(identifier), async ({ schema, value }) => {
    const bytes = await settle(() => one.fromConnect('t', schema, value))
    if (bytes === null) return
    const back = await settle(() => one.toConnect('t', bytes, []))
    t.ok(sameValue(back.value, value), { found: { back, schema, value } })
  }), { numRuns: 100 })
})

t.test('Avro: schema and default come back', async t => {
  const registry = await startSchemaRegistry()
  t.teardown(() => registry.close())
  const one = create(avroConverter, { 'schema.registry.url': registry.url })
  await fc.assert(fc.asyncProperty(typed(identifier), async ({ schema, value }) => {
    const whole = make.struct([['a', value === null ? schema : make.with(schema, { default: value })], ['b', make.of('int32')]])
    const back = await settle(() => one.toConnect('t', one.fromConnect('t', whole, { b: 1 })!, []))
    t.ok(sameSchema(withoutVersion(back.schema), whole), { found: back.schema, wanted: whole })
    t.ok(sameValue(back.value, { a: value, b: 1 }), { found: back.value, wanted: value })
  }), { numRuns: 100 })
})

/** The version of a schema is that of its subject. */
function withoutVersion (schema: Schema | null): Schema | null { return schema === null ? null : make.with(schema, { version: null }) }

t.test('JSON Schema: value, schema and default to bytes and back are the identity', async t => {
  const registry = await startSchemaRegistry()
  t.teardown(() => registry.close())
  for (const decimals of ['BASE64', 'NUMERIC']) {
    const one = create(jsonSchemaConverter, { 'schema.registry.url': registry.url, 'decimal.format': decimals })
    await fc.assert(fc.asyncProperty(typed(name), async ({ schema, value }) => {
      // As in Java, a decimal default in digits keeps no zeros at its end.
      const hasDefault = value !== null && decimals === 'BASE64'
      const whole = make.struct([['a', hasDefault ? make.with(schema, { default: value }) : schema], ['b', schema]])
      const back = await settle(() => one.toConnect('t', one.fromConnect('t', whole, { ...hasDefault ? {} : { a: value }, b: value })!, []))
      t.ok(sameSchema(withoutVersion(back.schema), whole), { found: back.schema, wanted: whole })
      t.ok(sameValue(back.value, { a: value, b: value }), { found: back.value, wanted: value })
    }), { numRuns: 100 })
  }
})

/** Structs as Protobuf has them: lists and maps are never null, and hold neither lists nor null. */
const protobufStruct = fc.letrec<{ struct: Typed, content: Typed, field: Typed }>(tie => ({
  // The last moment of the day is the first in Protobuf.
  content: fc.oneof({ maxDepth: 2 }, scalar.filter(({ value }) => !(value instanceof Date && value.getTime() === 86_400_000)), tie('struct')),
  field: fc.oneof(tie('content'),
    fc.tuple(tie('content'), fc.boolean()).map(([node, isNull]) => optional(node, isNull)),
    fc.tuple(tie('content'), fc.nat(3)).map(([{ schema, value }, length]) => ({ schema: make.array(schema), value: Array.from({ length }, () => value) })),
    fc.tuple(tie('content'), fc.uniqueArray(name, { maxLength: 3 })).map(([{ schema, value }, keys]) => ({ schema: make.map(make.of('string'), schema), value: Object.fromEntries(keys.map(key => [key, value])) })),
    fc.tuple(tie('content'), fc.uniqueArray(int64, { maxLength: 3 })).map(([{ schema, value }, keys]) => ({ schema: make.map(make.of('int64'), schema), value: new Map(keys.map(key => [key, value])) }))),
  struct: fc.uniqueArray(fc.tuple(identifier, tie('field')), { maxLength: 4, selector: ([key]) => key }).map(fields => ({
    schema: make.struct(fields.map(([key, node]) => [key, node.schema] as const)),
    value: Object.fromEntries(fields.map(([key, node]) => [key, node.value]))
  }))
})).struct

t.test('Protobuf: value to bytes and back is the identity; schema and bytes are from then on', async t => {
  const registry = await startSchemaRegistry()
  t.teardown(() => registry.close())
  for (const key of ['optional.for.nullables', 'wrapper.for.nullables']) {
    const one = create(protobufConverter, { 'schema.registry.url': registry.url, [key]: 'true' })
    await fc.assert(fc.asyncProperty(protobufStruct, async ({ schema, value }) => {
      const bytes = await settle(() => one.fromConnect('t', schema, value))
      const first = await settle(() => one.toConnect('t', bytes, []))
      t.ok(sameValue(first.value, value), { found: { first, schema, value } })
      const again = await settle(() => one.fromConnect('t', first.schema, first.value))
      const second = await settle(() => one.toConnect('t', again, []))
      t.ok(sameValue(second.value, value), { found: { second, schema, value } })
      // Items of lists are read as optional, which is why wrappers hold them the second time.
      if (key === 'wrapper.for.nullables') return
      t.strictSame(again!.subarray(5), bytes!.subarray(5))
      t.ok(sameSchema(withoutVersion(second.schema), withoutVersion(first.schema)), { found: second.schema, wanted: first.schema })
    }), { numRuns: 100 })
  }
})

t.test('Avro without schemas: value to bytes and back is the identity', async t => {
  const registry = await startSchemaRegistry()
  t.teardown(() => registry.close())
  const one = create(avroConverter, { 'schema.registry.url': registry.url })
  await fc.assert(fc.asyncProperty(schemaless, async value => {
    const bytes = await settle(() => one.fromConnect('t', null, value))
    const back = bytes === null ? null : await settle(() => one.toConnect('t', bytes, []))
    t.ok(sameValue(back?.value ?? null, value), { found: { back, value } })
  }), { numRuns: 300 })
})

t.test('text, bytes, numbers: bytes to value and back is the identity', async t => {
  for (const [definition, size] of [[shortConverter, 2], [integerConverter, 4], [longConverter, 8], [floatConverter, 4], [doubleConverter, 8]] as const) {
    const one = create(definition)
    fc.assert(fc.property(fc.uint8Array({ minLength: size, maxLength: size }), bytes => {
      const { schema, value } = one.toConnect('t', bytes, [])
      if (!Number.isNaN(value)) t.strictSame(new Uint8Array(one.fromConnect('t', schema, value)!), bytes)
    }))
  }
  const bytesAlone = create(byteArrayConverter)
  fc.assert(fc.property(fc.uint8Array(), bytes => { t.strictSame(bytesAlone.toConnect('t', bytesAlone.fromConnect('t', null, bytes), []).value, bytes) }))
  const flag = create(booleanConverter)
  for (const value of [true, false]) t.equal(flag.toConnect('t', flag.fromConnect('t', null, value), []).value, value)
  for (const encoding of ['UTF-8', 'UTF-16', 'UTF-16LE', 'UTF-32', 'GB18030']) {
    const one = create(stringConverter, { 'converter.encoding': encoding })
    // A mark at the beginning is no text in the sets that have marks; GB18030 writes what it has in two bytes.
    const texts = fc.string({ unit: encoding === 'GB18030' ? fc.constantFrom('a', '0', '汉', '字', '，') : 'grapheme' })
    fc.assert(fc.property(texts.filter(text => !text.startsWith('\ufeff')), value => { t.equal(one.toConnect('t', one.fromConnect('t', null, value), []).value, value) }))
  }
  const header = simpleHeaderConverter.createHeader!({}, { raw: {} })
  // Of other texts it guesses a type.
  fc.assert(fc.property(fc.stringMatching(/^[A-Zb-eg-mo-su-z][A-Za-z0-9 .;é]{0,20}$/).filter(text => !/^(?:NaN|Infinity)/.test(text)), value => {
    t.equal(header.toConnect('t', 'h', header.fromConnect('t', 'h', null, value)).value, value)
  }))
  for (const value of [true, false, null]) t.equal(header.toConnect('t', 'h', header.fromConnect('t', 'h', null, value)).value, value)
  const text = create(stringConverter)
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), value => { t.equal(text.toConnect('t', text.fromConnect('t', null, value), []).value, value) }))
})

/** Bytes that are nearly JSON. */
const jsonish = fc.array(fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '1', '-', '.', 'e', '0', 'true', 'null', '\\', 'schema', 'payload', 'type', 'list', 'map', 'd', 't', 'pairs', ' ', 'é'), { maxLength: 30 }).map(parts => Buffer.from(parts.join('')))

t.test('no bytes at all crash a converter: a value, or an error of the data', async t => {
  const simple = [booleanConverter, byteArrayConverter, doubleConverter, floatConverter, integerConverter, longConverter, shortConverter, stringConverter]
  const all = [create(jsonConverter), create(jsonConverter, { 'schemas.enable': 'false' }), ...simple.map(one => create(one))]
  const headers = simpleHeaderConverter.createHeader!({}, { raw: {} })
  fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 40 }), jsonish), bytes => {
    headers.toConnect('t', 'h', bytes)
    for (const one of all) {
      try {
        const { schema, value } = one.toConnect('t', bytes, [])
        one.fromConnect('t', schema, value)
      } catch (error) {
        t.equal((error as { kind?: unknown }).kind, 'data')
      }
    }
  }), { numRuns: 1000 })
})

for (const [title, definition] of [['Avro', avroConverter], ['JSON Schema', jsonSchemaConverter], ['Protobuf', protobufConverter]] as const) t.test(`no bytes at all after a good header crash ${title}: a value, or an error of the data`, async t => {
  const registry = await startSchemaRegistry()
  t.teardown(() => registry.close())
  const one = create(definition, { 'schema.registry.url': registry.url })
  const everything = make.struct([
    ['list', make.array(make.of('string', { optional: true }))], ['map', make.map(make.of('string'), make.of('float64'))], ['pairs', make.map(make.of('int64'), make.of('bytes'))], ['d', make.decimal(2)], ['t', make.timestamp()],
    ['s', make.struct([['i', make.of('int8')]])]
  ])
  const headers: Buffer[] = []
  for (const [schema, value] of [[everything, { list: [], map: {}, pairs: new Map(), d: new Decimal(1n, 2), t: new Date(0), s: { i: 1 } }], ...definition === avroConverter ? [[null, true]] as const : []] as const) {
    headers.push(Buffer.from((await settle(() => one.fromConnect('t', schema, value)))!.subarray(0, definition === protobufConverter ? 6 : 5)))
    await settle(() => one.toConnect('t', one.fromConnect('t', schema, value), []))
  }
  await fc.assert(fc.asyncProperty(fc.constantFrom(...headers), fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.array(fc.constantFrom(0, 1, 2, 4, 255, 128), { maxLength: 60 }).map(bytes => Uint8Array.from(bytes)), jsonish), async (header, bytes) => {
    try {
      const { schema, value } = one.toConnect('t', Buffer.concat([header, bytes]), [])
      await settle(() => one.fromConnect('t', schema, value))
    } catch (error) {
      t.equal((error as { kind?: unknown }).kind, 'data')
    }
  }), { numRuns: 2000 })
})
