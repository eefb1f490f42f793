import t, { type Test } from 'tap'
import { PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { Aggregate, hashKeyOf } from '@tributary/kinesis'
import { uniqueName, until } from '@tributary/testing'
import { createStream, numbered, openFeed, openTable } from './helpers.ts'

function aggregate (values: readonly string[]): Uint8Array {
  const packed = new Aggregate()
  for (const value of values) packed.add({ partitionKey: value, explicitHashKey: null, data: Buffer.from(value) })
  return packed.encode()
}

async function aggregatedStream (t: Test, shards: number) {
  const stream = await createStream(t, shards)
  return {
    ...stream,
    app: { 'stream.name': stream.name, 'application.name': uniqueName('app') },
    putAggregate: async (values: readonly string[], hashKey: bigint) => {
      await stream.client.send(new PutRecordsCommand({ StreamName: stream.name, Records: [{ PartitionKey: 'a', ExplicitHashKey: String(hashKey), Data: aggregate(values) }] }))
    }
  }
}

t.test('user records of aggregates come one by one, in order, with keys of their own', async t => {
  const stream = await aggregatedStream(t, 1)
  await stream.put(['plain-0'])
  await stream.putAggregate(numbered('a', 10), 0n)
  await stream.put(['plain-1'])
  const open = await openFeed(t, stream.app)
  await until('all', async () => { await open.step(); return open.texts.length >= 12 })
  t.same(open.texts, ['plain-0', ...numbered('a', 10), 'plain-1'])
  const records = open.batches.flatMap(batch => batch.records)
  t.same(records.map(({ key }) => Buffer.from(key ?? []).toString()), open.texts)
  const offsets = records.map(({ offset }) => BigInt(offset))
  t.same(offsets, [...offsets].sort((a, b) => (a < b ? -1 : 1)))
  t.equal(new Set(offsets).size, 12)
  t.same(offsets.slice(1, 11).map(offset => offset & 0xffffffn), Array.from({ length: 10 }, (_, i) => BigInt(i)))
})

t.test('a restart goes on inside an aggregate', async t => {
  const stream = await aggregatedStream(t, 1)
  await stream.putAggregate(numbered('a', 10), 0n)
  const first = await openFeed(t, stream.app)
  await until('all', async () => { await first.step(); return first.texts.length === 10 })
  const seventh = first.batches.flatMap(({ records }) => records)[6]?.offset ?? 0
  await first.feed.commit([{ topic: stream.name, partition: 0, offset: BigInt(seventh) + 1n }])
  const [lease] = await (await openTable(t, stream.app['application.name'])).scan()
  t.equal(lease?.subSequence, 6)
  await first.feed.close()
  const second = await openFeed(t, stream.app)
  await until('rest', async () => { await second.step(); return second.texts.length >= 3 })
  t.same(second.texts, numbered('a', 3, 7))
})

t.test('an aggregate with a record of another shard is dropped whole, as its writer sends it again', async t => {
  const stream = await aggregatedStream(t, 2)
  const half = 1n << 127n
  const low = numbered('k', 50).filter(key => hashKeyOf(key) < half)
  const high = numbered('k', 50).filter(key => hashKeyOf(key) >= half)
  await stream.putAggregate([...low, high[0] ?? ''], 0n)
  await stream.putAggregate(low, 0n)
  await stream.putAggregate(high, half)
  const open = await openFeed(t, stream.app)
  await until('all', async () => { await open.step(); return open.texts.length >= 50 })
  t.same([...open.texts].sort(), numbered('k', 50).sort())
})

t.test('deaggregate=false gives aggregates as they are', async t => {
  const stream = await aggregatedStream(t, 1)
  await stream.putAggregate(numbered('a', 10), 0n)
  const open = await openFeed(t, { ...stream.app, deaggregate: false })
  await until('one', async () => { await open.step(); return open.batches.length > 0 })
  t.same(open.batches[0]?.records[0]?.value, aggregate(numbered('a', 10)))
})
