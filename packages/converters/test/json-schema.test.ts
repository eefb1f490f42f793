import { configOf, Decimal, schema as make } from '@tributary/plugin'
import type { Converter, SchemaAndValue } from '@tributary/plugin'
import { settle } from '@tributary/testing'
import type { TestSchemaRegistry } from '@tributary/testing'
import t from 'tap'
import type { Test } from 'tap'
import { jsonSchemaConverter } from '../src/json-schema/json-schema-converter.ts'
import { registryFor, write } from './registry.ts'

function converter (registry: TestSchemaRegistry, config: Record<string, string> = {}): Converter {
  const raw = { 'schema.registry.url': registry.url, ...config }
  return jsonSchemaConverter.create!(configOf(jsonSchemaConverter.config, raw), { isKey: false, raw })
}

async function read (one: Converter, id: number, text: string): Promise<SchemaAndValue> {
  return await settle(() => one.toConnect('orders', Buffer.concat([Buffer.from([0, 0, 0, 0, id]), Buffer.from(text)]), []))
}

/** Reads a value by a schema that another program registered. */
async function readAs (t: Test, schema: unknown, text: string, config: Record<string, string> = {}): Promise<SchemaAndValue> {
  const registry = await registryFor(t)
  return await read(converter(registry, config), registry.add('orders-value', JSON.stringify(schema), { schemaType: 'JSON' }), text)
}

t.test('the schema is registered once, and stands before each value', async t => {
  const registry = await registryFor(t)
  const one = converter(registry)
  const schema = make.struct([['id', make.of('int32')], ['note', make.of('string', { optional: true })]], { name: 'shop.Order' })
  t.equal((await write(one, schema, { id: 1, note: null }))?.toString(), '\0\0\0\0\x01{"id":1,"note":null}')
  t.equal((await write(one, schema, { id: 2, note: 'x' }))?.toString(), '\0\0\0\0\x01{"id":2,"note":"x"}')
  t.strictSame(registry.requests, ['POST /subjects/orders-value/versions'])
  t.equal(registry.text(1), '{"type":"object","title":"shop.Order","properties":{"note":{"connect.index":1,"oneOf":[{"type":"null"},{"type":"string"}]},' +
    '"id":{"type":"integer","connect.index":0,"connect.type":"int32"}}}')
})

t.test('what no JSON stands for: nulls', async t => {
  const one = converter(await registryFor(t))
  t.equal(await write(one, null, null), null)
  t.equal(await write(one, make.of('string'), null), null, 'required and null is a tombstone')
  t.equal((await write(one, make.of('string', { optional: true }), null))?.toString('latin1', 5), 'null')
  t.equal((await write(one, make.of('string', { default: 'd' }), null))?.toString('latin1', 5), '"d"')
  t.equal((await write(one, make.struct([['a', make.of('int32')], ['b', make.of('int32')]]), { b: 1 }))?.toString('latin1', 5), '{"b":1}', 'a required member that is unset is left out')
})

t.test('null stays null where there is a default, by option', async t => {
  const one = converter(await registryFor(t), { 'ignore.default.for.nullables': 'true' })
  const schema = make.struct([['a', make.of('int32', { optional: true, default: 5 })]])
  t.equal((await write(one, schema, { a: null }))?.toString('latin1', 5), '{"a":null}')
  t.equal((await write(one, make.of('int32', { optional: true, default: 5 }), null))?.toString('latin1', 5), 'null')
})

t.test('a value without a schema is an error that says what to use', async t => {
  await t.rejects(write(converter(await registryFor(t)), null, { a: 1 }), { kind: 'data', message: /JsonConverter with schemas.enable=false/ })
})

t.test('a schema has the version of its subject, unless it says its own', async t => {
  const registry = await registryFor(t)
  registry.add('orders-value', '{"type":"string"}', { schemaType: 'JSON' })
  const second = registry.add('orders-value', '{"type":"integer"}', { schemaType: 'JSON' })
  const third = registry.add('orders-value', '{"type":"integer","connect.version":7}', { schemaType: 'JSON' })
  const elsewhere = registry.add('others-value', '{"type":"boolean"}', { schemaType: 'JSON' })
  const one = converter(registry)
  t.equal((await read(one, second, '1')).schema?.version, 2)
  t.equal((await read(one, third, '1')).schema?.version, 7)
  t.equal((await read(one, elsewhere, 'true')).schema?.version, null)
})

t.test('a schema of another program: required, formats, numbers, enums', async t => {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#', title: 'Order', type: 'object', required: ['id'],
    properties: { id: { type: 'integer', minimum: 1 }, total: { type: 'number' }, at: { type: 'string', format: 'date-time' }, state: { enum: ['NEW', 5] }, lines: { type: 'array', items: { type: ['string', 'null'] } } }
  }
  const { schema: connect, value } = await readAs(t, schema, '{"id":9007199254740993,"total":1.5,"state":5,"lines":["a",null],"unknown":1}', { 'use.optional.for.nonrequired': 'true' })
  t.strictSame(value, { state: '5', total: 1.5, at: null, id: 9007199254740993n, lines: ['a', null] })
  t.strictSame(connect?.fields.filter(field => !field.schema.optional).map(field => field.name), ['id'])
  t.equal(connect?.name, 'Order')
})

t.test('a union is a struct with one member set, told by type or by members', async t => {
  const schema = { oneOf: [{ type: 'integer' }, { type: 'object', properties: { a: { type: 'string' } } }, { type: 'object', properties: { a: { type: 'string' }, b: { type: 'string' } } }] }
  const field = (i: number): string => `io.confluent.connect.json.OneOf.field.${i}`
  t.strictSame((await readAs(t, schema, '5')).value, { [field(0)]: 5 })
  t.strictSame((await readAs(t, schema, '{"a":"x"}')).value, { [field(1)]: { a: 'x' } })
  t.strictSame((await readAs(t, schema, '{"a":"x","b":"y"}')).value, { [field(2)]: { a: 'x', b: 'y' } })
  await t.rejects(readAs(t, schema, '"text"'), { kind: 'data', cause: { message: 'Did not find matching oneof field for data' } })
})

t.test('a union is written as the value it holds', async t => {
  const registry = await registryFor(t)
  const one = converter(registry)
  const { schema, value } = await read(one, registry.add('orders-value', '{"oneOf":[{"type":"null"},{"type":"integer"},{"type":"string"}]}', { schemaType: 'JSON' }), '"x"')
  t.equal((await write(one, schema, value))?.toString('latin1', 5), '"x"')
  t.equal((await write(one, schema, null))?.toString('latin1', 5), 'null')
})

t.test('references lead into the same schema, and into others of the registry', async t => {
  const registry = await registryFor(t)
  registry.add('address', '{"type":"object","properties":{"city":{"type":"string"}},"definitions":{"zip":{"type":"integer"}}}', { schemaType: 'JSON' })
  const text = JSON.stringify({
    type: 'object', definitions: { money: { type: 'number' } },
    properties: { a: { $ref: 'address.json' }, b: { $ref: 'address.json#/definitions/zip' }, c: { $ref: '#/definitions/money' }, d: { $ref: '#/$defs/money' } }
  })
  const id = registry.add('orders-value', text, { schemaType: 'JSON', references: [{ name: 'address.json', subject: 'address', version: 1 }] })
  const { value } = await read(converter(registry), id, '{"a":{"city":"Bonn"},"b":53113,"c":1.5,"d":2.5}')
  t.strictSame(value, { a: { city: 'Bonn' }, b: 53113, c: 1.5, d: 2.5 })
})

t.test('members of all parts of an allOf are the fields of one struct', async t => {
  const schema = { allOf: [{ type: 'object', properties: { a: { type: 'integer' } } }, { $ref: '#/definitions/more' }], definitions: { more: { type: 'object', properties: { b: { type: 'string' } } } } }
  t.strictSame((await readAs(t, schema, '{"a":1,"b":"x"}')).value, { a: 1, b: 'x' })
})

t.test('schemas that Connect has no word for are refused by a sentence', async t => {
  const refused = async (schema: unknown, message: RegExp): Promise<void> => { await t.rejects(readAs(t, schema, '{}'), { kind: 'data', message }) }
  await refused({ type: 'object', title: 'Node', properties: { next: { $ref: '#' } } }, /Node holds itself/)
  await refused({ type: 'object', properties: { a: {} } }, /has no type/)
  await refused({ type: 'array' }, /did not specify the items type/)
  await refused({ $ref: 'http://127.0.0.1/other.json' }, /refers to .*other\.json, which is no reference of its subject/)
  await refused({ $ref: '#/definitions/gone' }, /which is not there/)
  await refused({ type: 'text' }, /has no type "text"/)
  await refused([], /must be an object/)
})

t.test('values that do not fit are errors of the data', async t => {
  const schema = { type: 'object', properties: { s: { type: 'string' }, n: { type: 'object', properties: { i: { type: 'integer' } } } } }
  for (const text of ['', '[]', '{"s":5}', '{"s":null}', '{"n":{}}', '{"n":[]}', '{"s":"x"']) await t.rejects(readAs(t, schema, text), { kind: 'data', message: /^Converting byte\[\] to Kafka Connect data failed/ }, text)
})

t.test('decimals are read from digits and from bytes, and written as told', async t => {
  const decimal = make.decimal(2)
  for (const [format, text] of [['numeric', '15.50'], ['BASE64', '"Bg4="']] as const) {
    const registry = await registryFor(t)
    const one = converter(registry, { 'decimal.format': format })
    const bytes = await write(one, decimal, new Decimal(1550n, 2))
    t.equal(bytes?.toString('latin1', 5), text)
    t.strictSame((await settle(() => one.toConnect('orders', bytes, []))).value, new Decimal(1550n, 2))
  }
})

t.test('the title is the name of the record in subjects', async t => {
  const registry = await registryFor(t)
  const one = converter(registry, { 'value.subject.name.strategy': 'io.confluent.kafka.serializers.subject.RecordNameStrategy' })
  const bytes = await write(one, make.struct([['a', make.of('int32')]], { name: 'shop.Order' }), { a: 1 })
  t.strictSame(registry.requests, ['POST /subjects/shop.Order/versions'])
  t.equal((await settle(() => one.toConnect('orders', bytes, []))).schema?.version, 1)
  await t.rejects(write(one, make.of('string'), 'x'), { kind: 'data', message: /needs records/ })
})

t.test('objects that allow no other members say so, by option', async t => {
  const registry = await registryFor(t)
  await write(converter(registry, { 'object.additional.properties': 'false' }), make.struct([['a', make.of('boolean')]]), { a: true })
  t.equal(registry.text(1), '{"type":"object","additionalProperties":false,"properties":{"a":{"connect.index":0,"type":"boolean"}}}')
})

t.test('enums and unions have the names that all formats know, by option', async t => {
  const schema = { oneOf: [{ enum: ['A', 'B'] }, { type: 'integer' }] }
  const { schema: connect, value } = await readAs(t, schema, '"B"', { 'generalized.sum.type.support': 'true' })
  t.equal(connect?.name, 'connect_union_0')
  t.strictSame(connect?.fields[0]?.schema.parameters, { 'org.apache.kafka.connect.data.Enum': '', 'org.apache.kafka.connect.data.Enum.A': '0', 'org.apache.kafka.connect.data.Enum.B': '1' })
  t.strictSame(value, { connect_union_field_0: 'B' })
})
