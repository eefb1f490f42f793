import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { openKafka } from '@tributary/runtime/kafka'
import { endWithUs, faults, freePort, startFaultProxy, uniqueName, until, type Fault, type FaultPlan } from '@tributary/testing'

const program = fileURLToPath(new URL('../../packages/runtime/src/cli/connect-standalone.ts', import.meta.url))
const partitions = 2

/** A time in which no request to S3 succeeds. */
export interface Outage {
  readonly name: string
  readonly ms: number
  readonly fault: () => Fault
  /** Kills the worker by SIGKILL in the middle, and starts another at once: it has to start without S3. */
  readonly kills: boolean
}

function inTurn (choices: readonly Fault[]): () => Fault {
  let next = 0
  return () => choices[next++ % choices.length]!
}

const cuts: readonly Fault[] = [{ kind: 'cut', when: 'before' }, { kind: 'cut', when: 'after' }, { kind: 'cut', when: 'within' }]
const wrongEtag: Fault = { kind: 'headers', headers: { etag: '"00000000000000000000000000000000"' } }

/** All that S3 does when it is not well. */
export const outageFaults: Readonly<Record<string, () => () => Fault>> = {
  '500': () => () => faults.internalError(),
  '503 SlowDown': () => () => faults.slowDown(),
  'cut connections': () => inTurn(cuts),
  'wrong ETags': () => () => wrongEtag,
  'no answers': () => () => ({ kind: 'delay', ms: 3_600_000 }),
  'all of them in turn': () => inTurn([faults.slowDown(), ...cuts, faults.internalError(), wrongEtag])
}

/** What a reader finds in the end, and what the worker said meanwhile. */
export interface OutageResult {
  readonly sent: number
  readonly found: number
  readonly missing: number
  readonly twice: number
  /** States of the task other than RUNNING, as REST told them while a worker was up. */
  readonly states: readonly string[]
  readonly objects: number
  readonly faults: number
  readonly retries: number
  /** From the end of the last outage until everything was there. */
  readonly recoveredMs: number
}

/** A standalone worker with the S3 sink; `kill` and `start` again as often as wanted. */
class Worker {
  readonly #files: readonly string[]
  readonly #connector: string
  readonly #url: string
  readonly #log: string
  #child: ChildProcess | null = null
  readonly states = new Set<string>()
  retries = 0

  private constructor (files: readonly string[], connector: string, url: string, log: string) {
    this.#files = files
    this.#connector = connector
    this.#url = url
    this.#log = log
  }

  static async create (folder: string, bootstrap: string, connector: Readonly<Record<string, string>>): Promise<Worker> {
    const write = async (name: string, keys: Readonly<Record<string, string>>): Promise<string> => {
      const file = join(folder, name)
      await writeFile(file, Object.entries(keys).map(([key, value]) => `${key}=${value}\n`).join(''))
      return file
    }
    const url = `http://127.0.0.1:${await freePort()}`
    const worker = await write('worker.properties', {
      'bootstrap.servers': bootstrap, listeners: url, 'offset.storage.file.filename': join(folder, 'offsets'), 'offset.flush.interval.ms': '1000',
      'key.converter': 'org.apache.kafka.connect.storage.StringConverter', 'value.converter': 'org.apache.kafka.connect.json.JsonConverter', 'value.converter.schemas.enable': 'false'
    })
    return new Worker([worker, await write('s3.properties', connector)], connector.name ?? '', url, join(folder, 'worker.log'))
  }

  start (): void {
    const child = spawn(process.execPath, ['--conditions=@tributary/source', '--disable-warning=ExperimentalWarning', program, ...this.#files], { stdio: ['ignore', 'pipe', 'pipe'] })
    endWithUs(child)
    const log = createWriteStream(this.#log, { flags: 'a' })
    child.stdout.on('data', (text: Buffer) => {
      log.write(text)
      this.retries += String(text).split('trying again').length - 1
    })
    child.stderr.on('data', text => { log.write(text) })
    this.#child = child
  }

  async kill (): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  /** Notes what state the task is in, if the worker answers. */
  async look (): Promise<void> {
    try {
      const answer = await fetch(`${this.#url}/connectors/${this.#connector}/status`, { signal: AbortSignal.timeout(2000) })
      const { tasks = [] } = await answer.json() as { tasks?: { state: string, trace?: string }[] }
      for (const { state, trace } of tasks) if (state !== 'RUNNING') this.states.add(trace === undefined ? state : `${state}: ${trace.slice(0, 500)}`)
    } catch { /* The worker has just been killed, or does not listen yet. */ }
  }
}

/** Sends orders without a pause until it is stopped; every tenth is large, so that objects of both ways of storing come about. */
async function produce (bootstrap: string, topic: string, perSecond: number, stop: AbortSignal): Promise<number> {
  const producer = await openKafka().producer({ 'bootstrap.servers': bootstrap, acks: 'all' })
  const tickMs = 100
  let sent = 0
  while (!stop.aborted) {
    const batch = Array.from({ length: Math.ceil(perSecond * tickMs / 1000) }, () => {
      const id = sent++
      const isLarge = id % 10 === 0
      const value = { orderid: id, ot: isLarge ? 'large' : `small${id % 7}`, padding: isLarge ? 'x'.repeat(20_000) : '' }
      return { topic, partition: id % partitions, key: null, timestamp: null, headers: [], value: Buffer.from(JSON.stringify(value)) }
    })
    await producer.send(batch, (_index, _metadata, error) => { if (error !== null) throw error })
    await sleep(tickMs)
  }
  await producer.flush({ signal: AbortSignal.timeout(60_000) })
  await producer.close(10_000)
  return sent
}

/** How often each order is in the objects that a reader sees. */
async function counted (client: S3Client, bucket: string): Promise<{ counts: Map<number, number>, objects: number }> {
  const counts = new Map<number, number>()
  let objects = 0
  let token: string | undefined
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'topics/', ...token === undefined ? {} : { ContinuationToken: token } }))
    for (const { Key } of page.Contents ?? []) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: Key! }))
      const text = gunzipSync(await Body!.transformToByteArray()).toString()
      objects++
      for (const line of text.split('\n')) {
        if (line === '') continue
        const { orderid } = JSON.parse(line) as { orderid: number }
        counts.set(orderid, (counts.get(orderid) ?? 0) + 1)
      }
    }
    token = page.NextContinuationToken
  } while (token !== undefined)
  return { counts, objects }
}

/** Lets a worker store orders that never cease while S3 fails in one way after another, and counts what is there in the end. */
export async function runOutages (options: {
  bootstrap: string, endpoint: string, perSecond: number, outages: readonly Outage[], betweenMs: number, connector?: Readonly<Record<string, string>>, say?: (sentence: string) => void
}): Promise<OutageResult> {
  const { bootstrap, endpoint, outages, say = () => {} } = options
  await using end = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 's3-outage-'))
  end.defer(() => rm(folder, { recursive: true, force: true }))
  const credentials = { accessKeyId: 'test', secretAccessKey: 'testsecret' }
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials })
  end.defer(() => { client.destroy() })
  const [bucket, topic] = [uniqueName('outage'), uniqueName('outage')]
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  const admin = await openKafka().admin({ 'bootstrap.servers': bootstrap })
  end.defer(() => admin.close())
  await admin.create({ name: topic, partitions, replicationFactor: 1, configs: {} })
  const proxy = await startFaultProxy(endpoint)
  end.defer(() => proxy.stop())
  const worker = await Worker.create(folder, bootstrap, {
    name: topic, 'connector.class': 'io.confluent.connect.s3.S3SinkConnector', topics: topic, 'tasks.max': '1', 's3.bucket.name': bucket, 's3.region': 'us-east-1', 'store.url': proxy.url,
    'aws.access.key.id': credentials.accessKeyId, 'aws.secret.access.key': credentials.secretAccessKey, 's3.compression.type': 'gzip', 'partitioner.class': 'tributary.s3.FieldPartitioner',
    'partition.field.name': 'ot', 'rotate.age.ms': '1500', 'consumer.override.session.timeout.ms': '6000', 'consumer.override.auto.offset.reset': 'earliest', ...options.connector
  })
  end.defer(() => worker.kill())
  worker.start()
  const stop = new AbortController()
  const sending = produce(bootstrap, topic, options.perSecond, stop.signal)
  await until('a first object', async () => (await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'topics/' }))).KeyCount, 60_000)
  for (const outage of outages) await suffer(outage, worker, plan => { proxy.plan(plan) }, options.betweenMs, say)
  const endMs = Date.now()
  stop.abort()
  const sent = await sending
  let last = await counted(client, bucket)
  for (const deadlineMs = Date.now() + 120_000; last.counts.size < sent && Date.now() < deadlineMs; last = await counted(client, bucket)) {
    await worker.look()
    await sleep(500)
  }
  const recoveredMs = Date.now() - endMs
  // What is stored twice would come with the next objects.
  await sleep(2000)
  await worker.look()
  const { counts, objects } = await counted(client, bucket)
  return {
    sent, found: counts.size, missing: Array.from({ length: sent }, (_, id) => id).filter(id => !counts.has(id)).length, twice: [...counts.values()].filter(count => count > 1).length,
    states: [...worker.states], objects, faults: proxy.faults, retries: worker.retries, recoveredMs
  }
}

async function suffer ({ name, ms, fault, kills }: Outage, worker: Worker, plan: (plan: FaultPlan | null) => void, betweenMs: number, say: (sentence: string) => void): Promise<void> {
  say(`${name} for ${ms / 1000} s`)
  const endMs = Date.now() + ms
  plan(fault)
  let isKilled = !kills
  while (Date.now() < endMs) {
    await worker.look()
    if (!isKilled && endMs - Date.now() < ms / 2) {
      isKilled = true
      await worker.kill()
      worker.start()
    }
    await sleep(200)
  }
  plan(null)
  for (const untilMs = Date.now() + betweenMs; Date.now() < untilMs; await sleep(200)) await worker.look()
}
