import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { CreateBucketCommand, DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { configOf, schema, sinkRecord, type SinkRecord } from '@tributary/plugin'
import { s3PartitionedSink } from '@tributary/sink-s3-partitioned'
import { startAws, uniqueName } from '@tributary/testing'
import { order, orderText } from './orders.ts'

/** One format and codec, written by the sink and beside it by plain PutObject. Megabytes are of 10^6 bytes. */
export interface S3Result {
  readonly case: string
  readonly recordsPerSecond: number
  /** Of the records as JSON lines, before any format or codec. */
  readonly recordMbPerSecond: number
  /** What the objects hold. */
  readonly storedMb: number
  readonly objects: number
  readonly storedMbPerSecond: number
  /** Plain PutObject of the same objects, one after another as fast as the server takes them. */
  readonly putMbPerSecond: number
  /** Stored bytes a second by the sink, as a share of those by PutObject. */
  readonly shareOfPut: number
  readonly cpuSecondsPerMillion: number
}

const batchSize = 500
/** Enough that no codec remembers the last time an order came. */
const distinct = 100_000
/** Objects that plain PutObject writes at a time, as many as the sink has parts of one under way. */
const putsAtOnce = 3
const credentials = { accessKeyId: 'test', secretAccessKey: 'testsecret' }
/** Partitions of the one task; a batch holds records of one of them, as a poll of Kafka mostly does. */
const orders = [0, 1, 2].map(partition => ({ topic: 'orders', partition }))

const orderSchema = schema.struct([
  ['ordertime', schema.of('int64')],
  ['orderid', schema.of('int64')],
  ['itemid', schema.of('string')],
  ['orderunits', schema.of('float64')],
  ['address', schema.struct([['city', schema.of('string')], ['state', schema.of('string')], ['zipcode', schema.of('int64')]])]
], { name: 'orders' })

type Values = 'bytes' | 'objects' | 'structs'

/** A case: what the records hold, and the keys of the sink. */
interface Case { readonly name: string, readonly values: Values, readonly keys: Readonly<Record<string, string>> }

const textCodecs = ['none', 'gzip', 'zstd', 'snappy']

const cases: readonly Case[] = [
  ...textCodecs.map((codec): Case => ({ name: `bytes ${codec}`, values: 'bytes', keys: { 'format.class': 'bytes', 's3.compression.type': codec } })),
  ...textCodecs.map((codec): Case => ({ name: `jsonl ${codec}`, values: 'objects', keys: { 'format.class': 'json', 's3.compression.type': codec } })),
  ...['null', 'deflate', 'zstandard', 'snappy'].map((codec): Case => ({ name: `avro ${codec}`, values: 'structs', keys: { 'format.class': 'avro', 'avro.codec': codec } })),
  ...textCodecs.map((codec): Case => ({ name: `parquet ${codec}`, values: 'structs', keys: { 'format.class': 'parquet', 'parquet.codec': codec } })),
  { name: 'parquet snappy, inferred', values: 'objects', keys: { 'format.class': 'parquet', 'parquet.codec': 'snappy' } }
]

interface Bench { readonly endpoint: string, readonly client: S3Client, readonly records: number, readonly pool: Readonly<Record<Values, readonly unknown[]>>, readonly bytesPerRecord: number }

/** Puts all records into the sink as a worker does, and waits until they are stored; returns seconds of wall clock and of CPU. */
async function runSink (bench: Bench, { values, keys }: Case, bucket: string): Promise<{ seconds: number, cpuSeconds: number }> {
  const raw = {
    name: 'bench', 's3.bucket.name': bucket, 's3.region': 'us-east-1', 'store.url': bench.endpoint, 'aws.access.key.id': credentials.accessKeyId,
    'aws.secret.access.key': credentials.secretAccessKey, 'rotate.bytes': '16777216', 'flush.on.close': 'true', ...keys
  }
  const silent = (): void => {}
  const task = await s3PartitionedSink.start({
    task: { connector: raw.name, task: 0 }, config: configOf(s3PartitionedSink.config, raw), raw, giveUp: new AbortController().signal,
    log: { error: console.error, warn: console.error, info: silent, debug: silent },
    assignment: () => orders, pause: silent, resume: silent, seek: silent, requestCommit: silent, timeout: silent,
    report: async (_record, error) => { throw error },
    counter: () => ({ add () {} })
  })
  await task.open?.(orders)
  const pool = bench.pool[values]
  const valueSchema = values === 'structs' ? orderSchema : null
  const start = performance.now()
  const cpu = process.cpuUsage()
  for (let from = 0; from < bench.records; from += batchSize) {
    const place = orders[from / batchSize % orders.length]!
    const batch: SinkRecord[] = []
    for (let offset = from; offset < Math.min(bench.records, from + batchSize); offset++) batch.push(sinkRecord({ ...place, offset, value: pool[offset % distinct], valueSchema, timestamp: 1_573_573_055_000 + offset }))
    await task.put(batch)
    await turn()
  }
  await task.close?.(orders, 'revoked')
  const { user, system } = process.cpuUsage(cpu)
  const seconds = (performance.now() - start) / 1000
  await task.stop?.()
  return { seconds, cpuSeconds: (user + system) / 1e6 }
}

async function keysOf ({ client }: Bench, bucket: string): Promise<string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'topics/' }))
  return Contents.map(({ Key = '' }) => Key)
}

/** Writes the bodies by PutObject, with the checksum the sink sends; returns seconds. */
async function putAll ({ client }: Bench, bucket: string, bodies: readonly Buffer[]): Promise<number> {
  const queue = bodies.entries()
  const start = performance.now()
  await Promise.all(Array.from({ length: putsAtOnce }, async () => {
    for (const [n, Body] of queue) await client.send(new PutObjectCommand({ Bucket: bucket, Key: `beside/${n}`, Body, ContentLength: Body.length, ChecksumAlgorithm: 'CRC32' }))
  }))
  return (performance.now() - start) / 1000
}

async function measure (bench: Bench, one: Case): Promise<S3Result> {
  const { client, records, bytesPerRecord } = bench
  const bucket = uniqueName('bench')
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  const { seconds, cpuSeconds } = await runSink(bench, one, bucket)
  const keys = await keysOf(bench, bucket)
  const bodies: Buffer[] = []
  for (const key of keys) bodies.push(Buffer.from(await (await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))).Body!.transformToByteArray()))
  const putSeconds = await putAll(bench, bucket, bodies)
  for (const key of [...keys, ...bodies.keys().map(n => `beside/${n}`)]) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))
  const storedMb = bodies.reduce((sum, body) => sum + body.length, 0) / 1e6
  return {
    case: one.name,
    recordsPerSecond: Math.round(records / seconds),
    recordMbPerSecond: records * bytesPerRecord / 1e6 / seconds,
    storedMb,
    objects: keys.length,
    storedMbPerSecond: storedMb / seconds,
    putMbPerSecond: storedMb / putSeconds,
    shareOfPut: putSeconds / seconds,
    cpuSecondsPerMillion: cpuSeconds / records * 1e6
  }
}

/** Measures the S3 sink, one task with three partitions, for every format and codec whose name begins with one of `only` (none: all), `rounds` times each. */
export async function benchS3 (options: { records: number, rounds: number, only: readonly string[], onResult: (result: S3Result) => void }): Promise<S3Result[]> {
  const runs = fileURLToPath(new URL('../.tributary/run/', import.meta.url))
  await mkdir(runs, { recursive: true })
  const folder = await mkdtemp(join(runs, 'bench-'))
  await using cleanUp = new AsyncDisposableStack()
  cleanUp.defer(() => rm(folder, { recursive: true, force: true }))
  const aws = await startAws({ folder })
  cleanUp.defer(() => aws.stop())
  const client = new S3Client({ endpoint: aws.endpoint, region: 'us-east-1', forcePathStyle: true, credentials })
  cleanUp.defer(() => { client.destroy() })
  const texts = Array.from({ length: distinct }, (_, n) => orderText(n))
  const objects = Array.from({ length: distinct }, (_, n) => order(n))
  const bench: Bench = {
    endpoint: aws.endpoint, client, records: options.records, pool: { bytes: texts.map(text => Buffer.from(text)), objects, structs: objects },
    bytesPerRecord: texts.reduce((sum, text) => sum + text.length + 1, 0) / distinct
  }
  const results: S3Result[] = []
  for (const one of cases.filter(({ name }) => options.only.length === 0 || options.only.some(wanted => name.startsWith(wanted)))) {
    for (let round = 0; round < options.rounds; round++) {
      const result = await measure(bench, one)
      results.push(result)
      options.onResult(result)
    }
  }
  return results
}
