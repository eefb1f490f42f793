import { configOf, Decimal, sameSchema, schema as make } from '@tributary/plugin'
import type { Converter, Schema, SchemaAndValue } from '@tributary/plugin'
import { settle } from '@tributary/testing'
import type { TestSchemaRegistry } from '@tributary/testing'
import t from 'tap'
import type { Test } from 'tap'
import { protobufConverter } from '../src/index.ts'
import { registryFor, write } from './registry.ts'

function converter (registry: TestSchemaRegistry, config: Record<string, string> = {}): Converter {
  const raw = { 'schema.registry.url': registry.url, ...config }
  return protobufConverter.create!(configOf(protobufConverter.config, raw), { isKey: false, raw })
}

/** `data`: in hexadecimal, with message indexes. */
async function read (one: Converter, id: number, data: string): Promise<SchemaAndValue> {
  const header = Buffer.alloc(5)
  header.writeInt32BE(id, 1)
  return await settle(() => one.toConnect('orders', Buffer.concat([header, Buffer.from(data.replace(/\s/g, ''), 'hex')]), []))
}

const protobuf = { schemaType: 'PROTOBUF' }

/** What data is read as with the fields of one proto3 message. */
async function readAs (t: Test, fields: string, data: string, config: Record<string, string> = {}): Promise<SchemaAndValue> {
  const registry = await registryFor(t)
  return await read(converter(registry, config), registry.add('orders-value', `syntax = "proto3"; import "google/protobuf/timestamp.proto"; message M { ${fields} }`, protobuf), `00 ${data}`)
}

const tag = (number: number): Record<string, string> => ({ 'io.confluent.connect.protobuf.Tag': String(number) })

t.test('bytes are 00, the id, the indexes of the message, and Protobuf', async t => {
  const registry = await registryFor(t)
  const one = converter(registry)
  const bytes = await write(one, make.struct([['name', make.of('string')], ['count', make.of('int32')]], { name: 'shop.Order' }), { name: 'tea', count: -1 })
  t.equal(bytes?.toString('hex'), '0000000001' + '00' + '0a03746561' + '10ffffffffffffffffff01')
  t.equal(registry.text(1), 'syntax = "proto3";\npackage shop;\n\nmessage Order {\n  string name = 1;\n  int32 count = 2;\n}\n')
  t.strictSame(registry.requests, ['POST /subjects/orders-value/versions'])
  t.equal(registry.all()[0]?.schemaType, 'PROTOBUF')
})

t.test('a scalar alone is one of Google\'s wrappers', async t => {
  const registry = await registryFor(t)
  const one = converter(registry)
  const bytes = await write(one, make.of('string'), 'x')
  t.equal(bytes?.toString('hex', 5), '020e0a0178')
  const { schema, value } = await settle(() => one.toConnect('orders', bytes, []))
  t.ok(sameSchema(schema, make.of('string', { version: 1 })))
  t.equal(value, 'x')
})

t.test('null is a tombstone, whatever the schema', async t => {
  const one = converter(await registryFor(t))
  for (const schema of [null, make.of('string'), make.struct([['a', make.of('int32')]])]) t.equal(await write(one, schema, null), null)
})

t.test('what Protobuf has no form for is refused by a sentence', async t => {
  const one = converter(await registryFor(t))
  const refused = async (schema: Schema | null, value: unknown, message: RegExp): Promise<void> => { await t.rejects(write(one, schema, value), { kind: 'data', message }) }
  const inStruct = (schema: Schema): Schema => make.struct([['a', schema]])
  await refused(null, 'x', /JsonConverter with schemas.enable=false/)
  await refused(make.array(make.of('string')), ['x'], /cannot stand alone.*HoistField/)
  await refused(make.decimal(2), new Decimal(1n, 2), /cannot stand alone/)
  await refused(inStruct(make.array(make.array(make.of('string')))), { a: [] }, /Array cannot be nested/)
  await refused(inStruct(make.array(make.of('string', { optional: true }))), { a: [null] }, /holds null/)
  const maps = inStruct(make.array(make.map(make.of('string'), make.of('string'))))
  await refused(maps, { a: [{ k: 'x' }] }, /a list of maps/)
  t.equal((await write(one, maps, { a: [] }))?.length, 6)
  await refused(make.struct([['a-b', make.of('string')]]), { 'a-b': 'x' }, /"a-b" .*scrub\.invalid\.names=true/)
  await refused(make.struct([['a', make.of('string', { parameters: tag(2) })], ['b', make.of('string', { parameters: tag(2) })]]), {}, /a and b .* same number 2/)
  await refused(inStruct(make.of('string', { parameters: tag(0) })), {}, /numbers go from 1 to 536870911/)
  await refused(inStruct(make.of('string', { parameters: { 'io.confluent.connect.protobuf.Tag': 'x' } })), {}, /is x, which is no number/)
  await refused(make.struct([['a', make.struct([['p', make.of('string')]], { name: 'S' })], ['b', make.struct([['q', make.of('string')]], { name: 'S' })]]), { b: { q: 'x' } }, /two structs that differ/)
  await refused(inStruct(make.of('int32')), { a: 'x' }, /INT32/)
  await refused(inStruct(make.map(make.of('string'), make.of('string'))), { a: ['x'] }, /Invalid Java object for schema with type MAP/)
  await refused(inStruct(make.of('int64', { parameters: { 'io.confluent.connect.protobuf.Type': 'uint32' } })), { a: 2 ** 32 }, /does not fit the schema of id/)
  await refused(inStruct(make.timestamp()), { a: new Date('+010000-01-01T00:00:00Z') }, /years 1 and 9999/)
})

t.test('a schema has the version of its subject', async t => {
  const registry = await registryFor(t)
  registry.add('orders-value', 'syntax = "proto3"; message M { int32 a = 1; }', protobuf)
  const second = registry.add('orders-value', 'syntax = "proto3"; message M { int32 b = 1; }', protobuf)
  t.equal((await read(converter(registry), second, '000801')).schema?.version, 2)
})

t.test('the message is chosen by its indexes, and has its own version by its name', async t => {
  const registry = await registryFor(t)
  const text = 'syntax = "proto3"; package p; message M { string s = 1; } enum E { A = 0; } message N { int32 a = 1; message O { int64 b = 1; } }'
  registry.add('p.N.O', 'syntax = "proto3"; message Old {}', protobuf)
  const id = registry.add('p.N.O', text, protobuf)
  const one = converter(registry, { 'value.subject.name.strategy': 'io.confluent.kafka.serializers.subject.RecordNameStrategy' })
  const { schema, value } = await read(one, id, '04 02 00 08 05')
  t.match(schema, { name: 'O', version: 2 })
  t.strictSame(value, { b: 5 })
  t.strictSame((await read(one, id, '02 02 08 07')).value, { a: 7 })
  t.strictSame((await read(one, id, '00 0a 01 78')).value, { s: 'x' })
  for (const indexes of ['02 08', '01', '03', '08 00']) await t.rejects(read(one, id, indexes), { kind: 'data', message: /^Failed to deserialize/ }, indexes)
})

t.test('every scalar, repeated and packed or not, from any order of its fields', async t => {
  const types = ['double', 'float', 'int32', 'int64', 'uint32', 'uint64', 'sint32', 'sint64', 'fixed32', 'fixed64', 'sfixed32', 'sfixed64', 'bool', 'string', 'bytes']
  const { schema, value } = await readAs(t, types.map((type, i) => `${type} ${type}_ = ${i + 1};`).join(' '), `
    7a 01 ff 72 02 c3a9 68 01 61 ffffffffffffffff 5d ffffffff 51 ffffffffffffffff 4d ffffffff 40 05 38 05 30 ffffffffffffffffff01 28 ffffffff0f
    20 8180808080808010 18 ffffffff0f 15 0000c03f 09 000000000000f83f`)
  t.strictSame(value, {
    double_: 1.5, float_: 1.5, int32_: -1, int64_: 9007199254740993n, uint32_: 4294967295, uint64_: -1, sint32_: -3, sint64_: -3, fixed32_: 4294967295, fixed64_: -1, sfixed32_: -1, sfixed64_: -1,
    bool_: true, string_: 'é', bytes_: new Uint8Array([255])
  })
  t.strictSame(schema?.fields.map(field => field.schema.type), ['float64', 'float32', 'int32', 'int64', 'int64', 'int64', 'int32', 'int64', 'int64', 'int64', 'int32', 'int64', 'boolean', 'string', 'bytes'])
  t.strictSame((await readAs(t, 'repeated int32 a = 1; repeated string s = 2; repeated E e = 3; enum E { A = 0; B = 1; }', '0a 02 01 02 08 03 12 01 78 12 00 1a 02 00 01 18 07')).value, { a: [1, 2, 3], s: ['x', ''], e: ['A', 'B', 'UNKNOWN_ENUM_VALUE_E_7'] })
})

t.test('a message within that comes in parts is merged; the last of scalars and of oneofs counts', async t => {
  const fields = 'S s = 1; oneof k { S t = 2; int32 x = 3; } google.protobuf.Timestamp at = 4; int32 n = 5; message S { int32 a = 1; int32 b = 2; repeated int32 r = 3; }'
  const { value } = await readAs(t, fields, '0a 04 08 01 18 01 28 01 0a 04 10 02 18 02 12 02 08 01 18 05 12 02 10 02 22 02 08 01 22 06 10 c0 84 3d 18 00 28 02')
  t.strictSame(value, { k_0: { t: { a: 0, b: 2, r: [] }, x: null }, s: { a: 1, b: 2, r: [1, 2] }, at: new Date(1001), n: 2 })
})

t.test('a member of a oneof that does not fit is an error, though another takes its place', async t => {
  const fields = 'oneof k { S t = 1; int32 x = 2; } message S { string s = 1; repeated fixed32 r = 2; S2 m = 3; } message S2 { string s = 1; }'
  t.strictSame((await readAs(t, fields, '0a 0e 0a 01 78 12 04 00000000 1a 03 0a 01 78 10 05')).value, { k_0: { t: null, x: 5 } })
  for (const member of ['0a 01 ff', '12 03 000000', '1a 03 0a 01 ff', '0a 05', '08']) {
    await t.rejects(readAs(t, fields, `0a ${(member.replaceAll(' ', '').length / 2).toString(16).padStart(2, '0')} ${member} 10 05`), { kind: 'data', message: /^Failed to deserialize/ }, member)
  }
})

t.test('what a schema does not know is skipped, groups too', async t => {
  t.strictSame((await readAs(t, 'int32 a = 1;', '80 7d 05 a3 06 08 01 ab 06 ac 06 a4 06 aa 06 02 68 69 ad 06 01020304 a9 06 0102030405060708 08 07')).value, { a: 7 })
})

t.test('unset is told from zero by optional, messages and oneofs', async t => {
  const fields = 'int32 a = 1; optional int32 b = 2; M1 m = 3; oneof k { string s = 4; } map<string, int32> map = 5; repeated int32 l = 6; E e = 7; message M1 { int32 x = 1; } enum E { NO = 0; YES = 1; }'
  t.strictSame((await readAs(t, fields, '')).value, { k_0: null, a: 0, b: null, m: null, map: {}, l: [], e: 'NO' })
  t.strictSame((await readAs(t, fields, '', { 'generate.struct.for.nulls': 'true' })).value, { k_0: null, a: 0, b: 0, m: { x: 0 }, map: {}, l: [], e: 'NO' })
  t.strictSame((await readAs(t, fields, '22 00', { 'flatten.unions': 'true', 'int.for.enums': 'true' })).value, { s: '', a: 0, b: null, m: null, map: {}, l: [], e: 0 })
  t.strictSame((await readAs(t, fields, '22 00', { 'generate.index.for.unions': 'false' })).value, { k: { s: '' }, a: 0, b: null, m: null, map: {}, l: [], e: 'NO' })
})

t.test('proto2: defaults, required fields, closed enums', async t => {
  const registry = await registryFor(t)
  const text = 'message M { optional int32 a = 1 [default = -5]; required string b = 2; optional E e = 3 [default = B]; optional double d = 4 [default = -inf]; optional bytes y = 5 [default = "a\\"\\x62"]; enum E { A = 1; B = 2; } }'
  const id = registry.add('orders-value', text, protobuf)
  t.strictSame((await read(converter(registry), id, '00 12 01 78 18 09')).value, { a: null, b: 'x', e: null, d: null, y: null })
  t.strictSame((await read(converter(registry, { 'optional.for.proto2': 'false' }), id, '00 12 01 78')).value, { a: -5, b: 'x', e: 'B', d: -Infinity, y: new Uint8Array(Buffer.from('a"b')) })
  await t.rejects(read(converter(registry), id, '00 08 01'), { kind: 'data', message: 'Failed to deserialize data for topic orders to Protobuf: ', cause: { message: 'Message missing required fields: b' } })
})

t.test('proto2: the message of a map entry without one lacks what it requires', async t => {
  const registry = await registryFor(t)
  const id = registry.add('orders-value', 'message M { map<string, S> m = 1; } message S { required string b = 1; }', protobuf)
  for (const structsForNulls of ['true', 'false']) {
    const one = converter(registry, { 'generate.struct.for.nulls': structsForNulls })
    t.strictSame((await read(one, id, '00 0a 08 0a 01 6b 12 03 0a 01 78')).value, { m: { k: { b: 'x' } } })
    await t.rejects(read(one, id, '00 0a 03 0a 01 6b'), { kind: 'data', cause: { message: 'Message missing required fields: b' } })
  }
})

t.test('maps with keys of every kind come back', async t => {
  const one = converter(await registryFor(t))
  const map = (key: Schema): Schema => make.map(key, make.of('string'))
  const schema = make.struct([['s', map(make.of('string'))], ['i', map(make.of('int32'))], ['l', map(make.of('int64'))], ['b', map(make.of('boolean'))], ['m', make.map(make.of('string'), make.struct([['x', make.of('int8')]], { name: 'X' }))]])
  const value = { s: { '': 'a', __proto__x: 'b' }, i: new Map([[0, 'z'], [-5, '']]), l: new Map<unknown, string>([[2n ** 62n, 'q']]), b: new Map([[false, 'n']]), m: { k: { x: -1 } } }
  t.strictSame((await settle(() => one.toConnect('orders', one.fromConnect('orders', schema, value), []))).value, value)
})

t.test('what was read is written again with the same bytes, and registers the same numbers', async t => {
  const registry = await registryFor(t)
  const one = converter(registry)
  const text = `syntax = "proto3"; package shop; import "google/type/date.proto";
    message Order { oneof how { Card card = 9; string cash = 8; } int64 id = 20; State state = 3; repeated Line lines = 4; google.type.Date day = 5; message Card { string no = 2; } message Line { sint32 n = 7; } enum State { NEW = 0; OLD = 5; } }`
  const data = '00 18 05 22 02 38 05 2a 07 08 e8 0f 10 01 18 02 4a 03 12 01 78 a0 01 07'
  const { schema, value } = await read(one, registry.add('orders-value', text, protobuf), data)
  t.strictSame(value, { how_0: { card: { no: 'x' }, cash: null }, id: 7, state: 'OLD', lines: [{ n: -3 }], day: new Date('2024-01-02') })
  t.equal((await write(one, schema, value))?.toString('hex', 5), data.replaceAll(' ', ''))
  t.match(registry.text(2), /oneof how \{\n {4}Card card = 9;\n {4}string cash = 8;/)
})

t.test('null stays null where there is a default, by option; else the default is written', async t => {
  const schema = make.struct([['a', make.of('int32', { optional: true, default: 5 })]])
  t.equal((await write(converter(await registryFor(t)), schema, { a: null }))?.toString('hex', 5), '000805')
  t.equal((await write(converter(await registryFor(t), { 'ignore.default.for.nullables': 'true' }), schema, { a: null }))?.toString('hex', 5), '00')
})

t.test('optional fields keep zero apart from null, by either option', async t => {
  const schema = make.struct([['a', make.of('int32', { optional: true })], ['b', make.of('string', { optional: true })], ['c', make.of('int32')]])
  for (const [key, line] of [['optional.for.nullables', '  optional int32 a = 1;'], ['wrapper.for.nullables', '  google.protobuf.Int32Value a = 1;']] as const) {
    const registry = await registryFor(t)
    const one = converter(registry, { [key]: 'true' })
    const back = await settle(() => one.toConnect('orders', one.fromConnect('orders', schema, { a: 0, b: null, c: 0 }), []))
    t.strictSame(back.value, { a: 0, b: null, c: 0 }, key)
    t.strictSame(back.schema?.fields.map(field => field.schema.optional), [true, true, false])
    t.ok(registry.text(1).split('\n').includes(line), line)
  }
})

t.test('names that Protobuf does not allow are changed, by option', async t => {
  const registry = await registryFor(t)
  const bytes = await write(converter(registry, { 'scrub.invalid.names': 'true' }), make.struct([['a-b é', make.of('string')], ['1', make.of('int32')]], { name: 'a-b.C d' }), { 'a-b é': 'x', 1: 2 })
  t.equal(registry.text(1), 'syntax = "proto3";\npackage a_b;\n\nmessage C_d {\n  string a_b__C3_A9 = 1;\n  int32 x1 = 2;\n}\n')
  t.equal(bytes?.toString('hex', 5), '000a01781002')
})

t.test('files of the registry and well-known ones are found by their paths', async t => {
  const registry = await registryFor(t)
  registry.add('third', 'syntax = "proto3"; package c; message T { int32 x = 1; }', protobuf)
  registry.add('other', 'syntax = "proto3"; package c; import public "third.proto"; message D { T t = 1; message E { int32 y = 1; } }', { ...protobuf, references: [{ name: 'third.proto', subject: 'third', version: 1 }] })
  const id = registry.add('orders-value', 'syntax = "proto3"; package a.c; import "other.proto"; import "google/type/money.proto"; message M { .c.D d = 1; .c.D.E e = 2; google.type.Money m = 3; .c.T t = 4; }', { ...protobuf, references: [{ name: 'other.proto', subject: 'other', version: 1 }] })
  t.strictSame((await read(converter(registry), id, '00 0a 04 0a 02 08 05 12 02 08 06 1a 05 0a 03 455552 22 02 08 07')).value, { d: { t: { x: 5 } }, e: { y: 6 }, m: { currency_code: 'EUR', units: 0, nanos: 0 }, t: { x: 7 } })
})

t.test('schemas that cannot be read are refused by a sentence', async t => {
  const registry = await registryFor(t)
  const refused = async (text: string, message: RegExp): Promise<void> => {
    const id = registry.add(`s${registry.all().length}`, text, protobuf)
    const error = await read(converter(registry), id, '00').catch((error: unknown) => error)
    t.match(error, { kind: 'data' })
    const { message: own, cause } = error as Error
    t.match(cause instanceof Error ? cause.message : own, message)
  }
  await refused('syntax = "proto3"; message M { M m = 1; }', /M holds itself/)
  await refused('syntax = "proto3"; import "google/protobuf/struct.proto"; message M { google.protobuf.Struct s = 1; }', /google\.protobuf\.Struct holds itself/)
  await refused('syntax = "proto3"; message M { Other o = 1; }', /uses the type Other in M.*as a reference/)
  await refused('syntax = "proto3"; message M { int32 a = 1; int32 b = 1; }', /a and b .* same number 1/)
  await refused('syntax = "proto3"; message M { int32 a = 1; int32 a = 2; }', /two parts with the name a/)
  await refused('syntax = "proto3"; message M {} message M {}', /defines M twice/)
  await refused('syntax = "proto3"; enum E { A = 0; }', /no message 0/)
  await refused('edition = "2023"; message M {}', /only syntax = "proto2" and "proto3"/)
  await refused('syntax = "proto3"; message M { int32 a = ; }', /; stands where a name or number should/)
  await refused('syntax = "proto3"; message M { int32 a = 1', /the text ends where ; should/)
  await refused('{"type":"string"}', /no \.proto text/)
  await t.rejects(read(converter(registry), registry.add('avro', '"string"'), '00'), { kind: 'data', message: /Schema \d+ is of type AVRO, not Protobuf/ })
})

t.test('a text with all that may stand in one is read', async t => {
  const registry = await registryFor(t)
  const id = registry.add('orders-value', [
    '// One',
    '/* two',
    '*/ syntax = \'proto3\'; ;',
    'package x;',
    'import "google/protobuf/descriptor.proto";',
    'import weak "nowhere.proto";',
    'option java_package = "a" ".b";',
    'option (my.opt) = { a: 1, b { c: "x;}" } d: [1, 2] e < f: -1.5e3 > };',
    'service S { rpc A (M) returns (stream N) { option deprecated = true; } }',
    'extend google.protobuf.FieldOptions { optional string my_opt = 5000; }',
    'message M {',
    '  reserved 2, 4 to 6, 100 to max; reserved "foo", "bar"; option deprecated = true; ;',
    '  int32 a = 0x1 [deprecated = true, json_name = "aa", (my_opt) = "]"];',
    '  oneof k { option (x) = 1; string s = 3; }',
    '  enum E { option allow_alias = true; reserved 7; A = 0 [deprecated = true]; B = 0; C = -1; }',
    '  E e = 7;',
    '  extend N { int32 q = 100; }',
    '}',
    'message N { extensions 100 to 199 [verification = UNVERIFIED]; }'
  ].join('\n'), protobuf)
  t.strictSame((await read(converter(registry), id, '00 08 05 38 ffffffffffffffffff01')).value, { k_0: null, a: 5, e: 'C' })
})

t.test('bytes that do not fit are errors of the data', async t => {
  for (const data of ['0a', '0a05', '0affffffffff01', '00', '0c', '0b 14', '0b', '0aff', '12 01 ff', '1a 02 08', '08 ffffffffffffffffffffff01', `${'0b'.repeat(120)}${'0c'.repeat(120)}`, '22 01']) {
    await t.rejects(readAs(t, 'int32 a = 1; string s = 2; google.protobuf.Timestamp t = 3; repeated fixed64 f = 4;', data), { kind: 'data', message: 'Failed to deserialize data for topic orders to Protobuf: ' }, data)
  }
})

t.test('use.latest.version writes by the names and numbers of the newest schema', async t => {
  const registry = await registryFor(t)
  const id = registry.add('orders-value', 'syntax = "proto3"; message Head {} message Order { uint32 count = 7; optional string name = 4; State state = 2; repeated double d = 1 [packed = false]; google.protobuf.StringValue w = 5; enum State { NEW = 0; OLD = 1; } } import "google/protobuf/wrappers.proto";', protobuf)
  const one = converter(registry, { 'auto.register.schemas': 'false', 'use.latest.version': 'true' })
  const schema = make.struct([['name', make.of('string')], ['count', make.of('int32')], ['state', make.of('string')], ['d', make.array(make.of('float64'))], ['w', make.of('string')], ['other', make.of('string')]], { name: 'Order' })
  const bytes = await write(one, schema, { name: '', count: 3, state: 'OLD', d: [0], w: 'x', other: 'left out' })
  t.equal(bytes?.readInt32BE(1), id)
  t.equal(bytes?.toString('hex', 5), '0202' + '09' + '0000000000000000' + '1001' + '2200' + '2a030a0178' + '3803')
  await t.rejects(write(one, make.struct([['count', make.of('string')]], { name: 'Order' }), { count: 'x' }), { kind: 'data', message: /STRING does not fit the field count .* uint32/ })
})

t.test('without auto.register.schemas the schema must be there', async t => {
  const registry = await registryFor(t)
  const schema = make.struct([['a', make.of('int32')]], { name: 'A' })
  await t.rejects(write(converter(registry, { 'auto.register.schemas': 'false' }), schema, { a: 1 }), { kind: 'data', message: /404/ })
  await write(converter(registry), schema, { a: 1 })
  t.equal((await write(converter(registry, { 'auto.register.schemas': 'false' }), schema, { a: 1 }))?.toString('hex', 5), '000801')
})

t.test('the full name of the message is the record in subjects', async t => {
  const registry = await registryFor(t)
  const one = converter(registry, { 'value.subject.name.strategy': 'TopicRecordNameStrategy' })
  const bytes = await write(one, make.struct([['a', make.of('int32')]], { name: 'shop.Order' }), { a: 1 })
  t.strictSame(registry.requests, ['POST /subjects/orders-shop.Order/versions'])
  t.equal((await settle(() => one.toConnect('orders', bytes, []))).schema?.version, 1)
})

t.test('a registry that fails is an error to try again, one that refuses is not', async t => {
  const registry = await registryFor(t)
  const one = converter(registry)
  registry.failWith = 503
  await t.rejects(write(one, make.of('string'), 'x'), { kind: 'transient', message: /503/ })
  await t.rejects(read(one, 1, '00'), { kind: 'transient', message: /503/ })
  registry.failWith = null
  await t.rejects(read(one, 99, '00'), { kind: 'data', message: /404/ })
})
