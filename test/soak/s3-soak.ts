import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { openKafka } from '@tributary/runtime/kafka'
import { uniqueName, until } from '@tributary/testing'
import { startWorker, type ConnectProcess } from '../conformance/connect-process.ts'
import { groupKeys } from '../distributed/group-keys.ts'
import { produceOrders } from './orders.ts'
import { ResidentMemory, residentBytes } from './resident-memory.ts'
import { countStored, isAllStored, keysUnder, type Stored } from './stored.ts'

const credentials = { accessKeyId: 'test', secretAccessKey: 'testsecret' }

export interface SoakOptions {
  readonly bootstrap: string
  readonly endpoint: string
  readonly orders: number
  /** Hours that the orders' times jump over: as many directories. */
  readonly hours: number
  readonly partitions: number
  /** Two workers share the partitions, a task each; where there is one, it has all. */
  readonly workers: 1 | 2
  /** `buffer.memory` of all tasks together, in bytes. */
  readonly memoryBytes: number
  /** How often a worker ends: by kill -9, and of two workers every third time by SIGTERM. */
  readonly kills: number
  /** Bounds of the random time from one kill to the next, in milliseconds. */
  readonly betweenMs: readonly [number, number]
  /** A directory is stored when it had no order for so long. */
  readonly rotateIdleMs: number
  readonly timeoutMs: number
  /** How long a worker idles before its memory is taken for that of an idle one. */
  readonly settleMs: number
  readonly connector?: Readonly<Record<string, string>>
  readonly say?: (sentence: string) => void
}

/** What a reader of the bucket finds in the end, and what it cost. */
export interface SoakResult extends Stored {
  readonly kills: number
  /** Of a worker with all tasks running and no record seen. */
  readonly baseMb: number
  /** The most that any worker had at any time. */
  readonly peakMb: number
  readonly boundMb: number
  readonly seconds: number
  /** States of tasks other than RUNNING and UNASSIGNED. */
  readonly states: readonly string[]
}

/** Stores orders whose times jump at random, kills workers meanwhile, and counts what is there. */
export async function soakS3 (options: SoakOptions): Promise<SoakResult> {
  const { bootstrap, endpoint, orders, hours, partitions, say = () => {} } = options
  await using end = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 's3-soak-'))
  end.defer(() => rm(folder, { recursive: true, force: true }))
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials })
  end.defer(() => { client.destroy() })
  const name = uniqueName('soak')
  await client.send(new CreateBucketCommand({ Bucket: name }))
  const admin = await openKafka().admin({ 'bootstrap.servers': bootstrap })
  end.defer(() => admin.close())
  await admin.create({ name, partitions, replicationFactor: 1, configs: {} })

  const memory = new ResidentMemory()
  end.defer(() => { memory.stop() })
  const workers = new Workers(name, folder, options, memory)
  end.defer(() => workers.stop())
  await workers.start(0)
  await until('all partitions are open', async () => (await keysUnder(client, name, '_tributary/')).length === partitions, 60_000)
  await sleep(options.settleMs)
  const baseMb = megabytes(residentBytes(workers.pid(0)))
  say(`Idle, a worker has ${baseMb} MB.`)

  await produceOrders({ bootstrap, topic: name, partitions, orders, hours })
  say(`${orders} orders are in the topic.`)
  const startMs = Date.now()
  for (let i = 1; i < options.workers; i++) await workers.start(i)
  const [least, most] = options.betweenMs
  for (let kill = 1; kill <= options.kills; kill++) {
    await sleep(least + Math.random() * (most - least))
    await workers.look()
    const signal = options.workers === 2 && kill % 3 === 0 ? 'SIGTERM' : 'SIGKILL'
    await workers.replace(kill % options.workers, signal)
    say(`${signal} ${kill} after ${Math.round((Date.now() - startMs) / 1000)} s; peak so far ${megabytes(memory.peakBytes)} MB.`)
  }
  await until('all orders are stored', async () => {
    await workers.look()
    await sleep(1000)
    return isAllStored(client, name, { connector: name, topic: name, partitions, orders })
  }, options.timeoutMs)
  const seconds = Math.round((Date.now() - startMs) / 1000)
  await workers.look()
  const peakMb = megabytes(memory.peakBytes)
  await workers.stop()
  say('Reading everything back.')
  const stored = await countStored(client, name, { orders, hours })
  return { ...stored, kills: options.kills, baseMb, peakMb, boundMb: baseMb + megabytes(options.memoryBytes), seconds, states: [...workers.states] }
}

function megabytes (bytes: number): number { return Math.round(bytes / 1024 / 1024) }

/** One standalone worker, or two distributed ones, with the S3 sink. */
class Workers {
  readonly states = new Set<string>()
  readonly #name: string
  readonly #folder: string
  readonly #options: SoakOptions
  readonly #memory: ResidentMemory
  readonly #running = new Map<number, ConnectProcess>()
  #isMade = false

  constructor (name: string, folder: string, options: SoakOptions, memory: ResidentMemory) {
    this.#name = name
    this.#folder = folder
    this.#options = options
    this.#memory = memory
  }

  pid (index: number): number { return this.#running.get(index)?.pid ?? 0 }

  async start (index: number): Promise<void> {
    const { bootstrap, workers } = this.#options
    const keys = { 'value.converter': 'org.apache.kafka.connect.json.JsonConverter', 'value.converter.schemas.enable': 'false', 'task.memory.max.mb': '192' }
    const file = join(this.#folder, 's3.properties')
    await writeFile(file, Object.entries({ name: this.#name, ...this.#connector() }).map(([key, value]) => `${key}=${value}\n`).join(''))
    const worker = await (workers === 1
      ? startWorker('tributary', { mode: 'standalone', folder: this.#folder, bootstrap, keys, files: [file] })
      : startWorker('tributary', { mode: 'distributed', folder: this.#folder, bootstrap, keys: { ...keys, ...groupKeys(this.#name), 'session.timeout.ms': '6000', 'heartbeat.interval.ms': '1000' } }))
    this.#running.set(index, worker)
    this.#memory.watch(worker.pid)
    if (workers === 1 || this.#isMade) return
    await until('the connector is made', async () => {
      const answer = await fetch(`${worker.url}/connectors`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: this.#name, config: this.#connector() }) })
      return answer.status === 201
    })
    this.#isMade = true
  }

  /** Ends a worker and starts another in its place. */
  async replace (index: number, signal: NodeJS.Signals): Promise<void> {
    await this.#running.get(index)?.stop(signal)
    this.#running.delete(index)
    await this.start(index)
  }

  /** Notes what states tasks are in. */
  async look (): Promise<void> {
    for (const { url } of this.#running.values()) {
      try {
        const answer = await fetch(`${url}/connectors/${this.#name}/status`, { signal: AbortSignal.timeout(2000) })
        const { tasks = [] } = await answer.json() as { tasks?: { state: string, trace?: string }[] }
        for (const { state, trace } of tasks) if (state !== 'RUNNING' && state !== 'UNASSIGNED') this.states.add(trace === undefined ? state : `${state}: ${trace.slice(0, 4000)}`)
      } catch { /* It is busy with a rebalance. */ }
    }
  }

  async stop (): Promise<void> {
    await Promise.all(Array.from(this.#running.values(), worker => worker.stop('SIGKILL')))
    this.#running.clear()
  }

  #connector (): Record<string, string> {
    const { endpoint, workers, memoryBytes, rotateIdleMs } = this.#options
    return {
      'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
      topics: this.#name,
      'tasks.max': String(workers),
      transforms: 'flatten,hour',
      'transforms.flatten.type': 'org.apache.kafka.connect.transforms.Flatten$Value',
      'transforms.flatten.delimiter': '_',
      'transforms.hour.type': 'tributary.transforms.EventTimePartition',
      'transforms.hour.field': 'ordertime',
      'transforms.hour.unit': 's',
      's3.bucket.name': this.#name,
      's3.region': 'us-east-1',
      'store.url': endpoint,
      'aws.access.key.id': credentials.accessKeyId,
      'aws.secret.access.key': credentials.secretAccessKey,
      's3.compression.type': 'gzip',
      'buffer.memory': String(memoryBytes / workers),
      'rotate.idle.ms': String(rotateIdleMs),
      'consumer.override.auto.offset.reset': 'earliest',
      'consumer.override.session.timeout.ms': '6000',
      ...this.#options.connector
    }
  }
}
