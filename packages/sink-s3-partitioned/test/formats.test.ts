import { Decimal, schema } from '@tributary/plugin'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import avro from 'avsc'
import { Readable } from 'node:stream'
import { uncompressSync } from 'snappy'
import { crc32, inflateRawSync, zstdDecompressSync } from 'node:zlib'
import t from 'tap'
import { createBucket, createSink, order, orders, sinkConfig } from './helpers.ts'
import type { Teardown } from './helpers.ts'

const orderSchema = schema.struct([
  ['orderid', schema.of('int64')],
  ['itemid', schema.of('string', { optional: true })],
  ['price', schema.decimal(2, { optional: true })],
  ['at', schema.timestamp()],
  ['units', schema.of('float64')],
  ['address', schema.struct([['city', schema.of('string')], ['tags', schema.array(schema.of('string'))]], { optional: true })]
], { name: 'shop.Order' })

const first = {
  orderid: 9_007_199_254_740_993n, itemid: 'Item_1', price: new Decimal(-12_345n, 2), at: new Date(1_573_573_055_000), units: 1.5, address: { city: 'Xi\u2019an', tags: ['a', 'b'] }
}
const second = { orderid: -2, itemid: null, price: null, at: new Date(0), units: 0, address: null }

async function storeTwo (t: Teardown, config: Record<string, string>, values: readonly unknown[], valueSchema: typeof orderSchema | null) {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { 'flush.size': String(values.length), ...config }))
  await sink.task.put(values.map((value, i) => order(i, 'a', { value, valueSchema })))
  await sink.committed(values.length)
  const key = (await bucket.keys()).find(name => !name.includes('.keys.')) ?? ''
  return { key, bytes: await bucket.bytes(key) }
}

async function parquetRows (bytes: Buffer): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer, compressors })
}

async function avroRows (bytes: Buffer): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = []
  const decoder = new avro.streams.BlockDecoder({
    codecs: {
      null: (data, done) => { done(null, data) },
      deflate: (data, done) => { done(null, inflateRawSync(data)) },
      zstandard: (data, done) => { done(null, zstdDecompressSync(data)) },
      snappy (data, done) {
        const content = uncompressSync(data.subarray(0, -4)) as Buffer
        done(crc32(content) === data.readUInt32BE(data.length - 4) ? null : new Error('wrong sum'), content)
      }
    }
  })
  for await (const row of Readable.from([bytes]).pipe(decoder)) rows.push(row as Record<string, unknown>)
  return rows
}

for (const codec of ['none', 'snappy', 'gzip', 'zstd']) {
  t.test(`Parquet with ${codec} keeps nested values, decimals and 64-bit integers`, async t => {
    const { key, bytes } = await storeTwo(t, { 'format.class': 'io.confluent.connect.s3.format.parquet.ParquetFormat', 'parquet.codec': codec }, [first, second], orderSchema)
    t.equal(key, `topics/orders/a/orders+0+0000000000${codec === 'none' ? '' : `.${codec}`}.parquet`)
    t.same(await parquetRows(bytes), [
      { orderid: 9_007_199_254_740_993n, itemid: 'Item_1', price: -123.45, at: new Date(1_573_573_055_000), units: 1.5, address: { city: 'Xi\u2019an', tags: ['a', 'b'] } },
      { orderid: -2n, itemid: null, price: null, at: new Date(0), units: 0, address: null }
    ])
  })
}

t.test('Parquet of records without a schema has the columns that were seen', async t => {
  const { bytes } = await storeTwo(t, { 'format.class': 'parquet' }, [{ id: 1, big: 9_007_199_254_740_993n, a: 'x', mixed: 1 }, { id: 2, b: [1.5, 2], mixed: 'one' }], null)
  t.same(await parquetRows(bytes), [
    { id: 1n, big: 9_007_199_254_740_993n, a: 'x', mixed: '1', b: null },
    { id: 2n, big: null, a: null, mixed: 'one', b: [1.5, 2] }
  ])
})

t.test('a declared schema decides, and a record that does not fit is refused by the name of its field', async t => {
  const declared = JSON.stringify({ type: 'record', name: 'o', fields: [{ name: 'id', type: 'int' }, { name: 'x', type: ['null', 'string'] }] })
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { 'flush.size': '1', 'format.class': 'parquet', 'value.schema': declared }))
  await sink.task.put([order(0, 'a', { value: { id: 'seven' } }), order(1, 'a', { value: { id: 7, y: 1 } })])
  await sink.committed(2)
  t.match(sink.reports, [{ error: { message: /Field id is not of type int32/ } }])
  t.same(await parquetRows(await bucket.bytes((await bucket.keys())[0] ?? '')), [{ id: 7, x: null }])
})

for (const codec of ['null', 'deflate', 'snappy', 'zstandard']) {
  t.test(`Avro with ${codec} is read back by another reader`, async t => {
    const { key, bytes } = await storeTwo(t, { 'format.class': 'io.confluent.connect.s3.format.avro.AvroFormat', 'avro.codec': codec }, [{ ...first, orderid: 5 }, second], orderSchema)
    t.equal(key, 'topics/orders/a/orders+0+0000000000.avro')
    t.match(await avroRows(bytes), [
      { orderid: 5, itemid: 'Item_1', price: Buffer.from([0xcf, 0xc7]), at: 1_573_573_055_000, units: 1.5, address: { city: 'Xi\u2019an', tags: ['a', 'b'] } },
      { orderid: -2, itemid: null, price: null, at: 0, units: 0, address: null }
    ])
  })
}

t.test('Parquet of records without a schema takes whole numbers past 2^53 beside fractions', async t => {
  const { bytes } = await storeTwo(t, { 'format.class': 'parquet' }, [{ a: 4_611_686_018_427_387_904n }, { a: 1.5 }], null)
  t.same(await parquetRows(bytes), [{ a: 2 ** 62 }, { a: 1.5 }])
})

t.test('fields that value.schema lacks are told of once, nested ones too, and not without end', async t => {
  const id = { name: 'id', type: 'int' }
  const declared = JSON.stringify({ type: 'record', name: 'o', fields: [id, { name: 'lines', type: { type: 'array', items: { type: 'record', name: 'l', fields: [id] } } }] })
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { 'flush.size': '5', 'format.class': 'avro', 'value.schema': declared }))
  const lines = [{ id: 1 }, { id: 2, note: 'x' }]
  await sink.task.put([{ id: 1, lines: [] }, { id: 1, lines, y: null }, { id: 1, lines, y: 1 }, { id: 1, lines, y: 2 }].map((value, i) => order(i, 'a', { value })))
  t.same(sink.warnings.map(sentence => /value\.schema has not: (\S+) is not in the objects/.exec(sentence)?.[1]), ['lines.note', 'y'])
  await sink.task.put([order(4, 'a', { value: { id: 1, lines, ...Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`user${i}`, i])) } })])
  await sink.committed(5)
  t.equal(sink.warnings.length, 100)
  t.match(sink.warnings.at(-1), /No further fields are told of/)
})

t.test('tombstones are rows of nulls', async t => {
  const keyed = { 'store.kafka.keys': 'true', 'behavior.on.null.values': 'write', 'tombstone.encoded.partition': 'a' }
  t.same(await parquetRows((await storeTwo(t, { 'format.class': 'parquet', ...keyed }, [null, { a: 1 }], null)).bytes), [{ a: null }, { a: 1n }])
  t.same(await parquetRows((await storeTwo(t, { 'format.class': 'parquet', ...keyed }, [null, null], null)).bytes), [{ value: null }, { value: null }])
  t.match(await avroRows((await storeTwo(t, { 'format.class': 'avro', ...keyed }, [null, { a: 1 }], null)).bytes), [{ a: null }, { a: 1 }])
})

t.test('tombstones are rows of nulls beside those of value.schema, unless it has a field that must be there', async t => {
  const keyed = { 'store.kafka.keys': 'true', 'behavior.on.null.values': 'write', 'tombstone.encoded.partition': 'a' }
  const declared = (type: unknown) => ({ 'value.schema': JSON.stringify({ type: 'record', name: 'o', fields: [{ name: 'a', type }, { name: 'b', type: ['null', 'int'], default: null }] }) })
  t.same(await parquetRows((await storeTwo(t, { 'format.class': 'parquet', ...keyed, ...declared(['null', 'int']) }, [null, { a: 1, b: 2 }], null)).bytes), [{ a: null, b: null }, { a: 1, b: 2 }])
  t.match(await avroRows((await storeTwo(t, { 'format.class': 'avro', ...keyed, ...declared(['null', 'int']) }, [null, { a: 1, b: 2 }], null)).bytes), [{ a: null, b: null }, { a: 1, b: 2 }])
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { 'flush.size': '1', 'format.class': 'parquet', ...keyed, ...declared('int') }))
  await sink.task.put([order(0, 'a', { value: null })])
  await sink.committed(1)
  t.match(sink.reports, [{ error: { kind: 'data', message: /becomes a row of nulls, which its schema does not allow: Field a is null/ } }])
})

t.test('a struct without fields is refused by its name, as Parquet has none', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { 'flush.size': '1', 'format.class': 'parquet' }))
  const nothing = schema.struct([])
  await sink.task.put([
    order(0, 'a', { value: {}, valueSchema: nothing }),
    order(1, 'a', { value: { a: [{ b: {} }] }, valueSchema: schema.struct([['a', schema.array(schema.struct([['b', nothing]]))]]) }),
    order(2, 'a', { value: { a: 1 }, valueSchema: schema.struct([['a', schema.of('int32')]]) })
  ])
  await sink.committed(3)
  t.match(sink.reports, [{ error: { message: /The record is a struct without fields/ } }, { error: { message: /Field a\[\]\.b is a struct without fields/ } }])
  t.same(await bucket.keys(), ['topics/orders/a/orders+0+0000000002.snappy.parquet'])
})

t.test('a decimal that Parquet cannot hold is refused by its name', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { 'rotate.idle.ms': '20', 'format.class': 'parquet', 'parquet.codec': 'none' }))
  const two = schema.struct([['d', schema.decimal(2)]])
  const three = schema.struct([['d', schema.decimal(2, { parameters: { 'connect.decimal.precision': '3' } })]])
  const digits = (count: number): bigint => 10n ** BigInt(count) - 1n
  await sink.task.put([
    order(0, 'a', { value: { d: new Decimal(-digits(38), 2) }, valueSchema: two }),
    order(1, 'a', { value: { d: new Decimal(digits(39), 2) }, valueSchema: two }),
    order(2, 'a', { value: { d: new Decimal(15n, 1) }, valueSchema: two }),
    order(3, 'b', { value: { d: new Decimal(digits(3), 2) }, valueSchema: three }),
    order(4, 'b', { value: { d: new Decimal(-digits(4), 2) }, valueSchema: three }),
    order(5, 'c', { value: { d: new Decimal(1n, 40) }, valueSchema: schema.struct([['d', schema.decimal(40)]]) })
  ])
  await sink.committed(6)
  t.match(sink.reports.map(({ error }) => error.message), [
    /Field d is a decimal of more than 38 digits/, /Field d is a decimal of scale 1, but its schema says 2/, /Field d is a decimal of more than 3 digits/, /Field d is a decimal of scale 40, but Parquet holds/
  ])
  const rows = await Promise.all((await bucket.keys()).map(async key => parquetRows(await bucket.bytes(key))))
  t.same(rows, [[{ d: -1e36 }], [{ d: 9.99 }]])
})

t.test('names that Avro does not allow are changed, each to one of its own', async t => {
  const { bytes } = await storeTwo(t, { 'format.class': 'avro' }, [{ 'user-id': 1, user_id: 2, user_id_2: 3, 'user.id': { 'a b': 4, 'a-b': 5 } }], null)
  t.match(await avroRows(bytes), [{ user_id: 2, user_id_2: 3, user_id_3: 1, user_id_4: { a_b: 4, a_b_2: 5 } }])
})

t.test('headers are rows of one column in Parquet and Avro', async t => {
  const headers = [{ key: 'tributary.partition', schema: null, value: 'a' }, { key: 'trace', schema: schema.of('int32'), value: 7 }, { key: 'none', schema: null, value: null }]
  const wanted = { headers: [{ key: 'tributary.partition', value: 'a' }, { key: 'trace', value: '7' }, { key: 'none', value: null }] }
  for (const format of ['parquet', 'avro'] as const) {
    const bucket = await createBucket(t)
    const sink = await createSink(t, sinkConfig(bucket.name, { 'flush.size': '1', 'store.kafka.headers': 'true', 'headers.format.class': format }))
    await sink.task.put([order(0, 'a', { headers })])
    await sink.committed(1)
    const bytes = await bucket.bytes((await bucket.keys()).find(key => key.includes('.headers.')) ?? '')
    if (format === 'parquet') t.same(await parquetRows(bytes), [wanted])
    else t.match(await avroRows(bytes), [wanted])
  }
})

t.test('a record whose key or header is refused leaves nothing in any file, so that keys and headers stay beside their values', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { 'flush.size': '2', 'store.kafka.keys': 'true', 'store.kafka.headers': 'true' }))
  const int32 = schema.of('int32')
  const parts = (key: unknown, header: unknown) => ({ key, keySchema: int32, headers: [{ key: 'tributary.partition', schema: null, value: 'a' }, { key: 'h', schema: int32, value: header }] })
  await sink.task.put([['no number', 0], [1, 1], ['no number', 2], [3, 'no number'], [4, 4]].map(([key, header], i) => order(i, 'a', { value: i, ...parts(key, header) })))
  await sink.committed(5)
  t.same(sink.reports.map(({ record }) => record.offset), [0, 2, 3])
  t.same(await bucket.keys(), ['headers.json', 'json', 'keys.json'].map(end => `topics/orders/a/orders+0+0000000001.${end}`))
  t.same(await Promise.all((await bucket.keys()).map(async key => String(await bucket.bytes(key)))), [
    [1, 4].map(i => `[{"tributary.partition":"a"},{"h":${i}}]\n`).join(''), '1\n4\n', '1\n4\n'
  ])
})

t.test('a change of the schema ends the file, an equal schema does not', async t => {
  const bucket = await createBucket(t)
  const make = () => schema.struct([['id', schema.of('int32')]])
  const wider = schema.struct([['id', schema.of('int32')], ['x', schema.of('string')]])
  const sink = await createSink(t, sinkConfig(bucket.name, { 'rotate.idle.ms': '20', 'format.class': 'avro' }))
  await sink.task.put([order(0, 'a', { value: { id: 1 }, valueSchema: make() }), order(1, 'a', { value: { id: 2 }, valueSchema: make() }), order(2, 'a', { value: { id: 3, x: '' }, valueSchema: wider })])
  await sink.committed(3)
  t.same(await bucket.keys(), ['topics/orders/a/orders+0+0000000000.avro', 'topics/orders/a/orders+0+0000000002.avro'])
})

t.test('with schema.compatibility records of an older or newer schema are projected to that of the file', async t => {
  const first = schema.struct([['id', schema.of('int32')], ['gone', schema.of('string', { optional: true })]], { version: 1 })
  const second = schema.struct([['id', schema.of('int64')], ['added', schema.of('string', { default: 'none' })]], { version: 2 })
  const old = (offset: number) => order(offset, 'a', { value: { id: offset, gone: 'x' }, valueSchema: first })
  const young = (offset: number) => order(offset, 'a', { value: { id: offset, added: 'yes' }, valueSchema: second })
  for (const [compatibility, wanted] of [
    ['BACKWARD', [[{ id: 0, gone: 'x' }], [{ id: 1n, added: 'yes' }, { id: 2n, added: 'none' }, { id: 3n, added: 'yes' }]]],
    // A newer record does not fit the first file, whose id is narrower; nor does an older one that of a newer.
    ['FORWARD', [[{ id: 0, gone: 'x' }], [{ id: 1n, added: 'yes' }], [{ id: 2, gone: 'x' }], [{ id: 3n, added: 'yes' }]]],
    ['NONE', [[{ id: 0, gone: 'x' }], [{ id: 1n, added: 'yes' }], [{ id: 2, gone: 'x' }], [{ id: 3n, added: 'yes' }]]]
  ] as const) {
    const bucket = await createBucket(t)
    const sink = await createSink(t, sinkConfig(bucket.name, { 'rotate.idle.ms': '20', 'format.class': 'parquet', 'schema.compatibility': compatibility }))
    await sink.task.put([old(0), young(1), old(2), young(3)])
    await sink.committed(4)
    const files = await Promise.all((await bucket.keys()).map(async key => parquetRows(await bucket.bytes(key))))
    t.same(files, wanted, compatibility)
  }
})

t.test('a newer record goes into the file of an older schema with schema.compatibility=FORWARD', async t => {
  const bucket = await createBucket(t)
  const [first, second] = [schema.struct([['id', schema.of('int32')]], { version: 1 }), schema.struct([['id', schema.of('int32')], ['x', schema.of('string')]], { version: 2 })]
  const sink = await createSink(t, sinkConfig(bucket.name, { 'rotate.idle.ms': '20', 'format.class': 'avro', 'schema.compatibility': 'forward' }))
  await sink.task.put([order(0, 'a', { value: { id: 0 }, valueSchema: first }), order(1, 'a', { value: { id: 1, x: 'y' }, valueSchema: second })])
  await sink.committed(2)
  t.same(await bucket.keys(), ['topics/orders/a/orders+0+0000000000.avro'])
})

t.test('schema.compatibility needs versions, and says so of the record', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { 'rotate.idle.ms': '20', 'format.class': 'avro', 'schema.compatibility': 'BACKWARD' }))
  const [one, other] = [schema.struct([['id', schema.of('int32')]]), schema.struct([['x', schema.of('string')]])]
  await sink.task.put([order(0, 'a', { value: { id: 0 }, valueSchema: one }), order(1, 'a', { value: { x: 'y' }, valueSchema: other })])
  await sink.committed(2)
  t.match(sink.reports, [{ record: { offset: 1 }, error: { message: /Schema version required for BACKWARD compatibility/ } }])
})

t.test('many rows and row groups survive buffers and spilling', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { 'flush.size': '60000', 'format.class': 'parquet', 'buffer.memory': '1048576' }))
  for (let i = 0; i < 60_000; i += 1000) {
    await sink.task.put(Array.from({ length: 1000 }, (_, j) => order(i + j, 'a', { value: { orderid: i + j, itemid: `Item_${i + j}`, price: null, at: new Date(i + j), units: 0, address: null }, valueSchema: orderSchema })))
  }
  await sink.committed(60_000)
  const rows = await parquetRows(await bucket.bytes((await bucket.keys())[0] ?? ''))
  t.equal(rows.length, 60_000)
  t.ok(rows.every((row, i) => row.orderid === BigInt(i) && row.itemid === `Item_${i}`))
})

for (const codec of ['zstd', 'gzip', 'snappy', 'none']) {
  t.test(`JSON lines with ${codec}, in one piece and in parts`, async t => {
    const bucket = await createBucket(t)
    const sink = await createSink(t, sinkConfig(bucket.name, { 'flush.size': '12', 's3.compression.type': codec, 's3.part.size': '5242880' }), [orders])
    const big = 'x'.repeat(1_000_000)
    await sink.task.put([...Array.from({ length: 12 }, (_, i) => order(i, 'small')), ...Array.from({ length: 12 }, (_, i) => order(12 + i, 'large', { value: { orderid: String(12 + i), big } }))])
    await sink.committed(24)
    const keys = await bucket.keys()
    t.same(keys.map(key => key.split('.').slice(1).join('.')), Array(2).fill({ gzip: 'json.gz', zstd: 'json.zst', snappy: 'json.snappy', none: 'json' }[codec]))
    if (codec !== 'snappy') t.equal((await bucket.lines()).length, 24)
    else t.equal(hadoopSnappyText(await bucket.bytes(keys[1] ?? '')).split('\n').length, 13)
  })
}

function hadoopSnappyText (bytes: Buffer): string {
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32BE(at + 4)
    text += String(uncompressSync(bytes.subarray(at + 8, at + 8 + length)))
    at += 8 + length
  }
  return text
}
