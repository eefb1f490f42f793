import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { kafkaBootstrap, uniqueName, until } from '@tributary/testing'
import type { Test } from 'tap'
import { startWorker, type ConnectProcess, type Kind } from '../conformance/connect-process.ts'
import { groupKeys } from './group-keys.ts'
import { recordsOf } from './lines.ts'
import { request as ask } from './request.ts'

const plugins = fileURLToPath(new URL('../../packages/runtime/test/fixtures', import.meta.url))

/** A group of workers with exactly-once sources, and one source in it. */
export class ExactlyOnceCluster {
  readonly folder: string
  readonly topic = uniqueName('once')
  readonly connector = uniqueName('once')
  readonly group = uniqueName('connect-once')

  private constructor (folder: string) { this.folder = folder }

  static async make (): Promise<ExactlyOnceCluster> { return new ExactlyOnceCluster(await mkdtemp(join(tmpdir(), 'tributary-once-'))) }

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

  /** Java's worker takes a minute to run a task where other tests take both cores. */
  async untilRunning (worker: ConnectProcess): Promise<void> { await until('the task runs', async () => await this.runner(worker) === worker.url, 150_000) }

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

/** Asks until the answer is good: a worker that was killed is waited for by its group. */
export function request (worker: ConnectProcess, method: string, path: string, body?: unknown): Promise<unknown> { return ask(worker, method, path, body, 60_000) }

/** Lines of a file. */
export function numbered (from: number, to: number): string { return Array.from({ length: to - from }, (_, i) => `line ${from + i}\n`).join('') }

export function texts (from: number, to: number): string[] { return Array.from({ length: to - from + 1 }, (_, i) => String(from + i)) }
