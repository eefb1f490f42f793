import { CreateRegistryCommand, CreateSchemaCommand, GetSchemaVersionCommand, GlueClient } from '@aws-sdk/client-glue'
import { configOf, Decimal, schema as make } from '@tributary/plugin'
import type { Converter, Schema, SchemaAndValue } from '@tributary/plugin'
import { settle, startGlue, startSchemaRegistry, uniqueName } from '@tributary/testing'
import t from 'tap'
import { avroConverter } from '../src/avro/avro-converter.ts'
import { glueAvroConverter } from '../src/avro/glue-avro-converter.ts'

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
Object.assign(process.env, { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey })
const endpoint = await startGlue(t)
const glue = new GlueClient({ endpoint, region: 'us-east-1', credentials })
t.teardown(() => { glue.destroy() })
await glue.send(new CreateRegistryCommand({ RegistryName: 'shop' }))

function converter (config: Record<string, string> = {}): Converter {
  const raw = { region: 'us-east-1', endpoint, 'registry.name': 'shop', ...config }
  return glueAvroConverter.create!(configOf(glueAvroConverter.config, raw), { isKey: false, raw })
}

async function write (one: Converter, topic: string, schema: Schema | null, value: unknown): Promise<Buffer> {
  return Buffer.from((await settle(() => one.fromConnect(topic, schema, value)))!)
}

async function read (one: Converter, bytes: Uint8Array): Promise<SchemaAndValue> { return await settle(() => one.toConnect('orders', bytes, [])) }

const headerOf = (versionId: string): Buffer => Buffer.from(`0300${versionId.replaceAll('-', '')}`, 'hex')

// What AWSKafkaAvroConverter 2.0.0 for Java registered and wrote.
const javaText = '{"type":"record","name":"All","namespace":"shop","fields":[{"name":"i8","type":{"type":"int","connect.type":"int8"}},{"name":"i64","type":"long"},{"name":"s","type":{"type":"string","connect.doc":"text"}},' +
  '{"name":"o","type":["null","string"],"default":null},{"name":"d","type":{"type":"int","connect.default":7},"default":7},{"name":"dec","type":{"type":"bytes","scale":2,"precision":64,"connect.version":1,' +
  '"connect.parameters":{"scale":"2"},"connect.name":"org.apache.kafka.connect.data.Decimal","logicalType":"decimal"}},{"name":"ts","type":{"type":"long","connect.version":1,"connect.name":"org.apache.kafka.connect.data.Timestamp",' +
  '"logicalType":"timestamp-millis"}},{"name":"bytes","type":"bytes"},{"name":"arr","type":{"type":"array","items":"long"}},{"name":"map","type":{"type":"map","values":"int"}},{"name":"pairs","type":{"type":"array","items":' +
  '{"type":"record","name":"MapEntry","namespace":"com.amazonaws.services.schemaregistry.kafkaconnect.avrodata","fields":[{"name":"key","type":"int"},{"name":"value","type":"string"}]}}},' +
  '{"name":"in","type":["null",{"type":"record","name":"Inner","fields":[{"name":"x","type":"int"}],"connect.name":"shop.Inner"}],"default":null},' +
  '{"name":"tags","type":{"type":"array","items":"string","connect.default":["a","b"]},"default":["a","b"]}],"connect.version":3,"connect.name":"shop.All"}'
const javaHex = '01828080808080802004c3a9001004ff64a6ca9a84cc5b0401020402030002026102000202027800020a02027100'
const schema = make.struct([
  ['i8', make.of('int8')], ['i64', make.of('int64')], ['s', make.of('string', { doc: 'text' })], ['o', make.of('string', { optional: true })], ['d', make.of('int32', { default: 7 })], ['dec', make.decimal(2)],
  ['ts', make.timestamp()], ['bytes', make.of('bytes')], ['arr', make.array(make.of('int64'))], ['map', make.map(make.of('string'), make.of('int32'))], ['pairs', make.map(make.of('int32'), make.of('string'))],
  ['in', make.struct([['x', make.of('int32')]], { name: 'shop.Inner', optional: true })], ['tags', make.array(make.of('string'), { default: ['a', 'b'] })]
], { name: 'shop.All', version: 3 })
const value = {
  i8: -1, i64: 9007199254740993n, s: 'é', o: null, d: 8, dec: new Decimal(-156n, 2), ts: new Date(1573573055123), bytes: new Uint8Array([1, 2]), arr: [1, -2], map: { a: 1 }, pairs: new Map([[1, 'x']]), in: { x: 5 }, tags: ['q']
}

t.test('what Java registered and wrote is read, found by the same text and written as the same bytes', async t => {
  const topic = uniqueName('all')
  const { SchemaVersionId: id } = await glue.send(new CreateSchemaCommand({ RegistryId: { RegistryName: 'shop' }, SchemaName: topic, DataFormat: 'AVRO', Compatibility: 'BACKWARD', SchemaDefinition: javaText }))
  const bytes = Buffer.concat([headerOf(id!), Buffer.from(javaHex, 'hex')])
  const one = converter()
  const back = await read(one, bytes)
  t.strictSame(back.value, value)
  t.strictSame(back.schema, schema)
  t.equal((await write(one, topic, schema, value)).toString('hex'), bytes.toString('hex'))
})

t.test('schemas are registered where that is allowed: the schema first, then versions of it', async t => {
  const topic = uniqueName('orders')
  const [first, second] = [make.struct([['a', make.of('int32')]]), make.struct([['a', make.of('int32')], ['b', make.of('string', { optional: true })]])]
  await t.rejects(write(converter(), topic, first, { a: 1 }), { kind: 'data', message: /schemaAutoRegistrationEnabled=true.*ConnectDefault/ })
  const one = converter({ schemaAutoRegistrationEnabled: 'true', compatibility: 'full' })
  const bytes = [await write(one, topic, first, { a: 1 }), await write(one, topic, second, { a: 2, b: 'x' }), await write(one, topic, first, { a: 3 })]
  t.strictSame(await Promise.all(bytes.map(async one => (await read(converter(), one)).value)), [{ a: 1 }, { a: 2, b: 'x' }, { a: 3 }])
  const { VersionNumber: version, SchemaArn: arn } = await glue.send(new GetSchemaVersionCommand({ SchemaId: { RegistryName: 'shop', SchemaName: topic }, SchemaVersionNumber: { LatestVersion: true } }))
  t.equal(version, 2)
  t.match(arn, /schema\/shop\//)
  t.strictSame(await write(converter({ schemaName: topic }), 'another', first, { a: 1 }), bytes[0], 'schemaName stands for the topic')
})

t.test('values without a schema keep their types', async t => {
  const one = converter({ schemaAutoRegistrationEnabled: 'true' })
  const free = { n: 5, big: 9007199254740993n, f: 1.5, t: true, l: ['x', null, { y: 2 }], none: null, bytes: new Uint8Array([1]) }
  t.strictSame(await read(one, await write(one, uniqueName('free'), null, free)), { schema: null, value: free })
})

t.test('compressed data is read whatever is set, and written where it is', async t => {
  const topic = uniqueName('zlib')
  const a = make.struct([['a', make.of('int32')]])
  const [plain, zlib] = [converter({ schemaAutoRegistrationEnabled: 'true' }), converter({ compression: 'zlib' })]
  const bytes = await write(plain, topic, a, { a: 1 })
  const packed = await write(zlib, topic, a, { a: 1 })
  t.equal(packed.toString('hex'), `0305${bytes.toString('hex', 2, 18)}789c63020000030003`, 'as Java compresses it')
  for (const one of [plain, zlib]) for (const data of [bytes, packed, bytes]) t.strictSame((await read(one, data)).value, { a: 1 })
})

t.test('what is not of the registry is an error of the data', async t => {
  const one = converter()
  for (const [hex, cause] of [
    ['', /size: 0/], ['030001', /size: 3/], [`0000000001${'02'.repeat(14)}`, /header version byte/], [`0300${'11'.repeat(16)}02`, null]
  ] as const) await t.rejects(read(one, Buffer.from(hex, 'hex')), { kind: 'data', ...cause === null ? { message: /version 11111111-1111-1111-1111-111111111111 .*not found/ } : { cause: { message: cause } } }, hex)
  const good = await write(converter({ schemaAutoRegistrationEnabled: 'true' }), uniqueName('bad'), make.struct([['a', make.of('string')]]), { a: 'x' })
  const changed = (at: number, byte: number): Buffer => Buffer.from(good.map((one, i) => i === at ? byte : one))
  await t.rejects(read(one, changed(1, 7)), { kind: 'data', cause: { message: /compression byte/ } })
  await t.rejects(read(one, changed(1, 5)), { kind: 'data', cause: { message: /inflate/ } })
  await t.rejects(read(one, changed(18, 99)), { kind: 'data', message: /deserializ|serialization/ })
})

t.test('data written before a move from Confluent\'s registry is read with secondaryDeserializer', async t => {
  const registry = await startSchemaRegistry()
  t.teardown(() => registry.close())
  const raw = { 'schema.registry.url': registry.url }
  const old = avroConverter.create!(configOf(avroConverter.config, raw), { isKey: false, raw })
  const a = make.struct([['a', make.of('int32')]])
  const before = await write(old, 'orders', a, { a: 1 })
  const one = converter({ ...raw, secondaryDeserializer: 'io.confluent.kafka.serializers.KafkaAvroDeserializer', schemaAutoRegistrationEnabled: 'true' })
  const after = await write(one, uniqueName('orders'), a, { a: 2 })
  t.strictSame(await Promise.all([before, after, before].map(async bytes => (await read(one, bytes)).value)), [{ a: 1 }, { a: 2 }, { a: 1 }])
  await t.rejects(read(converter(), before), { kind: 'data', cause: { message: /size|header version byte/ } })
})

t.test('mistakes of the configuration and of the account are told', async t => {
  const a = make.struct([['a', make.of('int32')]])
  await t.rejects(write(converter({ 'registry.name': 'nowhere', schemaAutoRegistrationEnabled: 'true' }), 'orders', a, { a: 1 }), { kind: 'data', message: /aws glue create-registry/ })
  await t.rejects(write(converter({ endpoint: 'http://127.0.0.1:1' }), 'orders', a, { a: 1 }), { kind: 'transient', message: /look up schema orders in the Glue registry shop/ })
  t.throws(() => converter({ schemaNameGenerationClass: 'com.example.Naming' }), { kind: 'config', message: /schemaName/ })
  t.throws(() => converter({ secondaryDeserializer: 'com.example.Other' }), { kind: 'config', message: /KafkaAvroDeserializer/ })
  t.throws(() => converter({ compression: 'gzip' }), { kind: 'config', message: /compression/ })
})
