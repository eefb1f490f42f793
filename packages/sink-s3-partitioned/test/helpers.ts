import { CreateBucketCommand, DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { configOf, sinkRecord } from '@tributary/plugin'
import type { Header, Position, SinkRecord, SinkTask, TopicPartition } from '@tributary/plugin'
import { awsEndpoint, uniqueName } from '@tributary/testing'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { S3SinkConfig } from '../src/config.ts'
import { config } from '../src/config.ts'
import { s3PartitionedSink } from '../src/sink.ts'

/** What tests need of tap. */
export interface Teardown { teardown (end: () => unknown): void }

export const region = 'us-east-1'

export function s3Client (): S3Client {
  return new S3Client({ endpoint: awsEndpoint(), region, forcePathStyle: true, credentials: { accessKeyId: 'test', secretAccessKey: 'testsecret' } })
}

/** A bucket of the test's own, with readers. */
export interface TestBucket {
  readonly name: string
  readonly client: S3Client
  keys (prefix?: string): Promise<string[]>
  bytes (key: string): Promise<Buffer>
  metadata (key: string): Promise<Record<string, string>>
  remove (key: string): Promise<void>
  /** Lines of all objects under a prefix, decompressed by their names. */
  lines (prefix?: string): Promise<string[]>
}

export async function createBucket (t: Teardown): Promise<TestBucket> {
  const client = s3Client()
  t.teardown(() => { client.destroy() })
  const name = uniqueName('sink')
  await client.send(new CreateBucketCommand({ Bucket: name }))
  return bucketOf(name, client)
}

export function bucketOf (name: string, client: S3Client): TestBucket {
  const keys = async (prefix = 'topics/'): Promise<string[]> => {
    const found: string[] = []
    let token: string | undefined
    do {
      const page = await client.send(new ListObjectsV2Command({ Bucket: name, Prefix: prefix, ...token === undefined ? {} : { ContinuationToken: token } }))
      for (const { Key } of page.Contents ?? []) found.push(Key!)
      token = page.NextContinuationToken
    } while (token !== undefined)
    return found.sort()
  }
  const bytes = async (key: string): Promise<Buffer> => Buffer.from(await (await client.send(new GetObjectCommand({ Bucket: name, Key: key }))).Body!.transformToByteArray())
  return {
    name,
    client,
    keys,
    bytes,
    metadata: async key => (await client.send(new HeadObjectCommand({ Bucket: name, Key: key }))).Metadata ?? {},
    remove: async key => { await client.send(new DeleteObjectCommand({ Bucket: name, Key: key })) },
    async lines (prefix) {
      const lines: string[] = []
      const all = await keys(prefix)
      for (let start = 0; start < all.length; start += 16) {
        const bodies = await Promise.all(all.slice(start, start + 16).map(async key => plain(key, await bytes(key))))
        for (const body of bodies) lines.push(...body.toString().split('\n').filter(line => line !== ''))
      }
      return lines
    }
  }
}

function plain (key: string, body: Buffer): Buffer {
  if (key.endsWith('.gz')) return gunzipSync(body)
  return key.endsWith('.zst') ? zstdDecompressSync(body) : body
}

/** A task as the worker would run it, and what it asked of the worker. */
export interface TestSink {
  readonly task: SinkTask
  readonly seeks: Position[]
  readonly reports: { record: SinkRecord, error: Error }[]
  readonly warnings: string[]
  /** Counters by their names. */
  readonly counts: ReadonlyMap<string, number>
  readonly giveUp: AbortController
  preCommit (offset: number | bigint): Promise<number | bigint | undefined>
  /** Puts empty batches until everything is committed up to an offset. */
  committed (offset: number | bigint): Promise<void>
  /** Puts empty batches until, with everything put up to `offset`, exactly `position` may be committed. */
  committable (offset: number | bigint, position: number | bigint): Promise<void>
}

export const orders: TopicPartition = { topic: 'orders', partition: 0 }

export function sinkConfig (bucket: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    name: 'orders-s3', 's3.bucket.name': bucket, 's3.region': region, 'store.url': awsEndpoint(),
    'aws.access.key.id': 'test', 'aws.secret.access.key': 'testsecret', 'retry.backoff.ms': '50', ...more
  }
}

export function parsedConfig (raw: Record<string, string>): S3SinkConfig { return configOf(config, raw) }

/** Starts a task and opens partition 0 of `orders`; stops it at the end of the test. */
export async function createSink (t: Teardown, raw: Record<string, string>, partitions: readonly TopicPartition[] = [orders], definition = s3PartitionedSink): Promise<TestSink> {
  const seeks: Position[] = []
  const reports: { record: SinkRecord, error: Error }[] = []
  const warnings: string[] = []
  const counts = new Map<string, number>()
  const giveUp = new AbortController()
  const log = { error: () => {}, warn: (_fields: object, sentence: string) => { warnings.push(sentence) }, info: () => {}, debug: () => {} }
  const task = await definition.start({
    task: { connector: raw.name ?? 'sink', task: 0 },
    config: configOf(definition.config, raw),
    raw,
    giveUp: giveUp.signal,
    log,
    assignment: () => partitions,
    pause () {},
    resume () {},
    seek: positions => { seeks.push(...positions) },
    requestCommit () {},
    timeout () {},
    report: async (record, error) => { reports.push({ record, error }) },
    counter: name => ({ add (amount = 1) { counts.set(name, (counts.get(name) ?? 0) + amount) } })
  })
  t.teardown(async () => {
    giveUp.abort()
    await task.close?.(partitions, 'lost')
    await task.stop?.()
  })
  if (partitions.length > 0) await task.open?.(partitions)
  const preCommit = async (offset: number | bigint): Promise<number | bigint | undefined> => (await task.preCommit?.([{ ...orders, offset }]))?.[0]?.offset
  // A timer between the batches: an empty put does no I/O, so without it the answers of S3 would never be heard.
  const putUntil = async (offset: number | bigint, isThere: (position: number | bigint) => boolean): Promise<void> => {
    const end = Date.now() + 30_000
    for (;;) {
      await task.put([])
      const position = await preCommit(offset)
      if (position !== undefined && isThere(position)) return
      if (Date.now() > end) throw new Error(`Only ${position} of ${offset} was committed.`)
      await new Promise(resolve => { setTimeout(resolve, 5) })
    }
  }
  return {
    task, seeks, reports, warnings, counts, giveUp, preCommit,
    committed: offset => putUntil(offset, position => position >= offset),
    committable: (offset, wanted) => putUntil(offset, position => position === wanted)
  }
}

/** An order with a directory, as the EventTimePartition transform leaves it. */
export function order (offset: number | bigint, directory = 'ot=2019111215/', parts: Partial<SinkRecord> = {}): SinkRecord {
  const headers: Header[] = directory === '' ? [] : [{ key: 'tributary.partition', schema: null, value: directory }]
  return sinkRecord({ ...orders, offset, value: { orderid: String(offset), itemid: 'Item_1' }, headers, timestamp: 1_573_573_055_000, ...parts })
}

export function range (from: number, to: number): number[] { return Array.from({ length: to - from }, (_, i) => from + i) }

export function idsOf (lines: readonly string[]): string[] {
  return lines.map(line => (JSON.parse(line) as { orderid: string }).orderid).sort((a, b) => Number(BigInt(a) - BigInt(b)))
}
