import { writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '@tributary/testing'
import t from 'tap'
import { ExactlyOnceCluster, numbered } from './exactly-once-cluster.ts'
import { LineWriter } from './lines.ts'

const kills = Number(process.env.TRIBUTARY_KILLS ?? 3)
// The check has more of both.
const lines = Number(process.env.TRIBUTARY_LINES ?? 60_000)

t.test('a worker that is killed again and again writes each line exactly once', { timeout: 1_800_000 }, async t => {
  const cluster = await ExactlyOnceCluster.make()
  await writeFile(cluster.input, numbered(0, lines))
  let worker = await cluster.worker(t)
  await cluster.create(worker, { 'batch.size': '100' })
  for (let kill = 0; kill < kills; kill++) {
    await cluster.untilRunning(worker)
    await sleep(100 + Math.random() * 1000)
    await worker.stop('SIGKILL')
    worker = await cluster.worker(t)
  }
  await cluster.untilRunning(worker)
  const seen = await cluster.untilCommitted(lines)
  t.same([seen.length, new Set(seen).size], [lines, lines])
  t.match(await cluster.offsets(worker), [{ offset: { position: numbered(0, lines).length } }])
  t.equal(await worker.stop(), 0)
})

t.test('a worker that was frozen while another took over writes nothing any more', { timeout: 300_000 }, async t => {
  const cluster = await ExactlyOnceCluster.make()
  const workers = [await cluster.worker(t), await cluster.worker(t)] as const
  const writer = new LineWriter(cluster.input, { prefix: 'line', linesPerSecond: 1000 })
  t.teardown(() => writer.stop())
  await cluster.create(workers[0], { 'batch.size': '50' })
  const frozen = await until('the task runs', async () => {
    const url = await cluster.runner(workers[0])
    return workers.find(worker => worker.url === url)
  }, 60_000)
  const other = workers.find(worker => worker !== frozen)!
  await cluster.untilCommitted(1000)
  frozen.signal('SIGSTOP')
  await cluster.untilRunning(other)
  const before = (await cluster.committed()).length
  await cluster.untilCommitted(before + 1000)
  frozen.signal('SIGCONT')
  await until('the frozen worker is back and knows who runs the task', async () => (await fetch(`${frozen.url}/connectors`)).status === 200 && await cluster.runner(frozen) !== null, 60_000)
  await writer.stop()
  const seen = await cluster.untilCommitted(writer.written)
  t.same([seen.length, new Set(seen).size], [writer.written, writer.written])
})

t.test('a Java worker takes an exactly-once source over from one that was killed, and the other way round', { timeout: 500_000 }, async t => {
  const cluster = await ExactlyOnceCluster.make()
  const writer = new LineWriter(cluster.input, { prefix: 'line', linesPerSecond: 2000 })
  t.teardown(() => writer.stop())
  for (const kind of ['tributary', 'java', 'tributary'] as const) {
    const worker = await cluster.worker(t, kind)
    if (kind === 'tributary') await cluster.create(worker, {})
    await cluster.untilRunning(worker)
    await cluster.untilCommitted((await cluster.committed()).length + 2000)
    await worker.stop('SIGKILL')
  }
  const last = await cluster.worker(t)
  await writer.stop()
  const seen = await cluster.untilCommitted(writer.written)
  t.same([seen.length, new Set(seen).size], [writer.written, writer.written])
  await last.stop()
})
