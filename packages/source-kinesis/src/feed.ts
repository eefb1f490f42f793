import { hostname } from 'node:os'
import { randomUUID } from 'node:crypto'
import { configError, defineFeed, type ConfigProblem, type FeedContext } from '@tributary/plugin'
import { clientOptions, kinesisClient, listShards } from '@tributary/kinesis'
import { connectionOf, kinesisFeedConfig, type KinesisFeedConfig, type StreamConfig } from './config.ts'
import { KinesisFeed } from './kinesis-feed.ts'
import { LeaseTable } from './lease-table.ts'

const startAttempts = 6

/**
 * Reads a Kinesis stream as a consumer group reads topics: the topic is the stream's name, a shard the partition of the number its id ends
 * in, the lease table in DynamoDB the group. Offsets are sequence numbers as bigint; with `deaggregate` (the default) they are
 * `sequence number * 2^24 + index of the user record`, so that they order and checkpoint the records inside an aggregate. A committed position is the next
 * offset, as in Kafka; what the table stores is the last record that is done, as the KCL does.
 */
export const kinesisFeed = defineFeed({
  summary: 'Reads a Kinesis data stream with KCL leases.',
  config: kinesisFeedConfig,
  validate: config => feedProblems(config),
  async open (context: FeedContext<KinesisFeedConfig>) {
    const { config, giveUp, task } = context
    const [problem] = feedProblems(config)
    if (problem !== undefined) throw configError(`${problem.key}: ${problem.message}`)
    const [client, sdk, dynamodb, dynamodbOptions] = await Promise.all([
      kinesisClient(connectionOf(config, 'kinesis')), import('@aws-sdk/client-kinesis'), import('@aws-sdk/client-dynamodb'), clientOptions(connectionOf(config, 'dynamodb'))
    ])
    const dynamodbClient = new dynamodb.DynamoDBClient(dynamodbOptions)
    const table = new LeaseTable(config['application.name'], dynamodbClient, dynamodb, { timeoutMs: Math.min(10_000, Math.max(1000, config['failover.ms'] / 2)), giveUp })
    const end = (): void => {
      client.destroy()
      dynamodbClient.destroy()
    }
    try {
      await Promise.all([listShards(client, config['stream.name'], { signal: giveUp, attempts: startAttempts }), table.open()])
      const worker = `${hostname()}:${process.pid}:${task.connector}-${task.task}:${randomUUID()}`
      const feed = new KinesisFeed({ context, client, sdk, table, worker, end })
      await feed.start()
      return feed
    } catch (error) {
      end()
      throw error
    }
  }
})

/** What is wrong across keys. */
export function feedProblems (config: StreamConfig): ConfigProblem[] {
  const needsTime = config['initial.position'] === 'AT_TIMESTAMP' && config['initial.timestamp'] === null
  return needsTime ? [{ key: 'initial.timestamp', message: 'initial.position=AT_TIMESTAMP needs a time, such as 2026-11-23T08:00:00Z.' }] : []
}
