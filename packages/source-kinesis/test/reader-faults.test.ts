import t from 'tap'
import { awsEndpoint, startKinesisThrottle, uniqueName, until } from '@tributary/testing'
import { createStream, numbered, openFeed } from './helpers.ts'

t.test('throttled reads, 500s and cut connections lose and repeat nothing', async t => {
  const proxy = await startKinesisThrottle({ target: awsEndpoint(), readsPerSecond: 3 })
  t.teardown(() => proxy.close())
  const stream = await createStream(t, 2)
  const values = numbered('r', 2000)
  await stream.put(values)
  proxy.fault('GetRecords', null, 'refuse', 'cut', null, 'cut after', 'refuse')
  proxy.fault('GetShardIterator', 'refuse', 'cut')
  const open = await openFeed(t, { 'stream.name': stream.name, 'application.name': uniqueName('app'), endpoint: proxy.endpoint, 'max.records': 150 })
  await until('everything', async () => { await open.step(); return open.texts.length >= 2000 })
  t.equal(open.texts.length, 2000)
  t.same([...open.texts].sort(), [...values].sort())
  t.equal(proxy.counts.faults, 6)
  t.ok(proxy.counts.throttledReads > 0)
})

t.test('memory is bounded: a shard that no one takes from is read two pages ahead at most', async t => {
  const proxy = await startKinesisThrottle({ target: awsEndpoint() })
  t.teardown(() => proxy.close())
  const stream = await createStream(t, 1)
  await stream.put(numbered('r', 500))
  const open = await openFeed(t, { 'stream.name': stream.name, 'application.name': uniqueName('app'), endpoint: proxy.endpoint, 'max.records': 10 })
  await open.feed.poll({ waitMs: 2000, maxRecords: 1 })
  await until('two pages', () => proxy.counts.reads >= 2)
  const end = performance.now() + 1000
  while (performance.now() < end) await open.feed.poll({ waitMs: 100, maxRecords: 0 })
  t.equal(proxy.counts.reads, 2)
})
