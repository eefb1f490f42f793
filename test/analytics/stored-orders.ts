import { configOf, Decimal, schema, sinkRecord, type SinkRecord, type TopicPartition } from '@tributary/plugin'
import { s3PartitionedSink } from '@tributary/sink-s3-partitioned'

// Orders in S3 as the sink stores them, one topic for each format and codec, with the sums that a reader must find.

const hours = ['2019111215', '2019111216', '2019111223', '2019111300']
const partitions = 3
const perPartition = 400

/** A topic: what its records hold, and the keys of the sink that stores it. */
export interface StoredTopic {
  readonly topic: string
  readonly format: 'json' | 'bytes' | 'avro' | 'parquet'
  readonly codec: string
  /** `typed`: records with a schema; `plain`: maps without one; `text`: their JSON as bytes. */
  readonly values: 'typed' | 'plain' | 'text'
  readonly keys: Readonly<Record<string, string>>
}

const ofText = (format: 'json' | 'bytes', values: StoredTopic['values']): StoredTopic[] => ['none', 'gzip', 'zstd', 'snappy'].map(codec =>
  ({ topic: `${format}_${codec}`, format, codec, values, keys: { 'format.class': format, 's3.compression.type': codec, 'json.decimal.format': 'NUMERIC' } }))

const declared = {
  type: 'record', name: 'Order', fields: [
    { name: 'orderid', type: 'long' }, { name: 'itemid', type: ['null', 'string'] }, { name: 'orderunits', type: 'double' }, { name: 'price', type: 'double' }, { name: 'placed', type: 'long' },
    { name: 'address', type: { type: 'record', name: 'Address', fields: [{ name: 'city', type: 'string' }, { name: 'zipcode', type: 'int' }] } }
  ]
}

/** Every format with every codec that it takes. */
export const topics: readonly StoredTopic[] = [
  ...ofText('json', 'typed'),
  ...ofText('bytes', 'text'),
  ...['null', 'deflate', 'snappy', 'zstandard'].map((codec): StoredTopic => ({ topic: `avro_${codec}`, format: 'avro', codec, values: 'typed', keys: { 'format.class': 'avro', 'avro.codec': codec } })),
  ...['none', 'snappy', 'gzip', 'zstd'].map((codec): StoredTopic => ({ topic: `parquet_${codec}`, format: 'parquet', codec, values: 'typed', keys: { 'format.class': 'parquet', 'parquet.codec': codec } })),
  { topic: 'parquet_inferred', format: 'parquet', codec: 'snappy', values: 'plain', keys: { 'format.class': 'parquet' } },
  { topic: 'parquet_declared', format: 'parquet', codec: 'snappy', values: 'plain', keys: { 'format.class': 'parquet', 'value.schema': JSON.stringify(declared) } }
]

/** What a reader must find in one directory. Numbers that may be past 2^53 are texts. */
export interface Sums { readonly count: number, readonly orderid: string, readonly orderunits: number, readonly price: number, readonly placed: string, readonly cities: number }

const orderSchema = schema.struct([
  ['orderid', schema.of('int64')],
  ['itemid', schema.of('string', { optional: true })],
  ['orderunits', schema.of('float64')],
  ['price', schema.decimal(2)],
  ['placed', schema.timestamp()],
  ['address', schema.struct([['city', schema.of('string')], ['zipcode', schema.of('int32')]])]
], { name: 'shop.Order' })

interface Order { readonly hour: string, readonly orderid: bigint, readonly itemid: string | null, readonly orderunits: number, readonly cents: number, readonly at: number, readonly city: string }

/** The nth order of a partition; prices and units have sums that no double rounds. */
function order (partition: number, n: number): Order {
  const number = partition * perPartition + n
  const spread = Math.imul(number ^ 0x5bd1, 0x2c1b3c6d) >>> 0
  return {
    hour: hours[spread % hours.length]!, orderid: 9_007_199_254_740_993n + BigInt(number), itemid: number % 11 === 0 ? null : `Item_${spread % 50}`,
    orderunits: number % 7 + 0.25, cents: (spread >>> 5) % 400 * 25, at: 1_573_573_055_000 + number * 977, city: `Xi\u2019an "${spread % 13}"`
  }
}

function recordOf ({ topic, values }: StoredTopic, partition: number, offset: number): SinkRecord {
  const { hour, orderid, itemid, orderunits, cents, at, city } = order(partition, offset)
  const address = { city, zipcode: 710000 }
  const plain = { orderid, itemid, orderunits, price: cents / 100, placed: at, address }
  const value = values === 'typed'
    ? { orderid, itemid, orderunits, price: new Decimal(BigInt(cents), 2), placed: new Date(at), address }
    : values === 'plain' ? plain : Buffer.from(JSON.stringify({ ...plain, orderid: 0 }).replace('"orderid":0', `"orderid":${orderid}`))
  return sinkRecord({ topic, partition, offset, timestamp: at, value, valueSchema: values === 'typed' ? orderSchema : null, headers: [{ key: 'tributary.partition', schema: null, value: `ot=${hour}/` }] })
}

/** The sums of each directory. */
export function expectedSums (): Record<string, Sums> {
  const all = Array.from({ length: partitions }, (_, partition) => Array.from({ length: perPartition }, (_, n) => order(partition, n))).flat()
  return Object.fromEntries([...Map.groupBy(all, ({ hour }) => hour)].map(([hour, orders]) => [hour, {
    count: orders.length,
    orderid: String(orders.reduce((sum, { orderid }) => sum + orderid, 0n)),
    orderunits: orders.reduce((sum, { orderunits }) => sum + orderunits, 0),
    price: orders.reduce((sum, { cents }) => sum + cents, 0) / 100,
    placed: String(orders.reduce((sum, { at }) => sum + BigInt(at), 0n)),
    cities: new Set(orders.map(({ city }) => city)).size
  }]))
}

/** Stores a topic through the sink, under `topics/<topic>/ot=<hour>/`, in several objects a directory. */
export async function store (bucket: string, endpoint: string, topic: StoredTopic, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const raw = {
    name: `analytics-${topic.topic}`, 's3.bucket.name': bucket, 's3.region': 'us-east-1', 'store.url': endpoint, 'aws.access.key.id': 'test', 'aws.secret.access.key': 'testsecret',
    'rotate.age.ms': '600000', 'flush.on.close': 'true', ...topic.keys, ...more
  }
  const owned: TopicPartition[] = Array.from({ length: partitions }, (_, partition) => ({ topic: topic.topic, partition }))
  const silent = (): void => {}
  const task = await s3PartitionedSink.start({
    task: { connector: raw.name, task: 0 }, config: configOf(s3PartitionedSink.config, raw), raw, giveUp: new AbortController().signal,
    log: { error: console.error, warn: console.error, info: silent, debug: silent },
    assignment: () => owned, pause: silent, resume: silent, seek: silent, requestCommit: silent, timeout: silent,
    report: async (_record, error) => { throw error },
    counter: () => ({ add () {} })
  })
  await task.open?.(owned)
  for (const { partition } of owned) await task.put(Array.from({ length: perPartition }, (_, offset) => recordOf(topic, partition, offset)))
  await task.close?.(owned, 'revoked')
  await task.stop?.()
}
