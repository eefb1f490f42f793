import t from 'tap'
import type { ConnectError } from '@tributary/plugin'
import { uniqueName, until } from '@tributary/testing'
import { createStream, numbered, openFeed, openTable } from './helpers.ts'

t.test('all records of all shards come once, with shards as partitions and sequence numbers as offsets', async t => {
  const stream = await createStream(t, 3)
  const values = numbered('r', 2500)
  await stream.put(values)
  const open = await openFeed(t, { 'stream.name': stream.name, 'application.name': uniqueName('app'), deaggregate: false })
  await until('all records', async () => { await open.step(); return open.texts.length >= values.length })
  t.same([...open.texts].sort(), [...values].sort())
  t.same(new Set(open.owned.keys()), new Set([0, 1, 2]))
  for (const { topic, partition, records, next } of open.batches) {
    t.equal(topic, stream.name)
    t.ok(partition < 3)
    const offsets = records.map(({ offset }) => offset)
    t.same(offsets, [...offsets].sort((a, b) => (a < b ? -1 : 1)))
    t.equal(next, BigInt(offsets.at(-1) ?? 0) + 1n)
  }
})

t.test('a restart goes on after the last commit, without gap or repeat', async t => {
  const stream = await createStream(t, 2)
  const app = { 'stream.name': stream.name, 'application.name': uniqueName('app') }
  await stream.put(numbered('first', 300))
  const first = await openFeed(t, app)
  await until('first records', async () => { await first.step(); return first.texts.length === 300 })
  await first.commit()
  await first.feed.close()
  await stream.put(numbered('second', 200))
  const second = await openFeed(t, app)
  await until('second records', async () => { await second.step(); return second.texts.length >= 200 })
  t.same([...second.texts].sort(), numbered('second', 200).sort())
})

t.test('what was not committed comes again after a restart', async t => {
  const stream = await createStream(t, 1)
  const app = { 'stream.name': stream.name, 'application.name': uniqueName('app') }
  await stream.put(numbered('r', 100))
  const first = await openFeed(t, app)
  await until('records', async () => { await first.step(); return first.texts.length === 100 })
  const middle = first.batches.flatMap(({ records }) => records)[39]
  await first.feed.commit([{ topic: stream.name, partition: 0, offset: BigInt(middle?.offset ?? 0) + 1n }])
  await first.feed.close()
  const second = await openFeed(t, app)
  await until('the rest', async () => { await second.step(); return second.texts.length >= 60 })
  t.same(second.texts, numbered('r', 60, 40))
  t.equal(second.owned.get(0)?.offset, BigInt(middle?.offset ?? 0) + 1n)
})

t.test('the checkpoint in the table is the last record done, as the KCL stores it', async t => {
  const stream = await createStream(t, 1)
  const app = { 'stream.name': stream.name, 'application.name': uniqueName('app') }
  await stream.put(numbered('r', 10))
  const open = await openFeed(t, { ...app, deaggregate: false })
  await until('records', async () => { await open.step(); return open.texts.length === 10 })
  const last = open.batches.at(-1)?.records.at(-1)?.offset
  // One record further than was seen: the position of the next record, wherever it may be.
  await open.feed.commit([{ topic: stream.name, partition: 0, offset: BigInt(last ?? 0) + 5n }])
  const [lease] = await (await openTable(t, app['application.name'])).scan()
  t.equal(BigInt(lease?.checkpoint ?? 0), last)
  t.equal(lease?.subSequence, 0)
})

t.test('a seek goes back, and a paused shard gives nothing until it is resumed', async t => {
  const stream = await createStream(t, 1)
  await stream.put(numbered('r', 50))
  const open = await openFeed(t, { 'stream.name': stream.name, 'application.name': uniqueName('app') })
  await until('records', async () => { await open.step(); return open.texts.length === 50 })
  const tenth = open.batches.flatMap(({ records }) => records)[10]?.offset ?? 0
  const here = { topic: stream.name, partition: 0 }
  open.texts.length = 0
  open.feed.seek([{ ...here, offset: tenth }])
  await until('again', async () => { await open.step(); return open.texts.length >= 40 })
  t.same(open.texts, numbered('r', 40, 10))
  open.feed.pause([here])
  await stream.put(['while paused'])
  t.same(await open.feed.poll({ waitMs: 500, maxRecords: 10 }), [])
  open.feed.resume([here])
  await until('resumed', async () => { await open.step(); return open.texts.at(-1) === 'while paused' })
})

t.test('LATEST starts after the newest record, AT_TIMESTAMP at a time', async t => {
  const stream = await createStream(t, 1)
  await stream.put(['old'])
  const latest = await openFeed(t, { 'stream.name': stream.name, 'application.name': uniqueName('app'), 'initial.position': 'LATEST' })
  await until('owned', async () => { await latest.step(); return latest.owned.size === 1 })
  await until('reading', async () => { await stream.put(['new']); await latest.step(); return latest.texts.length > 0 })
  t.equal(latest.texts.includes('old'), false)
  const timed = await openFeed(t, { 'stream.name': stream.name, 'application.name': uniqueName('app'), 'initial.position': 'AT_TIMESTAMP', 'initial.timestamp': '2020-01-01T00:00:00Z' })
  await until('from the time', async () => { await timed.step(); return timed.texts.length > 0 })
  t.equal(timed.texts[0], 'old')
})

t.test('wakeup ends a waiting poll', async t => {
  const stream = await createStream(t, 1)
  const open = await openFeed(t, { 'stream.name': stream.name, 'application.name': uniqueName('app') })
  await open.step()
  const begun = performance.now()
  setTimeout(() => { open.feed.wakeup() }, 20)
  t.same(await open.feed.poll({ waitMs: 30_000, maxRecords: 1 }), [])
  t.ok(performance.now() - begun < 10_000)
})

t.test('a missing stream stops the start with one sentence', async t => {
  const error = await openFeed(t, { 'stream.name': uniqueName('none'), 'application.name': uniqueName('app') }).then(() => null, (e: ConnectError) => e)
  t.match(error, { kind: 'config', message: /^Cannot list the shards of stream "none-.*": it does not exist/ })
})

for (const deaggregate of [true, false]) {
  t.test(`a sink that knows better than the checkpoint is followed, deaggregate=${deaggregate}`, async t => {
    const stream = await createStream(t, 1)
    await stream.put(numbered('r', 100))
    const app = { 'stream.name': stream.name, 'application.name': uniqueName('app'), deaggregate }
    const first = await openFeed(t, app)
    await until('records', async () => { await first.step(); return first.texts.length === 100 })
    const offsets = first.batches.flatMap(({ records }) => records).map(({ offset }) => BigInt(offset))
    const here = { topic: stream.name, partition: 0 }
    const at = (i: number): bigint => offsets[i] ?? 0n
    await first.feed.commit([{ ...here, offset: at(49) + 1n }])
    await first.feed.close()
    for (const position of [at(79) + 1n, at(80), at(19) + 1n, at(20), 0n]) {
      const open = await openFeed(t, app)
      await until('owned', async () => { await open.step(); return open.owned.size === 1 })
      open.texts.length = 0
      open.feed.seek([{ ...here, offset: position }])
      await until('rest', async () => { await open.step(); return open.texts.at(-1) === 'r-99' })
      const index = offsets.findIndex(offset => offset >= position)
      t.same(open.texts, numbered('r', 100 - index, index))
      await open.feed.close()
    }
  })
}
