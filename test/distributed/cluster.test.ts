import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openKafka } from '@tributary/runtime/kafka'
import { kafkaBootstrap, uniqueName, until } from '@tributary/testing'
import { startWorker, type ConnectProcess } from '../conformance/connect-process.ts'

const connectors = 10
const tasksEach = 3

interface Status { connector: { state: string, worker_id: string }, tasks: { id: number, state: string, worker_id: string }[] }

/** Workers of one group. */
class Cluster {
  readonly #t: Test
  readonly #folder: string
  readonly #group = uniqueName('cluster')
  readonly #topic = uniqueName('lines')
  readonly names = Array.from({ length: connectors }, () => uniqueName('snk'))
  readonly workers: ConnectProcess[] = []

  constructor (t: Test, folder: string) {
    this.#t = t
    this.#folder = folder
  }

  async start (): Promise<ConnectProcess> {
    const keys = Object.fromEntries(['config', 'offset', 'status'].flatMap(store => [[`${store}.storage.topic`, `${this.#group}-${store}`], [`${store}.storage.replication.factor`, '1']]))
    const worker = await startWorker('tributary', {
      mode: 'distributed', folder: this.#folder,
      keys: { 'group.id': this.#group, 'offset.storage.partitions': '1', 'status.storage.partitions': '1', 'scheduled.rebalance.max.delay.ms': '1000', 'session.timeout.ms': '6000', 'heartbeat.interval.ms': '500', ...keys }
    })
    this.#t.teardown(() => worker.stop('SIGKILL'))
    this.workers.push(worker)
    return worker
  }

  async create (): Promise<void> {
    const admin = await openKafka().admin({ 'bootstrap.servers': kafkaBootstrap() })
    await admin.create({ name: this.#topic, partitions: 3, replicationFactor: 1, configs: {} })
    await admin.close()
    for (const name of this.names) {
      const config = { 'connector.class': 'FileStreamSink', topics: this.#topic, file: join(this.#folder, `${name}.txt`), 'tasks.max': String(tasksEach) }
      await until(`${name} is created`, async () => (await fetch(`${this.workers[0]?.url}/connectors/${name}/config`, { method: 'PUT', body: JSON.stringify(config), headers: { 'content-type': 'application/json' } })).status < 300)
    }
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
    await until(what, async () => {
      const all = await (await fetch(`${this.workers[0]?.url}/connectors?expand=status`)).json() as Record<string, { status: Status }>
      const statuses = this.names.flatMap(name => all[name]?.status ?? [])
      const tasks = statuses.flatMap(status => status.tasks)
      const parts = [...statuses.map(status => status.connector), ...tasks]
      const counts = live.map(host => tasks.filter(task => task.worker_id === host).length)
      const counted = await Promise.all(this.workers.map(worker => this.#tasksIn(worker)))
      return parts.length === connectors * (1 + tasksEach) && parts.every(part => part.state === 'RUNNING' && live.includes(part.worker_id)) &&
        Math.max(...counts) - Math.min(...counts) <= 1 && JSON.stringify(counts) === JSON.stringify(counted)
    }, 90_000)
  }
}

t.test('thirty tasks on three workers stay balanced through kill -9, a pause, and a restart of all', { timeout: 280_000 }, async t => {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-cluster-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const cluster = new Cluster(t, folder)
  const first = await cluster.start()
  await cluster.create()
  const second = await cluster.start()
  await cluster.start()
  await cluster.settled('three workers share')
  t.pass('three workers share thirty tasks')

  await second.stop('SIGKILL')
  cluster.gone(second)
  await cluster.settled('two workers take over what a killed one ran')
  t.pass('kill -9 of a worker')

  // The first worker was alone at the beginning, so it leads.
  await first.stop('SIGKILL')
  cluster.gone(first)
  await cluster.start()
  await cluster.settled('a new worker and the one left take over from the leader')
  t.pass('kill -9 of the leader')

  const paused = await cluster.start()
  await cluster.settled('three workers share again')
  paused.signal('SIGSTOP')
  cluster.gone(paused)
  await cluster.settled('two workers take over what a paused one ran')
  paused.signal('SIGCONT')
  cluster.workers.push(paused)
  await cluster.settled('the paused worker comes back, and runs nothing twice')
  t.pass('a paused process that comes back')

  const all = [...cluster.workers]
  for (const old of all) {
    await old.stop()
    cluster.gone(old)
    await cluster.start()
  }
  await cluster.settled('all workers were replaced, one by one')
  t.pass('a rolling restart')
})
