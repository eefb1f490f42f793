import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { createBucket, sinkConfig } from './helpers.ts'
import type { TestBucket } from './helpers.ts'

const feeder = fileURLToPath(new URL('feeder.ts', import.meta.url))

interface Run { partitions: number, records: number, directories: number, step?: bigint }

function startFeeder (t: Test, raw: Record<string, string>, { partitions, records, directories, step = 1n }: Run) {
  const child = spawn(process.execPath, ['--conditions=@tributary/source', feeder, JSON.stringify(raw), ...[partitions, records, directories, step].map(String)], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  t.teardown(() => { child.kill('SIGKILL') })
  let errors = ''
  child.stderr.on('data', text => { errors += String(text) })
  const ended = once(child, 'exit').then(([code]) => ({ code: code as number | null, errors }))
  const opened = once(child.stdout, 'data')
  return { child, opened, ended }
}

async function duplicatesAndGaps (bucket: TestBucket, { partitions, records }: Run, prefix?: string): Promise<{ twice: string[], missing: string[] }> {
  const seen = new Set<string>()
  const twice: string[] = []
  for (const line of await bucket.lines(prefix)) {
    const { id } = JSON.parse(line) as { id: string }
    if (seen.has(id)) twice.push(id)
    seen.add(id)
  }
  const missing: string[] = []
  for (let p = 0; p < partitions; p++) for (let i = 0; i < records; i++) if (!seen.has(`${p}/${i}`)) missing.push(`${p}/${i}`)
  return { twice, missing }
}

async function killOften (t: Test, raw: Record<string, string>, run: Run, kills: number): Promise<void> {
  for (let kill = 0; kill < kills; kill++) {
    const { child, ended } = startFeeder(t, raw, run)
    // From before the first claim until deep in the commits.
    await Promise.race([sleep(250 + Math.random() * 900), ended])
    child.kill('SIGKILL')
    await ended
  }
  const { ended } = startFeeder(t, raw, run)
  const { code, errors } = await ended
  t.equal(code, 0, errors)
}

t.test('after kill -9 at any moment every record is in the objects once', async t => {
  const bucket = await createBucket(t)
  const run = { partitions: 3, records: 3_000, directories: 40 }
  const raw = sinkConfig(bucket.name, { 'flush.size': '50', 'rotate.idle.ms': '300', 'rotate.age.ms': '700', 's3.compression.type': 'gzip' })
  await killOften(t, raw, run, 6)
  t.same(await duplicatesAndGaps(bucket, run), { twice: [], missing: [] })
})

t.test('the same with sequence numbers of Kinesis', async t => {
  const bucket = await createBucket(t)
  const run = { partitions: 2, records: 5_000, directories: 300, step: 123_456_789_012_345n }
  const raw = sinkConfig(bucket.name, { 'rotate.bytes': '4000', 'rotate.age.ms': '400', 'buffer.memory': '1048576', 'buffer.disk': '2000000' })
  await killOften(t, raw, run, 4)
  t.same(await duplicatesAndGaps(bucket, run), { twice: [], missing: [] })
})

t.test('the same when the directory depends on the clock', async t => {
  const bucket = await createBucket(t)
  const run = { partitions: 2, records: 4_000, directories: 5 }
  const raw = sinkConfig(bucket.name, {
    'flush.size': '300', 'rotate.idle.ms': '200', 'partition.header': 'none', 'partitioner.class': 'TimeBasedPartitioner', 'path.format': "'second='ss", locale: 'en', timezone: 'UTC',
    'partition.duration.ms': '1000'
  })
  await killOften(t, raw, run, 4)
  t.same(await duplicatesAndGaps(bucket, run), { twice: [], missing: [] })
})

t.test('the same with a raw copy, which has the records that did not come through too', async t => {
  const bucket = await createBucket(t)
  const run = { partitions: 2, records: 4_000, directories: 200, step: 123_456_789n }
  const raw = sinkConfig(bucket.name, {
    'rotate.bytes': '4000', 'rotate.age.ms': '500', 'raw.copy': 'true', 'raw.copy.rotate.bytes': '10000', 'raw.copy.rotate.age.ms': '700', 'raw.copy.path.format': 'HH/mm', 's3.compression.type': 'gzip'
  })
  await killOften(t, raw, run, 6)
  t.same(await duplicatesAndGaps(bucket, run, 'raw/'), { twice: [], missing: [] })
  const { twice, missing } = await duplicatesAndGaps(bucket, run)
  t.same(twice, [])
  t.same(missing, [0, 1].flatMap(partition => Array.from({ length: 800 }, (_, i) => `${partition}/${i * 5}`)))
})

t.test('a worker that stands still, is replaced and goes on later changes nothing', async t => {
  const bucket = await createBucket(t)
  const run = { partitions: 2, records: 4_000, directories: 60 }
  const raw = sinkConfig(bucket.name, { 'flush.size': '40', 'rotate.idle.ms': '300' })
  const zombies = []
  for (let i = 0; i < 4; i++) {
    const zombie = startFeeder(t, raw, run)
    zombies.push(zombie)
    // One that has not claimed its partitions yet would be the rightful owner when it goes on.
    await Promise.race([zombie.opened, zombie.ended])
    await Promise.race([sleep(Math.random() * 600), zombie.ended])
    zombie.child.kill('SIGSTOP')
  }
  const owner = startFeeder(t, raw, run)
  await owner.opened
  for (const { child } of zombies) child.kill('SIGCONT')
  const { code, errors } = await owner.ended
  t.equal(code, 0, errors)
  // Time for the zombies to finish what they had begun.
  for (const { child, ended } of zombies) {
    await Promise.race([sleep(300), ended])
    child.kill('SIGKILL')
    await ended
  }
  t.same(await duplicatesAndGaps(bucket, run), { twice: [], missing: [] })
})
