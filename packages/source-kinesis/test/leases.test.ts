import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { ConnectError } from '@tributary/plugin'
import { uniqueName, until } from '@tributary/testing'
import { createStream, numbered, openFeed, openTable, type FeedConfig, type OpenFeed, type Test } from './helpers.ts'

async function stepAll (...feeds: readonly OpenFeed[]): Promise<void> {
  await Promise.all(feeds.map(async open => {
    await open.step()
    await open.commit()
  }))
}

/** A feed in a process of its own, which can be killed. */
function startReader (t: Test, config: FeedConfig) {
  const child = spawn(process.execPath, ['--conditions=@tributary/source', fileURLToPath(new URL('reader-process.ts', import.meta.url)), JSON.stringify(config)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const texts: string[] = []
  createInterface({ input: child.stdout }).on('line', line => { texts.push(line) })
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  t.teardown(kill)
  return { texts, kill }
}

t.test('two workers share the shards evenly, and every record is read', async t => {
  const stream = await createStream(t, 4)
  const app = { 'stream.name': stream.name, 'application.name': uniqueName('app'), 'failover.ms': 3000 }
  const a = await openFeed(t, app, 'a')
  await stepAll(a)
  t.equal(a.owned.size, 4)
  const b = await openFeed(t, app, 'b')
  await until('shared', async () => { await stepAll(a, b); return a.owned.size === 2 && b.owned.size === 2 })
  const values = numbered('r', 1000)
  await stream.put(values)
  await until('everything', async () => { await stepAll(a, b); return a.texts.length + b.texts.length >= 1000 })
  t.same([...a.texts, ...b.texts].sort(), [...values].sort())
  t.ok(a.texts.length > 0 && b.texts.length > 0)
})

t.test('a stolen lease is told as lost, and its old owner cannot checkpoint any more', async t => {
  const stream = await createStream(t, 1)
  const app = { 'stream.name': stream.name, 'application.name': uniqueName('app'), 'failover.ms': 3000, deaggregate: false }
  await stream.put(numbered('r', 10))
  const zombie = await openFeed(t, app)
  await until('records', async () => { await zombie.step(); return zombie.texts.length === 10 })
  const table = await openTable(t, app['application.name'])
  const [seen] = await table.scan()
  if (seen === undefined) throw new Error('There is no lease.')
  const taken = await table.take(seen, 'thief')
  // The zombie's background renewal may win the race for the counter: then the thief tries again.
  const stolen = taken ?? await until('theft', async () => { const [lease] = await table.scan(); return lease === undefined ? null : table.take(lease, 'thief') })
  const error = await zombie.commit().then(() => null, (e: ConnectError) => e)
  t.match(error, { kind: 'transient', code: 'KINESIS_LEASE_LOST' })
  const [after] = await table.scan()
  t.equal(after?.checkpoint, 'TRIM_HORIZON')
  t.equal(after?.owner, 'thief')
  t.equal(after?.ownerSwitches, stolen.ownerSwitches)
  await until('told', async () => { await zombie.step(); return zombie.events.some(({ event }) => event === 'lost') })
})

t.test('after a clean stop another worker goes on within a second, without gap or repeat', async t => {
  const stream = await createStream(t, 2)
  const app = { 'stream.name': stream.name, 'application.name': uniqueName('app'), 'failover.ms': 4000 }
  await stream.put(numbered('first', 100))
  const a = await openFeed(t, app, 'a')
  await until('read', async () => { await stepAll(a); return a.texts.length === 100 })
  const b = await openFeed(t, app, 'b')
  await a.feed.close()
  const begun = performance.now()
  await until('taken over', async () => { await stepAll(b); return b.owned.size === 2 })
  t.ok(performance.now() - begun < 3000, 'sooner than the leases expire')
  await stream.put(numbered('second', 100))
  await until('read on', async () => { await stepAll(b); return b.texts.length >= 100 })
  t.same([...b.texts].sort(), numbered('second', 100).sort())
})

t.test('after kill -9 the leases expire, and nothing that was not committed is lost', async t => {
  const stream = await createStream(t, 2)
  const app = { 'stream.name': stream.name, 'application.name': uniqueName('app'), 'failover.ms': 1000 }
  await stream.put(numbered('r', 400))
  const child = startReader(t, app)
  await until('child reads', () => child.texts.length > 0)
  await child.kill()
  await stream.put(numbered('r', 200, 400))
  const begun = performance.now()
  const heir = await openFeed(t, app)
  await until('taken over', async () => { await stepAll(heir); return heir.owned.size === 2 })
  const waited = performance.now() - begun
  t.ok(waited > 900, `not before the leases expired (${Math.round(waited)} ms)`)
  await until('everything', async () => {
    await stepAll(heir)
    return new Set([...child.texts, ...heir.texts]).size === 600
  })
  t.same(new Set([...child.texts, ...heir.texts]), new Set(numbered('r', 600)))
})

t.test('leases are renewed while the sink takes its time between polls', async t => {
  const stream = await createStream(t, 1)
  const app = { 'stream.name': stream.name, 'application.name': uniqueName('app'), 'failover.ms': 1500 }
  const a = await openFeed(t, app, 'a')
  await until('owned', async () => { await a.step(); return a.owned.size === 1 })
  const b = await openFeed(t, app, 'b')
  const end = performance.now() + 3500
  while (performance.now() < end) await b.step()
  await stream.put(['r'])
  await until('record', async () => { await a.step(); return a.texts.length === 1 })
  await a.commit()
  t.equal(b.owned.size, 0)
  t.same(a.events.map(({ event }) => event), ['assigned'])
})

t.test('a lease of a shard that has aged out of the stream ends, and its task goes on', async t => {
  const stream = await createStream(t, 1)
  const app = { 'stream.name': stream.name, 'application.name': uniqueName('app') }
  const table = await openTable(t, app['application.name'])
  const gone = { key: 'shardId-000000000099', owner: null, counter: 0, checkpoint: '000000000000000000000000000017', subSequence: 0, ownerSwitches: 0, parents: [], children: [], startingHashKey: '0', endingHashKey: '1' }
  await table.create(gone)
  await stream.put(['r'])
  const open = await openFeed(t, app)
  await until('record', async () => { await open.step(); return open.texts.length === 1 })
  await until('end', async () => { await open.step(); return (await table.get(gone.key))?.checkpoint === 'SHARD_END' })
  t.equal(open.owned.has(99), false)
})

t.test('a lease that was lost and taken again starts anew from the checkpoint', async t => {
  const stream = await createStream(t, 1)
  const app = { 'stream.name': stream.name, 'application.name': uniqueName('app'), 'failover.ms': 2000 }
  await stream.put(numbered('r', 10))
  const open = await openFeed(t, app)
  await until('records', async () => { await open.step(); return open.texts.length === 10 })
  const table = await openTable(t, app['application.name'])
  const thief = await until('theft', async () => { const [lease] = await table.scan(); return lease === undefined ? null : table.take(lease, 'thief') })
  const checkpointed = await table.checkpoint(thief, String(BigInt(open.batches[0]?.records[4]?.offset ?? 0) >> 24n).padStart(30, '0'), 0)
  if (checkpointed !== null) await table.release(checkpointed)
  open.texts.length = 0
  await until('rest', async () => { await open.step(); return open.texts.length >= 5 })
  t.same(open.texts, numbered('r', 5, 5))
  t.same(open.events.map(({ event }) => event), ['assigned', 'lost', 'assigned'])
})
