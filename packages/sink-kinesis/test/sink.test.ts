import t from 'tap'
import { schema, sinkRecord, type ConnectError } from '@tributary/plugin'
import { uniqueName } from '@tributary/testing'
import { createStream, orders, putAll, startSink, texts } from './helpers.ts'

t.test('bytes arrive unchanged, every record once, and all offsets may be committed', async t => {
  const stream = await createStream(t, 2)
  const sink = await startSink(t, { streamName: stream.name })
  const position = await putAll(sink, orders(3000))
  t.equal(position, 3000)
  const found = texts([...await stream.read()].flatMap(([, records]) => records))
  t.same(found.sort(), orders(3000).map(({ value }) => String(value)).sort())
})

t.test('a line feed is added to bytes, text and JSON alike', async t => {
  const stream = await createStream(t, 1)
  const sink = await startSink(t, { streamName: stream.name, appendLineBreak: true })
  const values = [Buffer.from('{"a":1}'), 'text', { big: 9007199254740993n }]
  await putAll(sink, orders(3, { value: i => values[i] }))
  const [records] = (await stream.read()).values()
  t.same(texts(records ?? []), ['{"a":1}\n', 'text\n', '{"big":9007199254740993}\n'])
})

t.test('a struct becomes one JSON object in the order of its schema', async t => {
  const stream = await createStream(t, 1)
  const sink = await startSink(t, { streamName: stream.name })
  const order = schema.struct([['id', schema.of('int64')], ['city', schema.of('string', { optional: true })]])
  await putAll(sink, [sinkRecord({ topic: 'orders', partition: 0, offset: 0, valueSchema: order, value: { city: null, id: 7 } })])
  const [records] = (await stream.read()).values()
  t.same(texts(records ?? []), ['{"id":7,"city":null}'])
})

t.test('a record without key gets the number of its Kafka partition as partition key', async t => {
  const stream = await createStream(t, 1)
  const sink = await startSink(t, { streamName: stream.name })
  await putAll(sink, [...orders(1, { key: () => null }), ...orders(1, { from: 1, key: () => '  ' }), ...orders(1, { from: 2, key: () => ' k ' })])
  const [records] = (await stream.read()).values()
  t.same(records?.map(({ PartitionKey }) => PartitionKey), ['0', '0', 'k'])
})

t.test('usePartitionAsHashKey spreads partitions over the shards', async t => {
  const stream = await createStream(t, 4)
  const sink = await startSink(t, { streamName: stream.name, usePartitionAsHashKey: true })
  for (const partition of [1, 2, 3]) await sink.task.put(orders(10, { partition }))
  await putAll(sink, orders(10))
  const counts = Array.from((await stream.read()).values(), records => records.length)
  t.same(counts, [10, 10, 10, 10])
})

t.test('a record too large for the stream is reported and the others go on', async t => {
  const stream = await createStream(t, 1)
  const sink = await startSink(t, { streamName: stream.name })
  await putAll(sink, orders(3, { value: i => Buffer.alloc(i === 1 ? 1024 * 1024 : 10, 'x') }))
  t.equal(sink.reports.length, 1)
  t.equal(sink.reports[0]?.record.offset, 1)
  t.match(sink.reports[0]?.error.message, /1048581 bytes with its partition key; the stream takes 1048576/)
  const [records] = (await stream.read()).values()
  t.equal(records?.length, 2)
})

t.test('requests stay within 5 MiB when records are large', async t => {
  const stream = await createStream(t, 1)
  const sink = await startSink(t, { streamName: stream.name })
  await putAll(sink, orders(12, { value: () => Buffer.alloc(1024 * 1024 - 5, 'x') }))
  const [records] = (await stream.read()).values()
  t.equal(records?.length, 12)
})

t.test('a record without value follows behavior.on.null.values', async t => {
  const stream = await createStream(t, 1)
  const tombstone = orders(1, { value: () => null })
  const failing = await startSink(t, { streamName: stream.name })
  await putAll(failing, tombstone)
  t.match(failing.reports[0]?.error, { kind: 'data', message: /behavior\.on\.null\.values/ })
  await putAll(await startSink(t, { streamName: stream.name, 'behavior.on.null.values': 'ignore' }), tombstone)
  t.equal([...await stream.read()][0]?.[1].length, 0)
  await putAll(await startSink(t, { streamName: stream.name, 'behavior.on.null.values': 'empty' }), tombstone)
  t.same(texts([...await stream.read()][0]?.[1] ?? []), [''])
})

t.test('a missing stream stops the start with one sentence', async t => {
  const error = await startSink(t, { streamName: uniqueName('none') }).then(() => null, (e: ConnectError) => e)
  t.match(error, { kind: 'config', code: 'KINESIS_NOT_FOUND', message: /^Cannot list the shards of stream "none-.*": it does not exist in this region and account\. Create it, or correct/ })
})

t.test('an unknown host stops the start and names region and endpoint', async t => {
  const error = await startSink(t, { streamName: 'orders', kinesisEndpoint: 'kinesis.nowhere.invalid' }).then(() => null, (e: ConnectError) => e)
  t.match(error, { kind: 'config', message: /Check the region and the endpoint/ })
})
