import t from 'tap'
import { SplitShardCommand, type _Record } from '@aws-sdk/client-kinesis'
import { deaggregate, hashKeyOf } from '@tributary/kinesis'
import { awsEndpoint, startKinesisThrottle, until } from '@tributary/testing'
import { startKinesisLocal } from '../../source-kinesis/test/kinesis-local.ts'
import { createStream, orders, putAll, startSink } from './helpers.ts'

/** The user records that a KCL reader of a shard would see, by the rule that an aggregate with a foreign record is dropped whole. */
function userTexts (records: readonly _Record[], range: { start: bigint, end: bigint }): string[] {
  return records.flatMap(({ Data = new Uint8Array() }) => {
    const users = deaggregate(Data)
    if (users === null) return [Buffer.from(Data).toString()]
    const isForeign = users.some(({ partitionKey, explicitHashKey }) => {
      const key = explicitHashKey === null ? hashKeyOf(partitionKey) : BigInt(explicitHashKey)
      return key < range.start || key > range.end
    })
    return isForeign ? [] : users.map(({ data }) => Buffer.from(data).toString())
  })
}

async function readUsers (stream: Awaited<ReturnType<typeof createStream>>): Promise<string[]> {
  const found = await stream.read()
  return (await stream.shards()).flatMap(shard => userTexts(found.get(shard.id) ?? [], shard))
}

t.test('aggregates hold every record once, in the shard that owns its key, in far fewer Kinesis records', async t => {
  const stream = await createStream(t, 4)
  const sink = await startSink(t, { streamName: stream.name, aggregation: true })
  await putAll(sink, orders(5000, { key: i => `k${i}` }))
  const found = await stream.read()
  t.same((await readUsers(stream)).sort(), orders(5000).map(({ value }) => String(value)).sort())
  const records = [...found.values()].flat()
  t.ok(records.length < 200, `${records.length} Kinesis records`)
  t.ok(records.every(({ Data, PartitionKey }) => (Data?.length ?? 0) <= 51200 && PartitionKey === 'a'))
})

t.test('a lone record stays plain under its own key', async t => {
  const stream = await createStream(t, 1)
  await putAll(await startSink(t, { streamName: stream.name, aggregation: true }), orders(1))
  const [records] = (await stream.read()).values()
  t.same(records?.map(({ PartitionKey, Data }) => [PartitionKey, Buffer.from(Data ?? []).toString()]), [['key-0', '{"orderid":0}']])
})

t.test('a record larger than an aggregate goes plain, and order by key holds around it', async t => {
  const stream = await createStream(t, 1)
  const sink = await startSink(t, { streamName: stream.name, aggregation: true, ordering: 'key' })
  await putAll(sink, orders(30, { key: () => 'k', value: i => Buffer.from(i % 10 === 5 ? `${i}:${'x'.repeat(60_000)}` : `${i}:`) }))
  t.same((await readUsers(stream)).map(text => Number(text.split(':')[0])), Array.from({ length: 30 }, (_, i) => i))
})

t.test('ordering=key with aggregation keeps each key in order over throttling and faults', async t => {
  const proxy = await startKinesisThrottle({ target: awsEndpoint(), recordsPerSecond: 2 })
  t.teardown(() => proxy.close())
  const stream = await createStream(t, 2)
  const sink = await startSink(t, { streamName: stream.name, kinesisEndpoint: proxy.endpoint, aggregation: true, ordering: 'key', requestTimeout: 500 })
  proxy.fault('PutRecords', null, 'cut after', 'refuse', null, 'hang after', 'cut')
  await putAll(sink, orders(20_000, { key: i => `k${i % 50}` }))
  const last = new Map<number, number>()
  const wrong: number[] = []
  for (const text of await readUsers(stream)) {
    const id = Number(/\d+/.exec(text)?.[0])
    const key = id % 50
    if (id > (last.get(key) ?? key - 50) + 50) wrong.push(id)
    last.set(key, Math.max(id, last.get(key) ?? 0))
  }
  t.same(wrong, [], 'no record comes before its predecessor')
  t.ok(proxy.counts.throttled > 0)
  t.same([...last.values()].sort((a, b) => a - b), Array.from({ length: 50 }, (_, i) => 19_950 + i))
})

t.test('a split while writing is noticed: records that landed in the wrong child are sent again', async t => {
  const stream = await createStream(t, 1, await startKinesisLocal(t))
  const sink = await startSink(t, { streamName: stream.name, kinesisEndpoint: String(await stream.client.config.endpoint?.().then(({ protocol, hostname, port }) => `${protocol}//${hostname}:${port}`)), aggregation: true })
  await putAll(sink, orders(1000, { key: i => `k${i}` }))
  const [parent] = await stream.shards()
  await stream.client.send(new SplitShardCommand({ StreamName: stream.name, ShardToSplit: parent?.id, NewStartingHashKey: String(1n << 127n) }))
  await until('split', async () => (await stream.shards()).length === 3)
  await putAll(sink, orders(1000, { from: 1000, key: i => `k${i}` }))
  t.same(new Set(await readUsers(stream)), new Set(orders(2000).map(({ value }) => String(value))))
  const found = await stream.read()
  const children = (await stream.shards()).slice(1)
  t.ok(children.every(({ id }) => (found.get(id)?.length ?? 0) > 0))
})
