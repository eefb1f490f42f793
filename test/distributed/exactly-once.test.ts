import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { kafkaBootstrap, uniqueName, until } from '@tributary/testing'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { startWorker, type ConnectProcess, type Kind } from '../conformance/connect-process.ts'
import { groupKeys } from './group-keys.ts'
import { LineWriter, recordsOf } from './lines.ts'

const kills = Number(process.env.TRIBUTARY_KILLS ?? 4)
const lines = 200_000
const plugins = fileURLToPath(new URL('../../packages/runtime/test/fixtures', import.meta.url))

class Cluster {
  readonly folder: string
  readonly topic = uniqueName('once')
  readonly connector = uniqueName('once')
  readonly group = uniqueName('connect-once')

  private constructor (folder: string) { this.folder = folder }

  static async make (): Promise<Cluster> { return new Cluster(await mkdtemp(join(tmpdir(), 'tributary-once-'))) }

  get input (): string { return join(this.folder, 'in.txt') }

  async worker (t: Test, kind: Kind = 'tributary'): Promise<ConnectProcess> {
    const worker = await startWorker(kind, {
      mode: 'distributed', folder: this.folder,
      keys: {
        ...groupKeys(this.group), 'session.timeout.ms': '6000', 'heartbeat.interval.ms': '1000', 'exactly.once.source.support': 'enabled', 'scheduled.rebalance.max.delay.ms': '0',
        ...kind === 'tributary' ? { 'plugin.path': plugins } : {}
      }
    })
    t.teardown(() => worker.stop('SIGKILL'))
    return worker
  }

  async create (worker: ConnectProcess, keys: Record<string, string>): Promise<void> {
    await request(worker, 'PUT', `/connectors/${this.connector}/config`, {
      'connector.class': 'org.apache.kafka.connect.file.FileStreamSourceConnector', file: this.input, topic: this.topic, 'exactly.once.support': 'required', ...keys
    })
  }

  /** The worker that runs the task, as one of them sees it; null: none. */
  async runner (worker: ConnectProcess): Promise<string | null> {
    const { tasks: [task] } = await request(worker, 'GET', `/connectors/${this.connector}/status`) as { tasks: { state: string, worker_id: string, trace?: string }[] }
    if (task?.state === 'FAILED') throw new Error(task.trace)
    return task?.state === 'RUNNING' ? `http://${task.worker_id}` : null
  }

  async untilRunning (worker: ConnectProcess): Promise<void> { await until('the task runs', async () => await this.runner(worker) === worker.url, 60_000) }

  /** Waits until so many records are committed, and gives them. */
  async untilCommitted (count: number, topic = this.topic): Promise<string[]> {
    return await until(`${count} records are committed`, async () => {
      const seen = await this.committed(topic)
      if (seen.length < count) throw new Error(`only ${seen.length} are`)
      return seen
    }, 120_000)
  }

  async offsets (worker: ConnectProcess): Promise<unknown> { return (await request(worker, 'GET', `/connectors/${this.connector}/offsets`) as { offsets: unknown }).offsets }

  /** What a reader of committed records sees. */
  async committed (topic = this.topic): Promise<string[]> {
    const seen: string[] = []
    await recordsOf({ 'bootstrap.servers': kafkaBootstrap(), 'isolation.level': 'read_committed' }, topic, ({ value }) => { if (value !== null) seen.push(Buffer.from(value).toString()) })
    return seen
  }
}

async function request (worker: ConnectProcess, method: string, path: string, body?: unknown): Promise<unknown> {
  return await until(`${method} ${path}`, async () => {
    const answer = await fetch(`${worker.url}${path}`, { method, ...body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } })
    const text = await answer.text()
    if (answer.status >= 400) throw new Error(`${answer.status} ${text}`)
    return { body: text === '' ? null : JSON.parse(text) as unknown }
  }, 60_000).then(({ body }) => body)
}

/** Lines of a file. */
function numbered (from: number, to: number): string { return Array.from({ length: to - from }, (_, i) => `line ${from + i}\n`).join('') }

function texts (from: number, to: number): string[] { return Array.from({ length: to - from + 1 }, (_, i) => String(from + i)) }

t.test('a worker that is killed again and again writes each line exactly once', { timeout: 1_800_000 }, async t => {
  const cluster = await Cluster.make()
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
  const cluster = await Cluster.make()
  const workers = [await cluster.worker(t), await cluster.worker(t)] as const
  const writer = new LineWriter(cluster.input, { prefix: 'line', linesPerSecond: 5000 })
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

t.test('transactions end as transaction.boundary says', { timeout: 300_000 }, async t => {
  const cluster = await Cluster.make()
  const worker = await cluster.worker(t)
  const create = async (name: string, keys: Record<string, string>): Promise<string> => {
    const topic = uniqueName(name)
    await request(worker, 'PUT', `/connectors/${topic}/config`, { topic, 'exactly.once.support': 'required', ...keys })
    return topic
  }
  const poll = await create('poll', { 'connector.class': 'CountingSource', count: '200' })
  const interval = await create('interval', { 'connector.class': 'CountingSource', count: '200', 'transaction.boundary': 'INTERVAL', 'transaction.boundary.interval.ms': '60000' })
  const idle = await create('idle', { 'connector.class': 'CountingSource', count: '20', 'pause.ms': '600000', 'transaction.boundary': 'interval', 'transaction.boundary.interval.ms': '500' })
  const bounded = await create('bounded', { 'connector.class': 'BoundedSource', count: '40', 'transaction.boundary': 'connector' })
  const size = async (connector: string): Promise<number> => {
    const page = await (await fetch(`${worker.url}/metrics`)).text()
    return Number(new RegExp(`^connect_source_task_transaction_size_max\\{connector="${connector}",task="0"\\} (.*)$`, 'm').exec(page)?.[1])
  }
  t.same(await cluster.untilCommitted(200, poll), texts(1, 200))
  t.equal(await size(poll), 10)
  t.same(await cluster.untilCommitted(200, interval), texts(1, 200), 'the source has ended, so nobody waits for the interval')
  t.equal(await size(interval), 200)
  t.same(await cluster.untilCommitted(10, idle), texts(1, 10), 'the interval ends while the source gives nothing')
  t.same(await cluster.untilCommitted(28, bounded), [...texts(1, 8), ...texts(11, 16), ...texts(21, 28), ...texts(31, 36)])
  await until('the offset is that of the last transaction, though it was aborted', async () => {
    const { offsets } = await request(worker, 'GET', `/connectors/${bounded}/offsets`) as { offsets: { offset: { n: number } }[] }
    return offsets[0]?.offset.n === 40
  })
  const refused = await fetch(`${worker.url}/connector-plugins/CountingSource/config/validate`, {
    method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'x', 'connector.class': 'CountingSource', topic: 'x', 'transaction.boundary': 'connector' })
  })
  t.match(await refused.text(), /does not support connector-defined transaction boundaries/)
})

t.test('a connector with an offset topic of its own leaves a copy in the worker\'s, and its offsets can be changed', { timeout: 300_000 }, async t => {
  const cluster = await Cluster.make()
  const worker = await cluster.worker(t)
  const own = `${cluster.topic}-offsets`
  await writeFile(cluster.input, numbered(0, 10))
  await cluster.create(worker, { 'offsets.storage.topic': own })
  t.equal((await cluster.untilCommitted(10)).length, 10)
  const offset = JSON.stringify({ position: numbered(0, 10).length })
  t.same(await cluster.untilCommitted(1, own), [offset])
  t.same(await cluster.untilCommitted(1, `${cluster.group}-offset`), [offset])
  await request(worker, 'PUT', `/connectors/${cluster.connector}/stop`)
  await request(worker, 'PATCH', `/connectors/${cluster.connector}/offsets`, { offsets: [{ partition: { filename: cluster.input }, offset: { position: numbered(0, 5).length } }] })
  t.match(await cluster.offsets(worker), [{ offset: { position: numbered(0, 5).length } }])
  await request(worker, 'PUT', `/connectors/${cluster.connector}/resume`)
  t.same((await cluster.untilCommitted(15)).slice(10), Array.from({ length: 5 }, (_, i) => `line ${5 + i}`))
  await request(worker, 'PUT', `/connectors/${cluster.connector}/stop`)
  await request(worker, 'DELETE', `/connectors/${cluster.connector}/offsets`)
  t.same(await cluster.offsets(worker), [])
})

t.test('a Java worker takes an exactly-once source over from one that was killed, and the other way round', { timeout: 300_000 }, async t => {
  const cluster = await Cluster.make()
  const writer = new LineWriter(cluster.input, { prefix: 'line', linesPerSecond: 2000 })
  t.teardown(() => writer.stop())
  for (const kind of ['tributary', 'java', 'tributary'] as const) {
    const worker = await cluster.worker(t, kind)
    if (writer.written < 1000 || kind === 'tributary') await cluster.create(worker, {})
    await cluster.untilRunning(worker)
    const before = (await cluster.committed()).length
    await cluster.untilCommitted(before + 2000)
    if (kind === 'tributary' && before > 0) {
      await writer.stop()
      const seen = await cluster.untilCommitted(writer.written)
      t.same([seen.length, new Set(seen).size], [writer.written, writer.written])
    }
    await worker.stop('SIGKILL')
  }
})
