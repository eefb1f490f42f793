import { CreateStreamCommand, DescribeStreamSummaryCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import type { Feed, Position, RawBatch, TopicPartition } from '@tributary/plugin'
import { clientOptions, kinesisClient, listShards, type Connection } from '@tributary/kinesis'
import { awsEndpoint, uniqueName, until } from '@tributary/testing'
import { kinesisFeed, kinesisFeedConfig, type KinesisFeedConfig } from '../src/index.ts'
import { LeaseTable } from '../src/lease-table.ts'

process.env['AWS_ACCESS_KEY_ID'] ??= 'test'
process.env['AWS_SECRET_ACCESS_KEY'] ??= 'testsecret'

export interface Test { teardown (end: () => unknown): void }

export function connection (endpoint: string): Connection {
  return { region: 'us-east-1', endpoint, stsEndpoint: null, roleArn: null, roleSessionName: 'test', roleExternalId: null, roleDurationSeconds: 900, connectTimeoutMs: 5000, maxConnections: 50 }
}

/** A stream of `shards` shards to write to. */
export async function createStream (t: Test, shards: number, endpoint = awsEndpoint()) {
  const client = await kinesisClient(connection(endpoint))
  t.teardown(() => { client.destroy() })
  const name = uniqueName('feed')
  await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }))
  const isActive = () => until('stream active', async () => (await client.send(new DescribeStreamSummaryCommand({ StreamName: name }))).StreamDescriptionSummary?.StreamStatus === 'ACTIVE')
  await isActive()
  return {
    name,
    client,
    isActive,
    shards: () => listShards(client, name, { signal: AbortSignal.timeout(10_000) }),
    /** Writes texts, each under itself as partition key. */
    async put (values: readonly string[]) {
      for (let i = 0; i < values.length; i += 500) {
        const answer = await client.send(new PutRecordsCommand({ StreamName: name, Records: values.slice(i, i + 500).map(value => ({ PartitionKey: value, Data: Buffer.from(value) })) }))
        if (answer.FailedRecordCount !== 0) throw new Error(`${answer.FailedRecordCount} records were refused.`)
      }
    }
  }
}

/** The lease table of an application. */
export async function openTable (t: Test, name: string): Promise<LeaseTable> {
  const sdk = await import('@aws-sdk/client-dynamodb')
  const client = new sdk.DynamoDBClient(await clientOptions(connection(awsEndpoint())))
  t.teardown(() => { client.destroy() })
  const table = new LeaseTable(name, client, sdk, { timeoutMs: 10_000, giveUp: new AbortController().signal })
  await table.open()
  return table
}

export type FeedConfig = Partial<KinesisFeedConfig> & { 'stream.name': string, 'application.name': string }

export function fullConfig (config: FeedConfig): KinesisFeedConfig {
  const defaults = Object.fromEntries(Object.entries(kinesisFeedConfig.keys).map(([key, { default: value }]) => [key, value ?? null]))
  return { ...defaults, region: 'us-east-1', endpoint: awsEndpoint(), 'dynamodb.endpoint': awsEndpoint(), 'idle.between.reads.ms': 200, 'failover.ms': 2000, ...config } as KinesisFeedConfig
}

/** An open feed with all that its listeners heard. */
export interface OpenFeed {
  readonly feed: Feed
  readonly texts: string[]
  readonly batches: RawBatch[]
  readonly owned: Map<number, Position>
  readonly events: { event: 'assigned' | 'revoked' | 'lost', partitions: number[] }[]
  /** Polls once; keeps what came. */
  step (): Promise<readonly RawBatch[]>
  /** Commits all that was delivered. */
  commit (): Promise<void>
}

/** Opens a feed as a worker would; closes it after the test. Revoked partitions are committed first, as the worker does. */
export async function openFeed (t: Test, config: FeedConfig, name = 'test'): Promise<OpenFeed> {
  const giveUp = new AbortController()
  const owned = new Map<number, Position>()
  const next = new Map<number, Position>()
  const events: OpenFeed['events'] = []
  const texts: string[] = []
  const batches: RawBatch[] = []
  const ignore = (): void => {}
  const numbers = (partitions: readonly TopicPartition[]): number[] => partitions.map(({ partition }) => partition)
  const feed = await kinesisFeed.open({
    task: { connector: name, task: 0 },
    config: fullConfig(config),
    raw: {},
    log: { error: ignore, warn: ignore, info: ignore, debug: ignore },
    giveUp: giveUp.signal,
    async onAssigned (positions) {
      events.push({ event: 'assigned', partitions: numbers(positions) })
      for (const position of positions) owned.set(position.partition, position)
    },
    async onRevoked (partitions, reason) {
      events.push({ event: reason, partitions: numbers(partitions) })
      for (const { partition } of partitions) {
        owned.delete(partition)
        next.delete(partition)
      }
    }
  })
  t.teardown(() => feed.close())
  return {
    feed,
    texts,
    batches,
    owned,
    events,
    async step () {
      const found = await feed.poll({ waitMs: 50, maxRecords: 500 })
      for (const batch of found) {
        batches.push(batch)
        next.set(batch.partition, { topic: batch.topic, partition: batch.partition, offset: batch.next })
        for (const { value } of batch.records) texts.push(Buffer.from(value ?? []).toString())
      }
      return found
    },
    commit: () => feed.commit([...next.values()])
  }
}

export function numbered (prefix: string, count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}-${from + i}`)
}
