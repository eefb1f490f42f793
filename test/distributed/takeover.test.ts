import { appendFile, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { uniqueName, until } from '@tributary/testing'
import { startWorker, type ConnectProcess, type Kind } from '../conformance/connect-process.ts'
import { groupKeys } from './group-keys.ts'
import { request } from './request.ts'

/** A cluster's names, and a source and a sink that both kinds of worker have. */
class Cluster {
  readonly folder: string
  // Names that no other test has: a sink's consumer group carries its name, and one that was killed stays in it for a while.
  readonly source = uniqueName('src')
  readonly sink = uniqueName('snk')
  readonly asleep = uniqueName('asleep')
  readonly #group = uniqueName('connect')
  readonly #topic = uniqueName('lines')
  #written = 0

  private constructor (folder: string) { this.folder = folder }

  static async make (): Promise<Cluster> {
    const cluster = new Cluster(await mkdtemp(join(tmpdir(), 'tributary-takeover-')))
    await writeFile(cluster.#input, '')
    return cluster
  }

  get #input (): string { return join(this.folder, 'in.txt') }

  get #output (): string { return join(this.folder, 'out.txt') }

  async worker (t: Test, kind: Kind): Promise<ConnectProcess> {
    const worker = await startWorker(kind, { mode: 'distributed', folder: this.folder, keys: { ...groupKeys(this.#group), 'session.timeout.ms': '6000', 'heartbeat.interval.ms': '1000' } })
    t.teardown(() => worker.stop('SIGKILL'))
    return worker
  }

  async create (worker: ConnectProcess): Promise<void> {
    await request(worker, 'PUT', `/connectors/${this.source}/config`, { 'connector.class': 'org.apache.kafka.connect.file.FileStreamSourceConnector', file: this.#input, topic: this.#topic })
    await request(worker, 'PUT', `/connectors/${this.sink}/config`, { 'connector.class': 'org.apache.kafka.connect.file.FileStreamSinkConnector', file: this.#output, topics: this.#topic, 'tasks.max': '2' })
    await request(worker, 'POST', '/connectors', { name: this.asleep, config: { 'connector.class': 'org.apache.kafka.connect.file.FileStreamSourceConnector', file: '/nowhere', topic: this.#topic }, initial_state: 'STOPPED' })
  }

  /** Writes lines and waits until all lines ever written have come out, each once. */
  async flow (count: number): Promise<void> {
    const lines = Array.from({ length: count }, (_, i) => `line ${this.#written + i}\n`)
    this.#written += count
    await appendFile(this.#input, lines.join(''))
    await until(`all ${this.#written} lines come out`, async () => (await this.out()).length >= this.#written, 60_000)
  }

  get expected (): string[] { return Array.from({ length: this.#written }, (_, i) => `line ${i}`).toSorted() }

  async out (): Promise<string[]> {
    const text = await readFile(this.#output, 'utf8').catch(() => '')
    return text.split('\n').slice(0, -1).toSorted()
  }
}

interface Status { connector: { state: string, worker_id: string }, tasks: { state: string, worker_id: string }[] }

async function untilRunning (cluster: Cluster, worker: ConnectProcess, on?: (workers: Set<string>) => boolean): Promise<void> {
  await until('all connectors and tasks run', async () => {
    const all = await request(worker, 'GET', '/connectors?expand=status') as Record<string, { status: Status }>
    const parts = [all[cluster.source]?.status, all[cluster.sink]?.status].flatMap(status => status === undefined ? [] : [status.connector, ...status.tasks])
    const workers = new Set(parts.map(part => part.worker_id))
    return parts.length === 5 && parts.every(part => part.state === 'RUNNING') && (on?.(workers) ?? true)
  }, 60_000)
}

/** What must be the same before and after. Versions are of the connectors' own. */
async function picture (cluster: Cluster, worker: ConnectProcess): Promise<unknown> {
  const config = async (name: string): Promise<unknown> => await request(worker, 'GET', `/connectors/${name}/config`)
  const all = await request(worker, 'GET', '/connectors?expand=status') as Record<string, { status: Status }>
  return {
    configs: [await config(cluster.source), await config(cluster.sink), await config(cluster.asleep)],
    tasks: [await request(worker, 'GET', `/connectors/${cluster.source}/tasks`), await request(worker, 'GET', `/connectors/${cluster.sink}/tasks`)],
    states: [cluster.source, cluster.sink, cluster.asleep].map(name => all[name]?.status.connector.state),
    offsets: await request(worker, 'GET', `/connectors/${cluster.source}/offsets`)
  }
}

t.test('Tributary takes over a Java cluster, and hands it back: same connectors, states and offsets, no line lost or repeated', { timeout: 240_000 }, async t => {
  const cluster = await Cluster.make()
  let worker = await cluster.worker(t, 'java')
  await cluster.create(worker)
  await untilRunning(cluster, worker)
  await cluster.flow(1000)
  let before: unknown
  for (const kind of ['tributary', 'java', 'tributary'] as const) {
    // Offsets are written at the end of a task, so the picture of them is taken from the next worker.
    await worker.stop()
    worker = await cluster.worker(t, kind)
    await untilRunning(cluster, worker)
    const now = await picture(cluster, worker)
    if (before !== undefined) t.match(now, { configs: (before as { configs: unknown[] }).configs, tasks: (before as { tasks: unknown[] }).tasks, states: ['RUNNING', 'RUNNING', 'STOPPED'] }, `${kind} shows what was there before`)
    before = now
    await cluster.flow(1000)
  }
  t.same(await cluster.out(), cluster.expected)
})

t.test('a Java worker and a Tributary worker share one group, and each takes over from the other', { timeout: 240_000 }, async t => {
  const cluster = await Cluster.make()
  const java = await cluster.worker(t, 'java')
  await cluster.create(java)
  await untilRunning(cluster, java)
  const ours = await cluster.worker(t, 'tributary')
  await untilRunning(cluster, ours, workers => workers.size === 2)
  await cluster.flow(1000)
  await java.stop()
  await untilRunning(cluster, ours, workers => workers.size === 1)
  await cluster.flow(1000)
  const again = await cluster.worker(t, 'java')
  await untilRunning(cluster, again, workers => workers.size === 2)
  await cluster.flow(1000)
  await ours.stop()
  await untilRunning(cluster, again, workers => workers.size === 1)
  await cluster.flow(1000)
  t.same(await cluster.out(), cluster.expected)
})
