import t from 'tap'
import { MergeShardsCommand, SplitShardCommand, UpdateShardCountCommand } from '@aws-sdk/client-kinesis'
import { uniqueName, until } from '@tributary/testing'
import { createStream, numbered, openFeed, openTable, type OpenFeed } from './helpers.ts'
import { startKinesisLocal } from './kinesis-local.ts'

const endpoint = await startKinesisLocal(t)

async function resharded (t: Parameters<typeof createStream>[0], shards: number) {
  const stream = await createStream(t, shards, endpoint)
  const app = { 'stream.name': stream.name, 'application.name': uniqueName('app'), endpoint, 'shard.sync.interval.ms': 1000 }
  const id = async (n: number): Promise<string> => (await stream.shards()).find(shard => Number(shard.id.slice(-12)) === n)?.id ?? ''
  return {
    stream,
    app,
    split: async (n: number) => {
      const shard = (await stream.shards()).find(({ id }) => Number(id.slice(-12)) === n)
      if (shard === undefined) throw new Error(`There is no shard ${n}.`)
      await stream.client.send(new SplitShardCommand({ StreamName: stream.name, ShardToSplit: shard.id, NewStartingHashKey: String((shard.start + shard.end) / 2n) }))
      await stream.isActive()
    },
    merge: async (a: number, b: number) => {
      await stream.client.send(new MergeShardsCommand({ StreamName: stream.name, ShardToMerge: await id(a), AdjacentShardToMerge: await id(b) }))
      await stream.isActive()
    }
  }
}

function read (open: OpenFeed, count: number): Promise<true> {
  return until(`${count} records`, async () => { await open.step(); return open.texts.length >= count })
}

t.test('the children of a split start only when all of their parent is committed', async t => {
  const { stream, app, split } = await resharded(t, 1)
  const open = await openFeed(t, app)
  await stream.put(numbered('parent', 100))
  await read(open, 100)
  await split(0)
  await stream.put(numbered('child', 100))
  const until1s = performance.now() + 1500
  while (performance.now() < until1s) await open.step()
  t.equal(open.texts.length, 100, 'nothing of the children before the commit')
  await open.commit()
  await read(open, 200)
  t.same(open.texts.slice(100).sort(), numbered('child', 100).sort())
  t.same(open.events.map(({ event, partitions }) => `${event} ${partitions.join(' ')}`).slice(0, 2), ['assigned 0', 'revoked 0'])
  t.same(new Set(open.owned.keys()), new Set([1, 2]))
})

t.test('the lease table after a split is what the Java KCL leaves', async t => {
  const { stream, app, split } = await resharded(t, 1)
  const open = await openFeed(t, app)
  await stream.put(['parent'])
  await read(open, 1)
  await split(0)
  const table = await openTable(t, app['application.name'])
  await open.commit()
  await until('children owned', async () => { await open.step(); return open.owned.size === 2 })
  const leases = new Map((await table.scan()).map(lease => [Number(lease.key.slice(-12)), lease]))
  t.match(leases.get(0), { checkpoint: 'SHARD_END', subSequence: 0 })
  t.equal(leases.get(0)?.children.length, 2)
  for (const child of [1, 2]) {
    t.match(leases.get(child), { checkpoint: 'TRIM_HORIZON' })
    t.equal(leases.get(child)?.parents[0], leases.get(0)?.key)
  }
  await stream.put(numbered('child', 50))
  await read(open, 51)
  await open.commit()
  await until('parent removed', async () => { await open.step(); return !(await table.scan()).some(({ checkpoint }) => checkpoint === 'SHARD_END') })
  const fresh = await openFeed(t, { ...app, 'application.name': app['application.name'] })
  await fresh.step()
  t.equal((await table.scan()).length, 2, 'a finished parent still in the stream is not read again')
})

t.test('a merged shard waits for both of its parents', async t => {
  const { stream, app, merge } = await resharded(t, 2)
  await stream.put(numbered('before', 200))
  await merge(0, 1)
  await stream.put(numbered('after', 50))
  const open = await openFeed(t, app)
  await read(open, 200)
  t.equal(open.texts.some(text => text.startsWith('after')), false)
  await open.commit()
  await read(open, 250)
  t.same([...open.texts].sort(), [...numbered('before', 200), ...numbered('after', 50)].sort())
})

t.test('closed shards left by reshards before the first start are read, oldest first', async t => {
  const { stream, app } = await resharded(t, 1)
  await stream.put(numbered('a', 60))
  for (const [count, prefix] of [[2, 'b'], [4, 'c']] as const) {
    await stream.client.send(new UpdateShardCountCommand({ StreamName: stream.name, TargetShardCount: count, ScalingType: 'UNIFORM_SCALING' }))
    await stream.isActive()
    await stream.put(numbered(prefix, 60))
  }
  const open = await openFeed(t, app)
  await until('everything', async () => {
    await open.step()
    await open.commit()
    return open.texts.length >= 180
  })
  t.equal(open.texts.length, 180)
  t.equal(new Set(open.texts).size, 180)
  const order = open.texts.map(text => text[0])
  t.equal(order.lastIndexOf('a') < order.indexOf('b'), true)
})

t.test('a crash between a parent\'s last record and its end loses nothing', async t => {
  const { stream, app, split } = await resharded(t, 1)
  const first = await openFeed(t, app)
  await stream.put(numbered('parent', 20))
  await read(first, 20)
  await split(0)
  await stream.put(numbered('child', 20))
  await until('end seen', async () => { await first.step(); return (await stream.shards()).some(({ closed }) => closed) })
  await first.feed.close()
  const second = await openFeed(t, app)
  await until('everything', async () => {
    await second.step()
    await second.commit()
    return second.texts.length >= 40
  })
  t.same([...second.texts].sort(), [...numbered('parent', 20), ...numbered('child', 20)].sort())
})

t.test('LATEST leaves out closed shards', async t => {
  const { stream, app, split } = await resharded(t, 1)
  await stream.put(['old'])
  await split(0)
  const open = await openFeed(t, { ...app, 'initial.position': 'LATEST' })
  await until('owned', async () => { await open.step(); return open.owned.size === 2 })
  await until('new records', async () => { await stream.put(numbered('new', 4)); await open.step(); return open.texts.length > 0 })
  t.equal(open.texts.includes('old'), false)
  t.same(new Set(open.owned.keys()), new Set([1, 2]))
})
