import { mkdtempSync, readdirSync, readlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { MemoryPool } from '../src/memory.ts'
import { measureMemory } from './memory-load.ts'
import { createBucket, createSink, idsOf, order, orders, range, sinkConfig } from './helpers.ts'

const padding = 'x'.repeat(400)

t.test('files beyond the memory move to disk, and stay one object for each directory', async t => {
  const bucket = await createBucket(t)
  const folder = mkdtempSync(join(tmpdir(), 'buffers-'))
  const sink = await createSink(t, sinkConfig(bucket.name, { 'rotate.age.ms': '600000', 'buffer.memory': '1048576', 'buffer.dir': folder, 'flush.on.close': 'true' }))
  const value = (i: number) => ({ orderid: String(i), padding })
  for (let i = 0; i < 9000; i += 500) await sink.task.put(range(i, i + 500).map(j => order(j, `ot=${(j * 7919) % 150}/`, { value: value(j) })))
  t.ok(openBelow(folder) > 0, 'there are spilled files')
  t.same(readdirSync(folder), [], 'without names, so that nothing is left of them even after a kill')
  t.same(await bucket.keys(), [], 'nothing ended early')
  await sink.task.close?.([orders], 'revoked')
  t.equal((await bucket.keys()).length, 150)
  t.same(idsOf(await bucket.lines()), range(0, 9000).map(String))
  await sink.task.stop?.()
  t.equal(openBelow(folder), 0, 'the disk is given back')
})

/** How many files below a folder this process has open. */
function openBelow (folder: string): number {
  return readdirSync('/proc/self/fd').filter(name => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`).startsWith(folder)
    } catch {
      return false
    }
  }).length
}

t.test('where the disk takes nothing the coldest files are stored early', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { 'rotate.age.ms': '600000', 'buffer.memory': '1048576', 'buffer.dir': join(tmpdir(), 'buffers-that-are-not-there'), 'flush.on.close': 'true' }))
  for (let i = 0; i < 6000; i += 500) await sink.task.put(range(i, i + 500).map(j => order(j, `ot=${j % 20}/`, { value: { orderid: String(j), padding } })))
  await sink.task.close?.([orders], 'revoked')
  t.match(sink.warnings, [/^Buffers cannot move to disk/])
  t.same(idsOf(await bucket.lines()), range(0, 6000).map(String))
})

t.test('a commit of everything goes through several stages, and keeps every record', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { 'rotate.age.ms': '600000', 'flush.on.close': 'true', 'timestamp.extractor': 'Record', 'late.after.ms': '1000', 'late.policy': 'side' }))
  for (const i of range(0, 40)) await sink.task.put([order(i, `ot=${i}/`, { value: { orderid: String(i), padding: 'x'.repeat(900_000) } })])
  await sink.task.close?.([orders], 'revoked')
  t.same(idsOf(await bucket.lines()), range(0, 40).map(String))
  t.same((await bucket.keys('_tributary/')).filter(key => key.includes('.stage-')), [], 'stages are deleted')
  t.equal((JSON.parse((await bucket.bytes('_tributary/orders-s3/orders/0.json')).toString()) as { position: number }).position, 40)
})

for (const [format, boundMb] of [['json', 350], ['parquet', 500]] as const) t.test(`large files of ten partitions that are stored together take turns with the memory: ${format}`, { timeout: 120_000 }, async t => {
  const bucket = await createBucket(t)
  const { records, peakMb } = await measureMemory(bucket.name, { partitions: 10, directories: 1, megabytes: 300, keys: { 'format.class': format } })
  t.equal((await bucket.keys()).length, 10)
  t.ok(records > 700_000)
  t.ok(peakMb < boundMb, `a peak of ${peakMb} MB`)
})

t.test('without room on disk the coldest files are stored early', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { 'rotate.age.ms': '600000', 'buffer.memory': '1048576', 'buffer.disk': '0', 'flush.on.close': 'true' }))
  for (let i = 0; i < 6000; i += 500) await sink.task.put(range(i, i + 500).map(j => order(j, `ot=${j % 20}/`, { value: { orderid: String(j), padding } })))
  await sink.task.close?.([orders], 'revoked')
  t.ok((await bucket.keys()).length > 20)
  t.same(idsOf(await bucket.lines()), range(0, 6000).map(String))
})

t.test('a task that gives up a partition drops what is not stored, unless told to store it', async t => {
  const bucket = await createBucket(t)
  const raw = sinkConfig(bucket.name, { 'rotate.age.ms': '600000' })
  const first = await createSink(t, raw)
  await first.task.put([order(0)])
  await first.task.close?.([orders], 'revoked')
  t.same(await bucket.keys(), [])
  const second = await createSink(t, { ...raw, 'flush.on.close': 'true' })
  await second.task.put([order(0)])
  await second.task.close?.([orders], 'revoked')
  t.equal((await bucket.keys()).length, 1)
})

t.test('blocks that lie thinly in many slabs count as torn memory, which serves blocks of any size once they are back', async t => {
  const megabyte = 1024 * 1024
  const pool = new MemoryPool(4 * megabyte)
  const blocks = Array.from({ length: 40 * 64 }, () => pool.take(16_384))
  t.equal(pool.used, 40 * megabyte)
  const kept = blocks.filter((block, i) => {
    if (i % 64 === 0) return true
    pool.give(block)
    return false
  })
  t.ok(pool.used < pool.limit)
  t.ok(pool.isTorn, 'one block of each slab is in use')
  const memory = new Set(kept.map(block => block.bytes.buffer))
  for (const block of kept.slice(1)) pool.give(block)
  t.notOk(pool.isTorn)
  t.ok(memory.has(pool.take(1024).bytes.buffer), 'a block of another size lies in the same memory')
})
