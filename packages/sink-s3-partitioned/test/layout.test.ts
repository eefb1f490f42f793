import { schema, sinkRecord } from '@tributary/plugin'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { s3PartitionedSink, s3RawCopy } from '../src/sink.ts'
import { createBucket, createSink, order, orders, parsedConfig, sinkConfig } from './helpers.ts'

const flushEach = { 'flush.size': '1' }

t.test('event time of a nested field in seconds makes the directory', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, {
    ...flushEach, 'partitioner.class': 'io.confluent.connect.storage.partitioner.TimeBasedPartitioner', 'partition.duration.ms': '3600000', 'path.format': "'ot='YYYYMMddHH",
    locale: 'en-US', timezone: 'Asia/Shanghai', 'timestamp.extractor': 'RecordField', 'timestamp.field': 'order.time', 'timestamp.unit': 's'
  }))
  await sink.task.put([order(0, '', { value: { order: { time: 1_573_573_055 } } })])
  await sink.committed(1)
  t.same(await bucket.keys(), ['topics/orders/ot=2019111223/orders+0+0000000000.json'])
})

t.test('time and fields together, values escaped as Hive escapes them', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, {
    ...flushEach, 'partitioner.class': 'tributary.s3.TimeAndFieldPartitioner', 'path.format': "'dt='YYYY-MM-dd", 'timestamp.extractor': 'Record',
    'partition.field.name': 'address.state,kind', 'partition.columns.drop': 'true'
  }))
  await sink.task.put([order(0, '', { value: { address: { state: 'a/b=c' }, kind: 7, n: 1 } }), order(1, '', { value: { n: 2 } }), order(2, '', { value: new Map<string, unknown>([['kind', 8], ['n', 3]]) })])
  await sink.committed(3)
  t.same(await bucket.keys(), [
    'topics/orders/dt=2019-11-12/address.state=__HIVE_DEFAULT_PARTITION__/kind=8/orders+0+0000000002.json',
    'topics/orders/dt=2019-11-12/address.state=__HIVE_DEFAULT_PARTITION__/kind=__HIVE_DEFAULT_PARTITION__/orders+0+0000000001.json',
    'topics/orders/dt=2019-11-12/address.state=a%2Fb%3Dc/kind=7/orders+0+0000000000.json'
  ])
  t.same((await bucket.lines()).sort(), ['{"address":{"state":"a/b=c"},"n":1}', '{"n":2}', '{"n":3}'], 'kind is in the path only')
})

t.test('a field is dropped only where the directory holds its value', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { ...flushEach, 'partition.columns.drop': 'true', 'late.after.ms': '1000', 'late.policy': 'side', 'timestamp.extractor': 'Record' }))
  await sink.task.put([
    order(0, 'dt=2019-11-12/state=W%2FA', { value: { dt: '2019-11-12', state: 'W/A', n: 0 } }),
    order(1, 'dt=2019-11-12/state=WA', { value: { dt: '2019-11-12T15:37:35', state: 'OR', n: 1 } }),
    order(2, 'state=WA', { value: { late: true, state: 'WA', n: 2 }, timestamp: 0 }),
    order(3, 'late=true', { value: { late: true, n: 3 } })
  ])
  await sink.committed(4)
  t.same((await bucket.lines()).sort(), ['{"dt":"2019-11-12T15:37:35","state":"OR","n":1}', '{"late":true,"n":2}', '{"late":true,"n":3}', '{"n":0}'])
  t.ok((await bucket.keys()).includes('topics/orders/late=true/state=WA/orders+0+0000000002.json'))
})

t.test('directories carry the name of the schema, before or after those of the partitioner', async t => {
  for (const [affix, key] of [['PREFIX', 'schema_name=shop.Order/kind=7'], ['SUFFIX', 'kind=7/schema_name=shop.Order']] as const) {
    const bucket = await createBucket(t)
    const sink = await createSink(t, sinkConfig(bucket.name, {
      ...flushEach, 'partitioner.class': 'io.confluent.connect.storage.partitioner.FieldPartitioner', 'partition.field.name': 'kind', 's3.schema.partition.affix.type': affix
    }))
    await sink.task.put([order(0, '', { value: { kind: 7 }, valueSchema: schema.struct([['kind', schema.of('int32')]], { name: 'shop.Order' }) })])
    await sink.committed(1)
    t.same(await bucket.keys(), [`topics/orders/${key}/orders+0+0000000000.json`])
  }
})

t.test('file names follow a template', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { 'flush.size': '2', 'file.name.template': '{{topic}}-{{partition}}-{{start_offset:padding=true}}-{{end_offset}}-{{records}}' }))
  await sink.task.put([order(3, 'a'), order(9, 'a')])
  await sink.committed(10)
  t.same(await bucket.keys(), ['topics/orders/a/orders-0-00000000000000000003-9-2.json'])
  t.throws(() => parsedConfig(sinkConfig('b', { 'file.name.template': '{{topic}}' })), /must hold \{\{partition\}\} and \{\{start_offset\}\}/)
  for (const odd of ['{{timestamp:unit=yyyy}}', '{{start-offset}}', '{{topic']) {
    t.throws(() => parsedConfig(sinkConfig('b', { 'file.name.template': `{{partition}}-{{start_offset}}-${odd}` })), new RegExp(`${odd} is not known. Use \\{\\{topic\\}\\}`))
  }
})

t.test('a directory that no object of S3 can be in is refused before it blocks others', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, {
    'flush.size': '2', 'partitioner.class': 'tributary.s3.FieldPartitioner', 'partition.field.name': 'kind', 'store.kafka.headers': 'true', 's3.compression.type': 'gzip'
  }))
  // What the names of the longest object take beside the value.
  const room = 1024 - 'topics/orders/kind=/orders+0+0000000000.headers.json.gz'.length
  const values = ['a'.repeat(room), 'a'.repeat(room + 1), '\ud800', 'ok', '\0', 'a'.repeat(room), 'ok', 'é'.repeat(room)]
  await sink.task.put(values.map((kind, offset) => order(offset, '', { value: { kind } })))
  await sink.committed(values.length)
  t.same((await bucket.keys()).filter(key => !key.includes('.headers.')), [`topics/orders/kind=${'a'.repeat(room)}/orders+0+0000000000.json.gz`, 'topics/orders/kind=ok/orders+0+0000000003.json.gz'])
  t.same(sink.reports.map(({ record: { offset }, error: { message } }) => [offset, message.replace(/^.*: /, '')]), [
    [1, 'it has 1025 bytes, and S3 takes 1024.'], [2, 'it holds half of a surrogate pair, which UTF-8 has no bytes for.'],
    [4, 'it holds a control character, which no listing of S3 can show.'], [7, `it has ${1024 + room} bytes, and S3 takes 1024.`]
  ])
})

t.test('a directory given by a header stays below its topic', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, flushEach))
  await sink.task.put([order(0, '../../elsewhere'), order(1, 'a/..'), order(2, '..a/b..')])
  await sink.committed(3)
  t.same(await bucket.keys(), ['topics/orders/..a/b../orders+0+0000000002.json'])
  t.same(sink.reports.map(({ error }) => error.message), ['../../elsewhere', 'a/..'].map(path => `No object can be named by the directory "${path}": a part of it is . or .., which readers take for another directory.`))
})

t.test('keys and headers are stored beside the values', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { ...flushEach, 'store.kafka.keys': 'true', 'store.kafka.headers': 'true' }))
  await sink.task.put([order(0, 'a', { key: 'k1' })])
  await sink.committed(1)
  t.same(await bucket.keys(), ['', '.headers', '.keys'].map(part => `topics/orders/a/orders+0+0000000000${part}.json`).sort())
  t.equal((await bucket.bytes('topics/orders/a/orders+0+0000000000.keys.json')).toString(), '"k1"\n')
  t.equal((await bucket.bytes('topics/orders/a/orders+0+0000000000.headers.json')).toString(), '[{"tributary.partition":"a"}]\n')
})

t.test('late records take the side path', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { ...flushEach, 'timestamp.extractor': 'Record', 'late.after.ms': '1000', 'late.policy': 'side' }))
  await sink.task.put([order(0, 'a', { timestamp: 10_000 }), order(1, 'a', { timestamp: 9_000 }), order(2, 'a', { timestamp: 8_999 })])
  await sink.committed(3)
  t.same(await bucket.keys(), ['topics/orders/a/orders+0+0000000000.json', 'topics/orders/a/orders+0+0000000001.json', 'topics/orders/late=true/a/orders+0+0000000002.json'])
  t.match(sink.warnings, ['Records came late.'])
  t.equal(sink.counts.get('late_records'), 1)
})

t.test('what readers can see is counted', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { 'flush.size': '2', 'store.kafka.headers': 'true' }))
  const before = Date.now()
  await sink.task.put([order(0, 'a'), order(1, 'b'), order(2, 'a'), order(3, 'b'), order(4, 'a')])
  await sink.committable(5, 4)
  t.same(['s3_objects', 's3_records'].map(name => sink.counts.get(name)), [2, 4])
  t.equal(sink.counts.get('s3_bytes'), (await bucket.lines('topics/')).filter(line => line.startsWith('{')).join('\n').length + 1)
  const delay = sink.counts.get('s3_delay_ms') ?? NaN
  t.ok(delay >= 0 && delay <= 2 * (Date.now() - before), `${delay} ms`)
})

t.test('a record of the future makes no other late', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { 'flush.size': '3', 'timestamp.extractor': 'RecordField', 'timestamp.field': 'at', 'late.after.ms': '600000', 'late.policy': 'report' }))
  const now = Date.now()
  await sink.task.put([now - 1000, 4e12, now - 2000, now - 1_200_000, now - 3000].map((at, offset) => order(offset, 'a', { value: { at } })))
  t.same(sink.reports.map(({ record }) => record.offset), [3])
})

t.test('late records are reported', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { ...flushEach, 'timestamp.extractor': 'Record', 'late.after.ms': '1000', 'late.policy': 'report' }))
  await sink.task.put([order(0, 'a', { timestamp: 10_000 }), order(1, 'a', { timestamp: 1 })])
  await sink.committed(2)
  t.match(sink.reports, [{ record: { offset: 1 }, error: { code: 'S3_LATE' } }])
  t.equal(sink.counts.get('late_records'), 1)
  t.equal((await bucket.keys()).length, 1)
})

t.test('the raw copy keeps bytes as they were delivered and names its reasons', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { 'rotate.age.ms': '1', 's3.compression.type': 'gzip' }), [orders], s3RawCopy)
  const time = Date.UTC(2019, 10, 12, 15, 30)
  const record = (offset: bigint, value: unknown) => sinkRecord({ ...orders, offset, value, timestamp: time })
  const base = 49_600_000_000_000_000_000_000_000_000n
  await sink.task.put([record(base, Buffer.from('{"a":1}\n')), record(base + 5n, Buffer.from([0, 255, 10])), record(base + 9n, { no: 'bytes', id: 12_345_678_901_234_567_890n, rate: NaN })])
  await sink.committed(base + 10n)
  const key = `raw/orders/2019/11/12/15/orders-0-${base}-${base + 5n}.gz`
  t.same(await bucket.keys('raw/'), [key])
  t.same(gunzipSync(await bucket.bytes(key)), Buffer.concat([Buffer.from('{"a":1}\n'), Buffer.from([0, 255, 10])]))
  const errors = await bucket.lines('raw-errors/')
  t.match(JSON.parse(errors[0] ?? ''), { errorCode: 'DATA', sequenceNumber: String(base + 9n), rawFormat: 'json', rawData: Buffer.from('{"no":"bytes","id":12345678901234567890,"rate":"NaN"}').toString('base64') })
})

t.test('prefixes that no object can be under are refused', async t => {
  for (const key of ['topics.dir', 'error.prefix', 'raw.copy.topics.dir', 'ledger.prefix']) {
    t.throws(() => parsedConfig(sinkConfig('b', { [key]: '../b' })), new RegExp(`Invalid value ../b for configuration ${key}: No object can be under it: a part of it is . or ..`))
  }
})

t.test('wrong keys are named', async t => {
  const problems = (more: Record<string, string>) => Promise.resolve(s3PartitionedSink.validate?.(parsedConfig(sinkConfig('b', more)), more)).then(found => found?.map(({ key }) => key))
  t.same(await problems({}), [])
  t.same(await problems({ 'format.class': 'orc' }), ['format.class'])
  t.same(await problems({ 'partitioner.class': 'Mine' }), ['partitioner.class'])
  t.same(await problems({ 'partitioner.class': 'TimeBasedPartitioner', 'partition.duration.ms': '1', 'path.format': "'x'", locale: 'en' }), ['timezone'])
  t.same(await problems({ 'behavior.on.null.values': 'write' }), ['behavior.on.null.values'])
  t.same(await problems({ 's3.acl.canned': 'bucket-owner' }), ['s3.acl.canned'])
  t.same(await problems({ 's3.acl.canned': 'bucket-owner-full-control' }), [])
  t.same(await problems({ 'rotate.schedule.interval.ms': '1000' }), ['timezone'])
  t.same(await problems({ 'timestamp.extractor': 'RecordField', 'timestamp.unit': 'pattern' }), ['timestamp.pattern'])
  t.same(await problems({ 'glue.database': 'shop', 'store.kafka.keys': 'true' }), ['store.kafka.keys'])
  t.same(await problems({ 'late.after.ms': '1000' }), ['timestamp.extractor'], 'the clock makes no record late')
  for (const key of ['store.url', 's3.proxy.url', 'glue.endpoint']) {
    for (const address of ['proxy:3128', 'foo', 'ftp://x']) t.same(await problems({ [key]: address }), [key])
    t.same(await problems({ [key]: 'https://joe:secret@x:1' }), [])
  }
  for (const [codec, level] of [['gzip', '10'], ['zstd', '22'], ['zstd', '9']] as const) {
    t.same(await problems({ 's3.compression.type': codec, 's3.compression.level': level }), level === '10' ? ['s3.compression.level'] : [])
  }
  t.same(await problems({ 'headers.format.class': 'bytes' }), ['headers.format.class'])
  t.same(await problems({ 's3.sse.customer.key': 'abc' }), ['s3.sse.customer.key'])
  t.same(await problems({ 'glue.database': 'shop', 'glue.table': 'x', topics: 'a,b' }), ['glue.table'])
  t.same(await problems({ 'glue.database': 'shop', 'glue.table': 'x', 'topics.regex': 'a.*' }), ['glue.table'])
  t.same(await problems({ 'glue.database': 'shop', 'glue.table': 'x', topics: 'a,b', transforms: 'route' }), [], 'a transform may lead them to one')
  for (const prefix of ['topics', 'topics/errors']) t.same(await problems({ 'glue.database': 'shop', 'error.prefix': prefix }), ['error.prefix'])
  t.same(await problems({ 'glue.database': 'shop', 'error.prefix': 'topics-errors' }), [])
})

t.test('a value.schema that is none is told of in a sentence', async t => {
  const told = async (text: string) => (await s3PartitionedSink.validate?.(parsedConfig(sinkConfig('b', { 'value.schema': text })), {}))?.map(({ message }) => message).join()
  t.match(await told('{"type":"record","name":"x"}'), /^The declared schema has a record x without "fields"/)
  for (const text of ['{"type":"array"}', '{"type":"map"}', '{"type":"record","name":"x","fields":[{"name":"a"}]}']) t.match(await told(text), /^The declared schema has undefined where a type belongs/)
  t.match(await told('{"type":"string"}'), 'value.schema must be an Avro record')
})
