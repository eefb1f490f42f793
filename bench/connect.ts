import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startKafka, uniqueName } from '@tributary/testing'
import { openKafka } from '@tributary/runtime/kafka'
import { contestants, MeasuredWorker, type Contestant } from './contestants.ts'
import { orderText } from './orders.ts'

/** One measurement of one contestant. Unset: not a figure of this case. */
export interface Result {
  readonly case: string
  readonly contestant: string
  readonly startMs?: number
  readonly startCpuSeconds?: number
  readonly idleMb?: number
  readonly recordsPerSecond?: number
  readonly cpuSecondsPerMillion?: number
  readonly peakMb?: number
}

interface Bench { readonly folder: string, readonly bootstrap: string, readonly records: number }

async function writeOrders (file: string, count: number): Promise<void> {
  const lines: string[] = []
  await writeFile(file, '')
  for (let n = 0; n < count; n++) {
    lines.push(orderText(n))
    if (lines.length === 50_000 || n === count - 1) {
      await writeFile(file, `${lines.join('\n')}\n`, { flag: 'a' })
      lines.length = 0
    }
  }
}

/** Counts the lines of a file that grows, reading each byte once. */
class GrowingFile {
  readonly #path: string
  readonly #buffer = Buffer.alloc(1 << 20)
  #at = 0
  lines = 0

  constructor (path: string) { this.#path = path }

  read (): number {
    if (statSync(this.#path, { throwIfNoEntry: false }) === undefined) return 0
    const file = openSync(this.#path, 'r')
    for (let size = readSync(file, this.#buffer, 0, this.#buffer.length, this.#at); size > 0; size = readSync(file, this.#buffer, 0, this.#buffer.length, this.#at)) {
      for (let at = this.#buffer.indexOf(10); at !== -1 && at < size; at = this.#buffer.indexOf(10, at + 1)) this.lines += 1
      this.#at += size
    }
    closeSync(file)
    return this.lines
  }
}

/** Runs a connector until `done` reaches the wanted count; the rate counts from the first record, the CPU from the start of the process. */
async function run (name: string, contestant: Contestant, bench: Bench, options: { worker?: Readonly<Record<string, string>>, connectors: readonly Readonly<Record<string, string>>[], total: number, done: () => number | Promise<number> }): Promise<Result> {
  const worker = await MeasuredWorker.start(contestant, { ...bench, worker: options.worker ?? {}, connectors: options.connectors })
  try {
    let firstAt = 0
    for (;;) {
      const count = await options.done()
      if (count > 0) firstAt ||= worker.elapsedMs
      const { cpuSeconds, peakMb } = worker.usage()
      if (count >= options.total) {
        const seconds = (worker.elapsedMs - firstAt) / 1000
        return { case: name, contestant: contestant.name, recordsPerSecond: Math.round(options.total / seconds), cpuSecondsPerMillion: cpuSeconds / options.total * 1e6, peakMb: Math.round(peakMb) }
      }
      if (worker.elapsedMs > 300_000) throw new Error(`${name}: ${contestant.name} did not finish in five minutes; see ${worker.log}`)
      await sleep(10)
    }
  } finally {
    await worker.stop()
  }
}

async function start (contestant: Contestant, bench: Bench): Promise<Result> {
  const worker = await MeasuredWorker.start(contestant, { ...bench, worker: {}, connectors: [] })
  try {
    const startMs = await worker.untilRest()
    const { cpuSeconds } = worker.usage()
    await sleep(5000)
    return { case: 'start and idle', contestant: contestant.name, startMs: Math.round(startMs), startCpuSeconds: cpuSeconds, idleMb: Math.round(worker.usage().rssMb) }
  } finally {
    await worker.stop()
  }
}

/** All cases, each as a function of a contestant. `topic` holds the orders for the sink cases, in two partitions. */
function cases (bench: Bench, topic: string): { name: string, measure: (contestant: Contestant) => Promise<Result> }[] {
  const json = { 'value.converter': 'org.apache.kafka.connect.json.JsonConverter', 'value.converter.schemas.enable': 'false' }
  const flatten = { transforms: 'f', 'transforms.f.type': 'org.apache.kafka.connect.transforms.Flatten$Value', 'transforms.f.delimiter': '_' }
  const source = async (contestant: Contestant): Promise<Result> => {
    const into = uniqueName('bench-source')
    const admin = await openKafka().admin({ 'bootstrap.servers': bench.bootstrap })
    await admin.create({ name: into, partitions: 1, replicationFactor: 1, configs: {} })
    try {
      return await run('file to topic, strings', contestant, bench, {
        connectors: [{ name: 'source', 'connector.class': 'FileStreamSource', 'tasks.max': '1', file: join(bench.folder, 'orders.jsonl'), topic: into, 'batch.size': '5000' }],
        total: bench.records,
        done: async () => (await admin.endOffsets(into, 'read_uncommitted')).reduce((a, b) => a + b, 0)
      })
    } finally {
      await admin.close()
    }
  }
  const sink = (name: string, tasks: number, worker: Readonly<Record<string, string>>, keys: Readonly<Record<string, string>>) => async (contestant: Contestant): Promise<Result> => {
    const id = uniqueName('sink')
    const file = join(bench.folder, `${id}.out`)
    const growing = new GrowingFile(file)
    const result = await run(name, contestant, bench, {
      worker,
      connectors: [{ name: id, 'connector.class': 'FileStreamSink', 'tasks.max': String(tasks), topics: topic, file, ...keys }],
      total: bench.records,
      done: () => growing.read()
    })
    await rm(file, { force: true })
    return result
  }
  return [
    { name: 'start', measure: contestant => start(contestant, bench) },
    { name: 'source', measure: source },
    { name: 'strings', measure: sink('topic to file, strings, 1 task', 1, {}, {}) },
    { name: 'flatten', measure: sink('topic to file, JSON with Flatten, 1 task', 1, json, flatten) },
    { name: 'flatten2', measure: sink('topic to file, JSON with Flatten, 2 tasks', 2, json, flatten) }
  ]
}

/** Fills the topic of the sink cases, evenly over its partitions. */
async function fill (bench: Bench, topic: string): Promise<void> {
  const kafka = openKafka()
  const admin = await kafka.admin({ 'bootstrap.servers': bench.bootstrap })
  await admin.create({ name: topic, partitions: 2, replicationFactor: 1, configs: {} })
  await admin.close()
  const producer = await kafka.producer({ 'bootstrap.servers': bench.bootstrap, acks: 'all' })
  for (let from = 0; from < bench.records; from += 10_000) {
    const count = Math.min(10_000, bench.records - from)
    await producer.send(Array.from({ length: count }, (_, i) => ({ topic, partition: (from + i) % 2, key: null, value: Buffer.from(orderText(from + i)), timestamp: Date.now(), headers: [] })), (_index, _metadata, error) => { if (error !== null) throw error })
  }
  await producer.flush({ signal: AbortSignal.timeout(60_000) })
  await producer.close(10_000)
}

/** Measures Java's Kafka Connect and Tributary in turn, on one Kafka, `rounds` times each. */
export async function benchConnect (options: { records: number, rounds: number, only: readonly string[], onResult: (result: Result) => void }): Promise<Result[]> {
  const runs = fileURLToPath(new URL('../.tributary/run/', import.meta.url))
  await mkdir(runs, { recursive: true })
  const folder = await mkdtemp(join(runs, 'bench-'))
  await using cleanUp = new AsyncDisposableStack()
  cleanUp.defer(() => rm(folder, { recursive: true, force: true }))
  const kafka = await startKafka({ folder: join(folder, 'kafka') })
  cleanUp.defer(() => kafka.stop())
  const bench = { folder, bootstrap: kafka.bootstrap, records: options.records }
  const topic = 'bench-orders'
  const chosen = cases(bench, topic).filter(({ name }) => options.only.length === 0 || options.only.includes(name))
  if (chosen.some(({ name }) => name === 'source')) await writeOrders(join(folder, 'orders.jsonl'), options.records)
  if (chosen.some(({ name }) => /strings|flatten/.test(name))) await fill(bench, topic)
  const results: Result[] = []
  for (const { measure } of chosen) {
    for (let round = 0; round < options.rounds; round++) {
      for (const contestant of contestants) {
        const result = await measure(contestant)
        results.push(result)
        options.onResult(result)
      }
    }
  }
  return results
}
