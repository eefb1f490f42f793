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

t.test('an expired iterator is replaced where reading was, also at LATEST', async t => {
  const proxy = await startKinesisThrottle({ target: awsEndpoint() })
  t.teardown(() => proxy.close())
  const stream = await createStream(t, 1)
  await stream.put(numbered('r', 300))
  const app = { 'stream.name': stream.name, endpoint: proxy.endpoint, 'max.records': 100 }
  proxy.fault('GetRecords', null, 'expire', null, 'expire', 'expire')
  const open = await openFeed(t, { ...app, 'application.name': uniqueName('app') })
  await until('everything', async () => { await open.step(); return open.texts.length >= 300 })
  t.same(open.texts, numbered('r', 300))
  proxy.fault('GetRecords', 'expire')
  const latest = await openFeed(t, { ...app, 'application.name': uniqueName('app'), 'initial.position': 'LATEST' })
  await until('read at LATEST', async () => { await latest.step(); return proxy.counts.faults === 4 })
  await stream.put(['new'])
  await until('new record', async () => { await latest.step(); return latest.texts.includes('new') })
})
