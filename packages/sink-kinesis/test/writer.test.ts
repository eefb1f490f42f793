import t, { type Test } from 'tap'
import type { ConnectError } from '@tributary/plugin'
import { awsEndpoint, startKinesisThrottle, until } from '@tributary/testing'
import { createStream, orders, putAll, startSink, texts } from './helpers.ts'

async function throttle (t: Test, options: { recordsPerSecond?: number } = {}) {
  const proxy = await startKinesisThrottle({ target: awsEndpoint(), ...options })
  t.teardown(() => proxy.close())
  return proxy
}

function missing (found: readonly string[], count: number): string[] {
  const seen = new Set(found)
  return orders(count).map(({ value }) => String(value)).filter(value => !seen.has(value))
}

t.test('throttled shards: only refused entries are sent again, and each record arrives once', async t => {
  const proxy = await throttle(t, { recordsPerSecond: 700 })
  const stream = await createStream(t, 2)
  const sink = await startSink(t, { streamName: stream.name, kinesisEndpoint: proxy.endpoint })
  await putAll(sink, orders(4000, { key: i => `k${i}` }))
  const found = texts([...await stream.read()].flatMap(([, records]) => records))
  t.equal(found.length, 4000)
  t.same(missing(found, 4000), [])
  t.ok(proxy.counts.throttled > 0 && proxy.counts.throttled < 12_000, `${proxy.counts.throttled} entries were throttled`)
  t.equal(proxy.counts.accepted, 4000)
  t.same(sink.warnings, ['Kinesis refuses records for now; they are sent again.'])
})

t.test('500s and connections cut before acceptance lose and repeat nothing', async t => {
  const proxy = await throttle(t)
  const stream = await createStream(t, 2)
  const sink = await startSink(t, { streamName: stream.name, kinesisEndpoint: proxy.endpoint })
  proxy.fault('PutRecords', 'refuse', null, 'cut', 'cut', 'refuse', null, 'cut')
  await putAll(sink, orders(5000))
  const found = texts([...await stream.read()].flatMap(([, records]) => records))
  t.equal(proxy.counts.faults, 5)
  t.equal(found.length, 5000)
  t.same(missing(found, 5000), [])
})

t.test('answers lost after acceptance lose nothing; their records are in the stream twice', async t => {
  const proxy = await throttle(t)
  const stream = await createStream(t, 1)
  const sink = await startSink(t, { streamName: stream.name, kinesisEndpoint: proxy.endpoint, requestTimeout: 300 })
  proxy.fault('PutRecords', 'hang after', null, 'cut after')
  await putAll(sink, orders(2000))
  const found = texts([...await stream.read()].flatMap(([, records]) => records))
  t.same(missing(found, 2000), [])
  t.equal(found.length, 3000)
})

t.test('no position passes a record that is not acknowledged', async t => {
  const proxy = await throttle(t)
  const stream = await createStream(t, 1)
  const sink = await startSink(t, { streamName: stream.name, kinesisEndpoint: proxy.endpoint, flushSync: false, maxConnections: 2 })
  await putAll(sink, orders(500))
  proxy.fault('PutRecords', ...Array.from({ length: 20 }, () => 'refuse' as const))
  await sink.task.put(orders(500, { from: 500 }))
  const here = { topic: 'orders', partition: 0 }
  t.same(await sink.task.preCommit?.([{ ...here, offset: 1000 }]), [{ ...here, offset: 500 }])
})

t.test('ordering=key keeps the records of each key in order, whatever is refused or sent twice', async t => {
  const proxy = await throttle(t, { recordsPerSecond: 300 })
  const stream = await createStream(t, 2)
  const sink = await startSink(t, { streamName: stream.name, kinesisEndpoint: proxy.endpoint, ordering: 'key', requestTimeout: 500 })
  proxy.fault('PutRecords', null, 'cut after', 'refuse', 'hang after', null, 'cut')
  await putAll(sink, orders(1500, { key: i => `k${i % 200}` }))
  const last = new Map<string, number>()
  for (const [shard, records] of await stream.read()) {
    for (const [i, text] of texts(records).entries()) {
      const key = `${shard}/${records[i]?.PartitionKey}`
      const id = Number(/\d+/.exec(text)?.[0])
      t.ok(id >= (last.get(key) ?? -1), `${key}: ${id} after ${last.get(key)}`)
      last.set(key, id)
    }
  }
  t.equal(last.size, 200)
  t.equal([...last.values()].reduce((a, b) => a + b, 0), Array.from({ length: 200 }, (_, i) => (i < 100 ? i + 1400 : i + 1200)).reduce((a, b) => a + b, 0))
  t.ok(proxy.counts.throttled > 0)
})

t.test('put does not block when Kinesis takes nothing: partitions are paused, and resumed when it does', async t => {
  const proxy = await throttle(t)
  const stream = await createStream(t, 1)
  const sink = await startSink(t, { streamName: stream.name, kinesisEndpoint: proxy.endpoint, outstandingRecordsThreshold: 100, sleepPeriod: 50 })
  proxy.fault('PutRecords', ...Array.from({ length: 4 }, () => 'refuse' as const))
  const begun = performance.now()
  await sink.task.put(orders(500))
  t.ok(performance.now() - begun < 5000)
  t.same([...sink.paused], ['orders-0'])
  await until('resumed', async () => { await sink.task.put([]); return sink.paused.size === 0 })
  t.equal(proxy.counts.faults, 4)
})

t.test('pauseConsumption=false offers the batch again instead, without having taken any of it', async t => {
  const proxy = await throttle(t)
  const stream = await createStream(t, 1)
  const sink = await startSink(t, { streamName: stream.name, kinesisEndpoint: proxy.endpoint, outstandingRecordsThreshold: 100, sleepPeriod: 20, pauseConsumption: false })
  proxy.fault('PutRecords', ...Array.from({ length: 4 }, () => 'refuse' as const))
  await sink.task.put(orders(500))
  const refusal = await Promise.resolve(sink.task.put(orders(500, { from: 500 }))).then(() => null, (e: ConnectError) => e)
  t.equal(refusal?.kind, 'transient')
  await until('room', () => Promise.resolve(sink.task.put([])).then(() => true, () => false))
  await putAll(sink, orders(500, { from: 500 }))
  t.equal(texts([...await stream.read()].flatMap(([, records]) => records)).length, 1000)
})

t.test('a stream deleted meanwhile fails the task with one sentence', async t => {
  const stream = await createStream(t, 1)
  const sink = await startSink(t, { streamName: stream.name })
  await putAll(sink, orders(10))
  const { DeleteStreamCommand } = await import('@aws-sdk/client-kinesis')
  await stream.client.send(new DeleteStreamCommand({ StreamName: stream.name }))
  const error = await until('failure', async () => {
    try {
      await sink.task.put(orders(1, { from: 10 }))
      return null
    } catch (e) { return e as ConnectError }
  })
  t.match(error, { kind: 'config', message: /^Cannot write to stream ".*": it does not exist/ })
})

t.test('records of a lost partition are not written any more', async t => {
  const proxy = await throttle(t)
  const stream = await createStream(t, 1)
  const sink = await startSink(t, { streamName: stream.name, kinesisEndpoint: proxy.endpoint, maxConnections: 1 })
  proxy.fault('PutRecords', 'refuse', 'refuse', 'refuse')
  await sink.task.put(orders(10, { partition: 1 }))
  await until('refused', () => proxy.counts.faults === 1)
  await sink.task.close?.([{ topic: 'orders', partition: 1 }], 'lost')
  await putAll(sink, orders(10))
  const [records] = (await stream.read()).values()
  t.equal(records?.length, 10)
})
