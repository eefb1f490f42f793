import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { GetRecordsCommand, GetShardIteratorCommand, ListShardsCommand, type KinesisClient } from '@aws-sdk/client-kinesis'
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3'
import { openKafka } from '@tributary/runtime/kafka'
import { bucket, stream, topic, type Services } from './services.ts'

/** A multiset of lines: how often each was seen, by a digest, so that a million orders fit. */
export class Lines {
  readonly #counts = new Map<string, number>()
  total = 0

  add (line: Uint8Array | string): void {
    const digest = createHash('sha1').update(line).digest('base64').slice(0, 16)
    this.#counts.set(digest, (this.#counts.get(digest) ?? 0) + 1)
    this.total += 1
  }

  get distinct (): number { return this.#counts.size }

  /** Lines here that `other` lacks, counting repeats. */
  missingIn (other: Lines): number {
    let missing = 0
    for (const [digest, count] of this.#counts) missing += Math.max(0, count - (other.#counts.get(digest) ?? 0))
    return missing
  }

  /** Distinct lines here that `other` does not have at all. */
  absentIn (other: Lines): number {
    let absent = 0
    for (const digest of this.#counts.keys()) if (!other.#counts.has(digest)) absent += 1
    return absent
  }
}

/** What each step holds. `hours` counts orders per hour of their ordertime. */
export interface Proof {
  readonly kafka: Step
  readonly kinesis: Step
  readonly s3: Step & { readonly files: number, readonly sample: readonly string[] }
  readonly raw: Step & { readonly files: number }
  /** Sentences on what does not agree; empty: proved. */
  readonly problems: readonly string[]
}

interface Step { readonly records: number, readonly distinct: number, readonly hours: ReadonlyMap<string, number> }

class Count implements Step {
  readonly lines = new Lines()
  readonly hours = new Map<string, number>()

  add (line: Uint8Array | string, hour: string): void {
    this.lines.add(line)
    this.hours.set(hour, (this.hours.get(hour) ?? 0) + 1)
  }

  get records (): number { return this.lines.total }

  get distinct (): number { return this.lines.distinct }
}

interface Order { ordertime: number, address: Record<string, unknown> }

/** The partition an order belongs to, worked out here a second time, apart from the connector. */
function hourOf (order: Pick<Order, 'ordertime'>): string {
  return `ot=${new Date(order.ordertime * 1000).toISOString().slice(0, 13).replace(/[-T]/g, '')}`
}

function flattened (order: Order): string {
  const { address, ...rest } = order
  return JSON.stringify({ ...rest, ...Object.fromEntries(Object.entries(address).map(([key, value]) => [`address_${key}`, value])) })
}

async function readKafka (bootstrap: string, onValue: (value: Uint8Array) => void): Promise<void> {
  const reader = await openKafka().logReader({ 'bootstrap.servers': bootstrap, 'client.id': 'proof' }, topic, record => { if (record.value !== null) onValue(record.value) })
  try {
    await reader.start()
  } finally {
    await reader.close()
  }
}

async function readKinesis (kinesis: KinesisClient, onRecord: (bytes: Uint8Array) => void): Promise<void> {
  // The stream of this example never has more shards than one page holds.
  const { Shards: shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName: stream }))
  for (const shard of shards) {
    let { ShardIterator: iterator } = await kinesis.send(new GetShardIteratorCommand({ StreamName: stream, ShardId: shard.ShardId ?? '', ShardIteratorType: 'TRIM_HORIZON' }))
    while (iterator !== undefined) {
      const answer = await kinesis.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: 10_000 }))
      for (const record of answer.Records ?? []) if (record.Data !== undefined) onRecord(record.Data)
      iterator = (answer.Records?.length ?? 0) === 0 && answer.MillisBehindLatest === 0 ? undefined : answer.NextShardIterator
    }
  }
}

async function readS3 (s3: S3Client, prefix: string, onLine: (line: string, key: string) => void): Promise<number> {
  let files = 0
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
    for (const { Key: key } of page.Contents ?? []) {
      if (key === undefined) continue
      files += 1
      const body = await (await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))).Body?.transformToByteArray() ?? new Uint8Array()
      const text = (key.endsWith('.gz') ? gunzipSync(body) : Buffer.from(body)).toString()
      if (!text.endsWith('\n')) throw new Error(`${key} does not end with a newline.`)
      for (const line of text.slice(0, -1).split('\n')) onLine(line, key)
    }
  }
  return files
}

/** Reads Kafka, Kinesis and S3 from their beginnings, with plain clients, and compares them record by record. */
export async function prove ({ kafka: bootstrap, kinesis, s3 }: Pick<Services, 'kafka' | 'kinesis' | 's3'>): Promise<Proof> {
  const problems: string[] = []
  const inKafka = new Count()
  await readKafka(bootstrap, value => { inKafka.add(`${Buffer.from(value).toString()}\n`, hourOf(JSON.parse(Buffer.from(value).toString()) as Order)) })

  const inKinesis = new Count()
  const expected = new Lines()
  const expectedRaw = new Lines()
  await readKinesis(kinesis, bytes => {
    const text = Buffer.from(bytes).toString()
    const order = JSON.parse(text) as Order
    inKinesis.add(text, hourOf(order))
    expected.add(`${hourOf(order)} ${flattened(order)}`)
    expectedRaw.add(text)
  })

  const inS3 = new Count()
  const stored = new Lines()
  const sample: string[] = []
  const files = await readS3(s3, 'orders/', (line, key) => {
    const order = JSON.parse(line) as Order
    const hour = /ot=\d+/.exec(key)?.[0] ?? key
    if (hour !== hourOf(order)) problems.push(`${key} holds an order of ${hourOf(order)}.`)
    inS3.add(line, hour)
    stored.add(`${hour} ${line}`)
    if (sample.length < 3) sample.push(line)
  })

  const inRaw = new Count()
  const storedRaw = new Lines()
  const rawFiles = await readS3(s3, 'raw/', line => {
    inRaw.add(line, hourOf(JSON.parse(line) as Order))
    storedRaw.add(`${line}\n`)
  })

  const say = (count: number, sentence: string): void => { if (count > 0) problems.push(`${count} ${sentence}`) }
  say(inKafka.lines.absentIn(inKinesis.lines), 'records of Kafka are not in Kinesis.')
  say(inKinesis.lines.absentIn(inKafka.lines), 'records of Kinesis are not, byte for byte, in Kafka.')
  say(expected.missingIn(stored), 'records of Kinesis are not in S3.')
  say(stored.missingIn(expected), 'lines in S3 are too many.')
  say(expectedRaw.missingIn(storedRaw), 'records of Kinesis are not in the raw copy.')
  say(storedRaw.missingIn(expectedRaw), 'lines in the raw copy are too many.')
  return { kafka: inKafka, kinesis: inKinesis, s3: Object.assign(inS3, { files, sample }), raw: Object.assign(inRaw, { files: rawFiles }), problems: problems.slice(0, 20) }
}
