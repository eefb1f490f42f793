import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { openKafka } from '@tributary/runtime/kafka'
import { startKafka, until, type LocalKafka } from '@tributary/testing'
import { startWorker, type ConnectProcess } from '../conformance/connect-process.ts'
import { groupKeys } from './group-keys.ts'
import { Count, linesOf, LineWriter, recordsOf } from './lines.ts'
import { monotonicMs, overlapsOf, runsOf } from './runs.ts'

const topic = 'lines'
const partitions = 5
const sources = ['source-0', 'source-1', 'source-2', 'source-3']
/** How many tasks each sink has. */
const sinks: Readonly<Record<string, number>> = { 'sink-0': 5, 'sink-1': 5, 'sink-2': 4, 'sink-3': 4, 'sink-4': 4, 'sink-5': 4 }
const connectors = 10
const tasks = 30
const linesPerSecond = 250
/** A paused worker that comes back must find out, and stop what others run now, in this time. */
const awakeMs = 8000
const plugins = fileURLToPath(new URL('witness', import.meta.url))

/** Waits for what costs the workers much to answer, so not asked too often. */
async function eventually (what: string, condition: () => Promise<boolean>): Promise<void> {
  await until(what, async () => {
    const holds = await condition()
    if (!holds) await sleep(400)
    return holds
  }, 60_000)
}

interface Status { connector: { state: string, worker_id: string }, tasks: { id: number, state: string, worker_id: string }[] }
interface Offset { readonly partition: { readonly kafka_partition?: number }, readonly offset: { readonly position?: number, readonly kafka_offset?: number } }

/** Workers of one group on a Kafka of their own. */
class Cluster {
  readonly workers: ConnectProcess[] = []
  readonly kafka: LocalKafka
  readonly settings: { readonly 'bootstrap.servers': string }
  readonly #t: Test
  readonly #folder: string

  constructor (t: Test, folder: string, kafka: LocalKafka) {
    this.#t = t
    this.#folder = folder
    this.kafka = kafka
    this.settings = { 'bootstrap.servers': kafka.bootstrap }
  }

  async start (): Promise<ConnectProcess> {
    const worker = await startWorker('tributary', {
      mode: 'distributed', folder: this.#folder, bootstrap: this.kafka.bootstrap,
      keys: {
        ...groupKeys('cluster'), 'plugin.path': plugins, 'session.timeout.ms': '6000', 'heartbeat.interval.ms': '500', 'task.shutdown.graceful.timeout.ms': '15000', 'offset.flush.timeout.ms': '10000',
        // Sinks that were killed are members of their own groups for as long.
        'consumer.session.timeout.ms': '6000', 'consumer.heartbeat.interval.ms': '500'
      }
    })
    this.#t.teardown(() => worker.stop('SIGKILL'))
    this.workers.push(worker)
    return worker
  }

  async ask<T> (method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.workers[0]?.url}${path}`, { method, ...body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } })
    const text = await answer.text()
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return (text === '' ? null : JSON.parse(text)) as T
  }

  file (name: string): string { return join(this.#folder, `${name}.txt`) }

  async create (): Promise<void> {
    const admin = await openKafka().admin(this.settings)
    await admin.create({ name: topic, partitions, replicationFactor: 1, configs: {} })
    await admin.close()
    const configs = [
      ...sources.map(name => ({ name, 'connector.class': 'test.WitnessedSourceConnector', topic })),
      ...Object.entries(sinks).map(([name, count]) => ({ name, 'connector.class': 'test.WitnessedSinkConnector', topics: topic, 'tasks.max': String(count) }))
    ]
    for (const config of configs) await this.ask('PUT', `/connectors/${config.name}/config`, { ...config, file: this.file(config.name), 'witness.file': this.file('witness') })
  }

  /** Forgets a worker that is gone. */
  gone (worker: ConnectProcess): void { this.workers.splice(this.workers.indexOf(worker), 1) }

  async #tasksIn (worker: ConnectProcess): Promise<number> {
    const text = await (await fetch(`${worker.url}/metrics`)).text()
    return Number(/^connect_worker_task_count(?:\{\})? (\d+)/m.exec(text)?.[1] ?? Number.NaN)
  }

  /** Waits until every connector and task runs, each on one worker that is there, evenly; what the workers themselves count must agree with the statuses. */
  async settled (what: string): Promise<void> {
    const live = this.workers.map(worker => new URL(worker.url).host)
    await eventually(what, async () => {
      const statuses = Object.values(await this.ask<Record<string, { status: Status }>>('GET', '/connectors?expand=status')).map(({ status }) => status)
      const all = statuses.flatMap(status => status.tasks)
      const parts = [...statuses.map(status => status.connector), ...all]
      if (parts.length !== connectors + tasks || !parts.every(part => part.state === 'RUNNING' && live.includes(part.worker_id))) return false
      const counts = live.map(host => all.filter(task => task.worker_id === host).length)
      const counted = await Promise.all(this.workers.map(worker => this.#tasksIn(worker)))
      return Math.max(...counts) - Math.min(...counts) <= 1 && JSON.stringify(counts) === JSON.stringify(counted)
    })
    this.#t.pass(what)
  }

  /** New lines for all sources; stopped when the test ends. */
  load (prefix: string): LineWriter[] {
    const writers = sources.map(name => new LineWriter(this.file(name), { prefix: `${name} ${prefix}`, linesPerSecond }))
    this.#t.teardown(() => Promise.all(writers.map(writer => writer.stop())))
    return writers
  }

  async #offsets (name: string): Promise<Offset[]> { return (await this.ask<{ offsets: Offset[] }>('GET', `/connectors/${name}/offsets`)).offsets }

  /** Where the sources stand in their files, in the order of their names; null before the first commit. */
  async positions (): Promise<(number | null)[]> {
    return await Promise.all(sources.map(async name => (await this.#offsets(name))[0]?.offset.position ?? null))
  }

  /** Where each sink stands in each partition. */
  async consumed (): Promise<(number | null)[][]> {
    return await Promise.all(Object.keys(sinks).map(async name => {
      const offsets = await this.#offsets(name)
      return Array.from({ length: partitions }, (_x, partition) => offsets.find(one => one.partition.kafka_partition === partition)?.offset.kafka_offset ?? null)
    }))
  }

  async sizes (): Promise<number[]> { return await Promise.all(sources.map(async name => (await stat(this.file(name))).size)) }

  async ends (): Promise<number[]> {
    const admin = await openKafka().admin(this.settings)
    try {
      return await admin.endOffsets(topic, 'read_uncommitted')
    } finally {
      await admin.close()
    }
  }

  /** Waits until all that is in the files now has gone through all sinks and is committed. */
  async flows (what: string): Promise<void> {
    const sizes = await this.sizes()
    await eventually(`the sources have read everything ${what}`, async () => (await this.positions()).every((position, i) => (position ?? 0) >= (sizes[i] ?? 0)))
    const ends = await this.ends()
    await eventually(`the sinks have written everything ${what}`, async () => (await this.consumed()).every(offsets => offsets.every((offset, i) => (offset ?? 0) >= (ends[i] ?? 0))))
  }
}

t.test('thirty tasks on three workers stay balanced, alone and exact through crashes, a broker restart, a pause, and a restart of all', { timeout: 280_000 }, async t => {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-cluster-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const kafka = await startKafka({ folder: join(folder, 'kafka'), isSmall: true, settings: { 'broker.session.timeout.ms': '3000', 'broker.heartbeat.interval.ms': '500' } })
  t.teardown(() => kafka.brokers[0]?.kill())
  const cluster = new Cluster(t, folder, kafka)
  const first = await cluster.start()
  const [second] = await Promise.all([cluster.start(), cluster.start()])
  await cluster.create()
  await cluster.settled('three workers share thirty tasks')

  const crashing = cluster.load('crash')
  await second.stop('SIGKILL')
  cluster.gone(second)
  await cluster.settled('two workers take over what a killed one ran')

  // The first worker was alone at the beginning, so it leads.
  await first.stop('SIGKILL')
  cluster.gone(first)
  const [paused] = await Promise.all([cluster.start(), cluster.start()])
  await cluster.settled('two new workers and the one left take over from the leader')

  await kafka.brokers[0]?.kill()
  await kafka.brokers[0]?.restart()
  await cluster.settled('everything runs after a restart of the broker')
  await cluster.flows('after a restart of the broker')

  const pausedAt = monotonicMs()
  paused.signal('SIGSTOP')
  cluster.gone(paused)
  await cluster.settled('two workers take over what a paused one ran')
  const resumedAt = monotonicMs()
  paused.signal('SIGCONT')
  cluster.workers.push(paused)
  await cluster.settled('the paused worker comes back')
  for (const writer of crashing) await writer.stop()
  await cluster.flows('after all crashes')

  const calm = cluster.load('calm')
  const all = [...cluster.workers]
  for (const old of all) {
    await old.stop()
    cluster.gone(old)
    await cluster.start()
  }
  await cluster.settled('all workers were replaced, one by one')
  for (const writer of calm) await writer.stop()
  await cluster.flows('after all')
  t.same(await cluster.positions(), await cluster.sizes(), 'the offsets of the sources are the ends of their files')
  const ends = await cluster.ends()
  t.same(await cluster.consumed(), Object.keys(sinks).map(() => ends), 'the offsets of the sinks are the ends of the topic')
  for (const worker of cluster.workers) await worker.stop()

  const runs = await runsOf(cluster.file('witness'))
  const stale = runs.filter(({ pid, beats }) => pid === paused.pid && (beats[0] ?? 0) < pausedAt)
  t.ok(stale.length > 0, 'the paused worker ran tasks')
  t.same(stale.filter(({ beats }) => (beats.at(-1) ?? 0) > resumedAt + awakeMs), [], 'what was paused ends soon after it comes back')
  t.same(overlapsOf(runs.map(run => stale.includes(run) ? { ...run, beats: run.beats.filter(beat => beat <= pausedAt) } : run)), [], 'no task runs twice at a time')

  const inTopic = new Count()
  await recordsOf(cluster.settings, topic, ({ value }) => { inTopic.add(Buffer.from(value ?? []).toString()) })
  const outputs = await Promise.all(Object.keys(sinks).map(name => linesOf(cluster.file(name))))
  for (const count of [inTopic, ...outputs]) {
    t.same(crashing.map(writer => count.missing(writer)), [0, 0, 0, 0], 'no line is lost in a crash')
    t.same(calm.map(writer => [count.missing(writer), count.repeatedOf(writer)]), [[0, 0], [0, 0], [0, 0], [0, 0]], 'without a crash every line is there once')
  }
})
