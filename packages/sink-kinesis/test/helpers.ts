import { CreateStreamCommand, DescribeStreamSummaryCommand, GetRecordsCommand, GetShardIteratorCommand, type KinesisClient, type _Record } from '@aws-sdk/client-kinesis'
import { sinkRecord, type ConnectError, type Infer, type RawConfig, type SinkRecord, type SinkTask, type TopicPartition } from '@tributary/plugin'
import { kinesisClient, listShards, type Connection } from '@tributary/kinesis'
import { awsEndpoint, uniqueName, until } from '@tributary/testing'
import { kinesisSink, kinesisSinkConfig, type KinesisSinkConfig } from '../src/index.ts'

process.env['AWS_ACCESS_KEY_ID'] ??= 'test'
process.env['AWS_SECRET_ACCESS_KEY'] ??= 'testsecret'

interface Test { teardown (end: () => unknown): void }

export function connection (endpoint: string): Connection {
  return { region: 'us-east-1', endpoint, stsEndpoint: null, roleArn: null, roleSessionName: 'test', roleExternalId: null, roleDurationSeconds: 900, connectTimeoutMs: 5000, maxConnections: 8 }
}

/** A stream of `shards` shards, with a reader of all its records. */
export async function createStream (t: Test, shards: number, endpoint = awsEndpoint()) {
  const client = await kinesisClient(connection(endpoint))
  t.teardown(() => { client.destroy() })
  const name = uniqueName('sink')
  await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }))
  await until('stream active', async () => (await client.send(new DescribeStreamSummaryCommand({ StreamName: name }))).StreamDescriptionSummary?.StreamStatus === 'ACTIVE')
  return { name, client, read: () => readStream(client, name), shards: () => listShards(client, name, { signal: AbortSignal.timeout(10_000) }) }
}

/** Every record of a stream, by shard. */
async function readStream (client: KinesisClient, StreamName: string): Promise<Map<string, _Record[]>> {
  const found = new Map<string, _Record[]>()
  for (const { id } of await listShards(client, StreamName, { signal: AbortSignal.timeout(10_000) })) {
    const records: _Record[] = []
    let { ShardIterator } = await client.send(new GetShardIteratorCommand({ StreamName, ShardId: id, ShardIteratorType: 'TRIM_HORIZON' }))
    while (ShardIterator !== undefined) {
      const page = await client.send(new GetRecordsCommand({ ShardIterator, Limit: 10_000 }))
      records.push(...page.Records ?? [])
      ShardIterator = page.Records?.length === 0 && page.MillisBehindLatest === 0 ? undefined : page.NextShardIterator
    }
    found.set(id, records)
  }
  return found
}

export function texts (records: Iterable<_Record>): string[] {
  return Array.from(records, ({ Data }) => Buffer.from(Data ?? []).toString())
}

export interface StartedSink {
  readonly task: SinkTask
  readonly paused: Set<string>
  readonly reports: { record: SinkRecord, error: ConnectError }[]
  readonly warnings: string[]
}

/** Starts a task of the sink as a worker would; ends it after the test. */
export async function startSink (t: Test, config: Partial<Infer<typeof kinesisSinkConfig>> & { streamName: string }): Promise<StartedSink> {
  const defaults = Object.fromEntries(Object.entries(kinesisSinkConfig.keys).map(([key, { default: value }]) => [key, value ?? null]))
  const full = { ...defaults, region: 'us-east-1', kinesisEndpoint: awsEndpoint(), ...config } as unknown as KinesisSinkConfig
  const giveUp = new AbortController()
  const paused = new Set<string>()
  const reports: StartedSink['reports'] = []
  const warnings: string[] = []
  const name = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`
  const ignore = (): void => {}
  const task = await kinesisSink.start({
    task: { connector: 'test', task: 0 },
    config: full,
    raw: {} as RawConfig,
    giveUp: giveUp.signal,
    log: { error: ignore, warn: (_fields, sentence) => { warnings.push(sentence) }, info: ignore, debug: ignore },
    assignment: () => [{ topic: 'orders', partition: 0 }],
    pause: partitions => { for (const p of partitions) paused.add(name(p)) },
    resume: partitions => { for (const p of partitions) paused.delete(name(p)) },
    seek: ignore,
    requestCommit: ignore,
    timeout: ignore,
    report: async (record, error) => { reports.push({ record, error: error as ConnectError }) },
    counter: () => ({ add () {} })
  })
  t.teardown(async () => {
    giveUp.abort()
    await task.stop?.()
  })
  return { task, paused, reports, warnings }
}

/** Records of topic orders with values and keys from functions of the offset. */
export function orders (count: number, options: { from?: number, partition?: number, key?: (i: number) => unknown, value?: (i: number) => unknown } = {}): SinkRecord[] {
  const { from = 0, partition = 0, key = i => `key-${i % 7}`, value = i => Buffer.from(`{"orderid":${i}}`) } = options
  return Array.from({ length: count }, (_, n) => sinkRecord({ topic: 'orders', partition, offset: from + n, key: key(from + n), value: value(from + n) }))
}

/** Puts records in batches and waits until all are acknowledged; returns the position of partition 0. */
export async function putAll ({ task }: StartedSink, records: readonly SinkRecord[], batch = 500): Promise<number | bigint> {
  for (let i = 0; i < records.length; i += batch) await task.put(records.slice(i, i + batch))
  const end = records.length === 0 ? 0 : Number(records.at(-1)?.offset) + 1
  return until('everything acknowledged', async () => {
    await task.put([])
    const positions = await task.preCommit?.([{ topic: 'orders', partition: 0, offset: end }])
    const offset = positions?.[0]?.offset
    return offset === end ? offset : null
  }, 60_000)
}
