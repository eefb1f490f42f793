import { configOf, Decimal, schema as make } from '@tributary/plugin'
import type { Converter, Schema, SchemaAndValue } from '@tributary/plugin'
import { settle } from '@tributary/testing'
import type { TestSchemaRegistry } from '@tributary/testing'
import t from 'tap'
import { avroConverter } from '../src/avro/avro-converter.ts'
import { registryFor } from './registry.ts'

function converter (registry: TestSchemaRegistry, config: Record<string, string> = {}, isKey = false): Converter {
  const raw = { 'schema.registry.url': registry.url, ...config }
  return avroConverter.create!(configOf(avroConverter.config, raw), { isKey, raw })
}

async function write (one: Converter, schema: Schema | null, value: unknown, topic = 'orders'): Promise<Buffer> {
  return Buffer.from((await settle(() => one.fromConnect(topic, schema, value)))!)
}

async function read (one: Converter, bytes: Uint8Array): Promise<SchemaAndValue> {
  return await settle(() => one.toConnect('orders', bytes, []))
}

/** Order 1573573055, "Item_1", 15.5, null, ["a"] as Avro 1.11.4 for Java writes it. */
const orderSchema = '{"type":"record","name":"Order","namespace":"shop","fields":[{"name":"time","type":"long"},{"name":"item","type":"string"},' +
  '{"name":"units","type":"double"},{"name":"note","type":["null","string"],"default":null},{"name":"tags","type":{"type":"array","items":"string"}}]}'
const orderHex = 'fec6d6dc0b' + '0c4974656d5f31' + '0000000000002f40' + '00' + '02026100'

t.test('bytes of another program are read, and written again the same', async t => {
  const registry = await registryFor(t)
  const id = registry.add('orders-value', orderSchema)
  const bytes = Buffer.concat([Buffer.from([0, 0, 0, 0, id]), Buffer.from(orderHex, 'hex')])
  const one = converter(registry, { 'auto.register.schemas': 'false', 'use.latest.version': 'true' })
  const { schema, value } = await read(one, bytes)
  t.strictSame(value, { time: 1573573055, item: 'Item_1', units: 15.5, note: null, tags: ['a'] })
  t.equal(schema?.name, 'shop.Order')
  t.strictSame(await write(one, schema, value), bytes)
})

t.test('numbers, bytes and logical types are read from Java\'s bytes, and written as the same', async t => {
  const registry = await registryFor(t)
  const id = registry.add('orders-value', '{"type":"record","name":"All","fields":[{"name":"i","type":"int"},{"name":"l","type":"long"},{"name":"m","type":"long"},' +
    '{"name":"f","type":"float"},{"name":"b","type":"boolean"},{"name":"y","type":"bytes"},{"name":"map","type":{"type":"map","values":"int"}},' +
    '{"name":"d","type":{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}},{"name":"t","type":{"type":"long","logicalType":"timestamp-millis"}}]}')
  const bytes = Buffer.from(`000000000${id}dfc5088280808080808020ffffffffffffffffff010000c03f0104010202026b0e0004c304a6ca9a84cc5b`, 'hex')
  const one = converter(registry, { 'auto.register.schemas': 'false', 'use.latest.version': 'true' })
  const { schema, value } = await read(one, bytes)
  t.strictSame(value, {
    i: -70000, l: 9007199254740993n, m: -(2n ** 63n), f: 1.5, b: true, y: new Uint8Array([1, 2]), map: { k: 7 }, d: new Decimal(-15612n, 2), t: new Date(1573573055123)
  })
  t.strictSame(await write(one, schema, value), bytes)
})

t.test('every type of Connect survives writing and reading', async t => {
  const one = converter(await registryFor(t))
  const schema = make.struct([
    ['i8', make.of('int8')], ['i16', make.of('int16')], ['i32', make.of('int32')], ['i64', make.of('int64')], ['big', make.of('int64')],
    ['f32', make.of('float32')], ['f64', make.of('float64')], ['b', make.of('boolean')], ['s', make.of('string', { doc: 'text' })],
    ['bytes', make.of('bytes')], ['o', make.of('string', { optional: true })], ['dec', make.decimal(2)], ['date', make.date()], ['time', make.time()],
    ['ts', make.timestamp({ optional: true })], ['arr', make.array(make.of('int64', { optional: true }))], ['map', make.map(make.of('string'), make.of('int32'))],
    ['pairs', make.map(make.of('int32'), make.of('string'))], ['in', make.struct([['x', make.of('int32')]], { name: 'shop.Inner', optional: true })]
  ], { name: 'shop.All', version: 3 })
  const value = {
    i8: -1, i16: 300, i32: -70000, i64: 5, big: 9007199254740993n, f32: 0.5, f64: 1e300, b: true, s: 'é', bytes: new Uint8Array([1, 2]), o: null,
    dec: new Decimal(-156n, 2), date: new Date(86_400_000), time: new Date(1000), ts: new Date(1573573055000), arr: [1, null, -(2n ** 63n)],
    map: { a: 1 }, pairs: new Map([[1, 'x']]), in: { x: 1 }
  }
  const back = await read(one, await write(one, schema, value))
  t.strictSame(back.value, value)
  t.strictSame(back.schema, schema)
})

t.test('defaults keep all digits', async t => {
  const one = converter(await registryFor(t))
  for (const value of [2n ** 63n - 512n, -(2n ** 63n), 9007199254740993n, 9007199254740991]) {
    const schema = make.struct([['a', make.of('int64', { default: value })]])
    t.strictSame((await read(one, await write(one, schema, {}))).schema?.fields[0]?.schema.default, value)
  }
})

t.test('a schema is registered once for many values', async t => {
  const registry = await registryFor(t)
  const one = converter(registry)
  const schema = make.struct([['a', make.of('int32')]])
  for (let a = 0; a < 5; a++) await write(one, schema, { a })
  t.strictSame(registry.requests, ['POST /subjects/orders-value/versions'])
  t.match(registry.text(1), '"name":"ConnectDefault","namespace":"io.confluent.connect.avro"')
})

t.test('subjects follow the strategy', async t => {
  const registry = await registryFor(t)
  const schema = make.struct([['a', make.of('int32')]], { name: 'shop.Order' })
  await write(converter(registry, {}, true), schema, { a: 1 })
  await write(converter(registry, { 'value.subject.name.strategy': 'io.confluent.kafka.serializers.subject.RecordNameStrategy' }), schema, { a: 1 })
  await write(converter(registry, { 'value.subject.name.strategy': 'TopicRecordNameStrategy' }), schema, { a: 1 })
  t.strictSame(registry.requests.map(line => line.split('/')[2]), ['orders-key', 'shop.Order', 'orders-shop.Order'])
})

t.test('without registration an unknown schema is an error of the data', async t => {
  const one = converter(await registryFor(t), { 'auto.register.schemas': 'false' })
  await t.rejects(write(one, make.of('string'), 'x'), { kind: 'data', message: /answered 404 .*Subject 'orders-value' not found/ })
})

t.test('a schema has the version of its subject, unless it says its own', async t => {
  const registry = await registryFor(t)
  registry.add('orders-value', '"string"')
  const second = registry.add('orders-value', '"int"')
  const own = registry.add('orders-value', '{"type":"int","connect.version":7}')
  const elsewhere = registry.add('others-value', '"boolean"')
  const one = converter(registry)
  const versionOf = async (id: number): Promise<unknown> => (await read(one, Buffer.from([0, 0, 0, 0, id, 1]))).schema?.version
  t.strictSame([await versionOf(second), await versionOf(own), await versionOf(elsewhere)], [2, 7, null])
})

t.test('what Avro says beside types is kept as parameters, and written again', async t => {
  const registry = await registryFor(t)
  const text = '{"type":"record","name":"Order","namespace":"shop","doc":"an order","fields":[{"name":"id","type":"long","doc":"its id","default":5},{"name":"note","type":["null","string"],"default":null}]}'
  const id = registry.add('orders-value', text)
  const { schema, value } = await read(converter(registry), Buffer.from([0, 0, 0, 0, id, 2, 0]))
  t.strictSame(schema?.parameters, { 'io.confluent.connect.avro.record.doc': 'an order', 'io.confluent.connect.avro.field.doc.id': 'its id' })
  t.equal(schema?.doc, null)
  t.strictSame(schema?.fields[0]?.schema.parameters, { 'io.confluent.connect.avro.field.default': 'true' })
  t.equal(schema?.fields[0]?.schema.default, 5)
  await write(converter(registry), schema, value, 'copies')
  t.match(registry.text(2), '{"type":"record","name":"Order","namespace":"shop","doc":"an order","fields":[{"name":"id","type":"long","doc":"its id","default":5},')
  const shared = await read(converter(registry, { 'discard.type.doc.default': 'true' }), Buffer.from([0, 0, 0, 0, id, 2, 0]))
  t.equal(shared.schema?.doc, 'an order')
  t.equal(shared.schema?.fields[0]?.schema.doc, 'its id')
})

t.test('null stays null where there is a default, by option', async t => {
  const schema = make.struct([['a', make.of('int32', { optional: true, default: 5 })]])
  for (const [config, wanted] of [[{}, 5], [{ 'ignore.default.for.nullables': 'true' }, null]] as const) {
    const registry = await registryFor(t)
    const bytes = await write(converter(registry, config), schema, { a: null })
    t.strictSame((await read(converter(registry), bytes)).value, { a: wanted })
  }
})

t.test('names that Avro does not allow are changed, by option', async t => {
  const registry = await registryFor(t)
  const bytes = await write(converter(registry, { 'scrub.invalid.names': 'true' }), make.struct([['order-id', make.of('int32')], ['1st é', make.of('string')]], { name: 'my-shop.Order-1' }), { 'order-id': 1, '1st é': 'x' })
  t.strictSame((await read(converter(registry), bytes)).value, { order_id: 1, x1st__C3_A9: 'x' })
  t.match(registry.text(1), '"name":"Order_1","namespace":"my_shop"')
})

t.test('two schemas that differ and share a name are an error, since the second would be read as the first', async t => {
  const one = converter(await registryFor(t))
  const schema = make.struct([['a', make.struct([['x', make.of('int32')]], { name: 'shop.Part' })], ['b', make.struct([['y', make.of('string')]], { name: 'shop.Part' })]])
  await t.rejects(write(one, schema, { a: { x: 1 }, b: { y: 'z' } }), { kind: 'data', message: /have the name shop\.Part/ })
})

t.test('unnamed maps of several types are told apart', async t => {
  const registry = await registryFor(t)
  const one = converter(registry)
  const map = (value: Schema): Schema => make.map(make.of('int32'), value)
  const schema = make.struct([['a', map(make.of('int32'))], ['b', map(make.of('string'))], ['c', map(make.of('int32'))]])
  const value = { a: new Map([[1, 2]]), b: new Map([[3, 'x']]), c: new Map([[4, 5]]) }
  t.strictSame((await read(one, await write(one, schema, value))).value, value)
  t.match(registry.text(1), '{"name":"c","type":{"type":"array","items":"MapEntry"}}')
})

t.test('references are fetched, and names of theirs known', async t => {
  const registry = await registryFor(t)
  registry.add('inner', '{"type":"record","name":"Inner","namespace":"shop","fields":[{"name":"x","type":"int"}]}')
  const id = registry.add('orders-value', '{"type":"record","name":"Outer","namespace":"shop","fields":[{"name":"in","type":"shop.Inner"}]}', {
    references: [{ name: 'shop.Inner', subject: 'inner', version: 1 }]
  })
  const { value } = await read(converter(registry), Buffer.from([0, 0, 0, 0, id, 2]))
  t.strictSame(value, { in: { x: 1 } })
})

t.test('user and password come from the key or from the address', async t => {
  const registry = await registryFor(t)
  registry.credentials = 'me:se:cret'
  const withKey = converter(registry, { 'basic.auth.credentials.source': 'USER_INFO', 'basic.auth.user.info': 'me:se:cret' })
  t.equal((await write(withKey, make.of('string'), 'x')).toString('hex'), '00000000010278')
  const inAddress = converter(registry, { 'schema.registry.url': registry.url.replace('//', '//me:se%3Acret@') })
  t.equal((await write(inAddress, make.of('string'), 'x')).length, 7)
  await t.rejects(write(converter(registry), make.of('string'), 'x'), { kind: 'config', message: /401/ })
})

t.test('a registry that is away is an error to try again, and is asked again', async t => {
  const registry = await registryFor(t)
  const one = converter(registry)
  registry.failWith = 503
  await t.rejects(write(one, make.of('string'), 'x'), { name: 'ConnectError', kind: 'transient' })
  registry.failWith = null
  t.equal((await write(one, make.of('string'), 'x')).length, 7)
})

t.test('a schema that does not exist is asked for once, not for each record', async t => {
  const registry = await registryFor(t)
  const one = converter(registry)
  for (let i = 0; i < 3; i++) await t.rejects(read(one, Buffer.from([0, 0, 0, 0, 9, 2])), { name: 'ConnectError', kind: 'data' })
  t.strictSame(registry.requests, ['GET /schemas/ids/9'])
})

t.test('no bytes but errors of the data', async t => {
  const registry = await registryFor(t)
  const id = registry.add('orders-value', orderSchema)
  const one = converter(registry)
  await t.rejects(read(one, Buffer.from('{"a":1}')), { kind: 'data', cause: { message: 'Unknown magic byte!' } })
  await t.rejects(read(one, Buffer.alloc(0)), { name: 'ConnectError', kind: 'data' })
  for (const rest of ['', 'ff', 'ffffffffffffffffffffffff', `${orderHex}00`, orderHex.slice(0, -2)]) {
    await t.rejects(read(one, Buffer.from(`000000000${id}${rest}`, 'hex')), { name: 'ConnectError', kind: 'data' }, rest)
  }
})

t.test('enums, fixed and unions of several types are read as Confluent does', async t => {
  const registry = await registryFor(t)
  const id = registry.add('orders-value', '{"type":"record","name":"R","fields":[{"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]}},' +
    '{"name":"f","type":{"type":"fixed","name":"F","size":2}},{"name":"u","type":["null","int","string"]}]}')
  const one = converter(registry, { 'auto.register.schemas': 'false', 'use.latest.version': 'true' })
  const bytes = Buffer.from(`000000000${id}02010204` + '0278', 'hex')
  const { schema, value } = await read(one, bytes)
  t.strictSame(value, { e: 'B', f: new Uint8Array([1, 2]), u: { string: 'x' } })
  t.equal(schema?.fields[0]?.schema.parameters?.['io.confluent.connect.avro.Enum'], 'E')
  t.strictSame(await write(one, schema, value), bytes)
})

t.test('enums become strings, and with enhanced.avro.schema.support stay enums', async t => {
  const registry = await registryFor(t)
  const id = registry.add('in-value', '{"type":"record","name":"R","namespace":"shop","fields":[{"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]}},{"name":"u","type":["null","int",{"type":"record","name":"Inner","fields":[{"name":"x","type":"int"}]}]}]}')
  const bytes = Buffer.from(`000000000${id}02` + '0406', 'hex')
  const [plain, enhanced] = [converter(registry), converter(registry, { 'enhanced.avro.schema.support': 'true' })]
  const simple = await read(plain, bytes)
  t.strictSame(simple.value, { e: 'B', u: { Inner: { x: 3 } } })
  t.match(registry.text((await write(plain, simple.schema, simple.value)).readInt32BE(1)), /"name":"e","type":\{"type":"string","connect.parameters":\{"io.confluent.connect.avro.Enum":"shop.E"/)
  const full = await read(enhanced, bytes)
  t.strictSame(full.value, { e: 'B', u: { 'shop.Inner': { x: 3 } } })
  const back = await write(enhanced, full.schema, full.value)
  t.match(registry.text(back.readInt32BE(1)), /"name":"e","type":\{"type":"enum","name":"E","symbols":\["A","B"\]/)
  t.equal(back.subarray(5).toString('hex'), '020406')
})

t.test('a value of another type is named by field and class', async t => {
  const one = converter(await registryFor(t))
  await t.rejects(write(one, make.struct([['a', make.of('int32')]]), { a: 'secret' }), { kind: 'data', message: 'Invalid Java object for schema with type INT32: class java.lang.String for field: "a"' })
})

t.test('null is a tombstone where the schema allows it', async t => {
  const one = converter(await registryFor(t))
  t.equal(one.fromConnect('orders', null, null), null)
  t.equal(one.fromConnect('orders', make.of('string', { optional: true }), null), null)
  t.strictSame(one.toConnect('orders', null, []), { schema: null, value: null })
})
