import { dataError, defineSink, retriableError, type Position, type SinkRecord, type SinkTask, type SinkTaskContext, type TopicPartition } from '@tributary/plugin'
import { kinesisClient, listShards, ShardMap, spreadHashKey } from '@tributary/kinesis'
import type { KinesisClient } from '@aws-sdk/client-kinesis'
import { connectionOf, kinesisSinkConfig, type KinesisSinkConfig } from './config.ts'
import { Entry } from './entry.ts'
import { partitionKeyOf, payloadOf } from './payload.ts'
import { Progress } from './progress.ts'
import { KinesisWriter } from './writer.ts'

type Context = SinkTaskContext<KinesisSinkConfig>

const startAttempts = 6
const flushMs = 5000

/** Writes Kafka records to Kinesis Data Streams; runs configurations of awslabs' `AmazonKinesisSinkConnector`. */
export const kinesisSink = defineSink({
  summary: 'Writes records to a Kinesis data stream.',
  guarantee: 'at-least-once',
  config: kinesisSinkConfig,
  async start (context: Context): Promise<SinkTask> {
    const { config } = context
    const client = await kinesisClient(connectionOf(config))
    const map = await shardMap(client, context)
    const { PutRecordsCommand } = await import('@aws-sdk/client-kinesis')
    return new KinesisSinkTask(context, client, PutRecordsCommand, map)
  }
})

/** Doubles as the check that stream, region, endpoint and credentials are right. */
async function shardMap (client: KinesisClient, { config, giveUp, log }: Context): Promise<ShardMap | null> {
  try {
    return new ShardMap(await listShards(client, config.streamName, { signal: giveUp, attempts: startAttempts }))
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'KINESIS_ACCESS_DENIED') {
      client.destroy()
      throw error
    }
    log.warn({ stream: config.streamName }, 'The policy allows neither kinesis:ListShards nor kinesis:DescribeStream, so nothing is aggregated, and one throttled shard slows all.')
    return null
  }
}

class KinesisSinkTask implements SinkTask {
  readonly #context: Context
  readonly #client: KinesisClient
  readonly #writer: KinesisWriter
  readonly #progress = new Map<string, Map<number, Progress>>()
  readonly #stop = new AbortController()
  #isPaused = false

  constructor (context: Context, client: KinesisClient, command: ConstructorParameters<typeof KinesisWriter>[0]['command'], map: ShardMap | null) {
    const { config, giveUp, log } = context
    this.#context = context
    this.#client = client
    this.#writer = new KinesisWriter({
      client,
      command,
      stream: config.streamName,
      map,
      aggregation: config.aggregation,
      ordering: config.ordering,
      maxRequests: config.maxConnections,
      requestTimeoutMs: config.requestTimeout,
      maxBufferedMs: config.maxBufferedTime,
      maxRecordBytes: config.maxRecordBytes,
      signal: AbortSignal.any([giveUp, this.#stop.signal]),
      log
    })
  }

  async put (records: readonly SinkRecord[]): Promise<void> {
    this.#throwIfFailed()
    if (!this.#context.config.pauseConsumption) await this.#waitForRoom()
    for (const record of records) {
      const refused = this.#take(record)
      if (refused !== null) await this.#report(record, refused)
    }
    this.#writer.pump()
    if (this.#context.config.pauseConsumption) await this.#pauseOrResume()
    this.#throwIfFailed()
  }

  /** Hands a record to the writer; returns the error of one that cannot be written. */
  #take (record: SinkRecord): Error | null {
    const { config } = this.#context
    if (record.value === null || record.value === undefined) {
      if (config['behavior.on.null.values'] === 'ignore') return null
      if (config['behavior.on.null.values'] === 'fail') return dataError(`A record of topic "${record.topic}" has no value. Set behavior.on.null.values to ignore or empty, or errors.tolerance to all.`)
    }
    const data = record.value === null || record.value === undefined ? new Uint8Array() : payloadOf(record.valueSchema, record.value, config.appendLineBreak)
    const key = partitionKeyOf(record, config.nullKeyStrategy)
    const size = data.length + Buffer.byteLength(key)
    if (size > config.maxRecordBytes) return dataError(`A record of topic "${record.topic}" has ${size} bytes with its partition key; the stream takes ${config.maxRecordBytes} (maxRecordBytes).`)
    const progress = this.#progressOf(record)
    const hashKey = config.usePartitionAsHashKey ? String(spreadHashKey(record.originalPartition)) : null
    this.#writer.add(new Entry(key, hashKey, data, { progress, slot: progress.add(record.offset) }))
    return null
  }

  async #report (record: SinkRecord, error: Error): Promise<void> {
    const progress = this.#progressOf(record)
    const slot = progress.add(record.offset)
    await this.#context.report(record, error)
    progress.complete(slot)
  }

  #progressOf ({ originalTopic, originalPartition }: SinkRecord): Progress {
    let partitions = this.#progress.get(originalTopic)
    if (partitions === undefined) this.#progress.set(originalTopic, partitions = new Map())
    let progress = partitions.get(originalPartition)
    if (progress === undefined) partitions.set(originalPartition, progress = new Progress(originalTopic, originalPartition))
    return progress
  }

  #hasRoom (): boolean {
    const { outstandingRecordsThreshold, outstandingBytesThreshold } = this.#context.config
    return this.#writer.outstandingRecords < outstandingRecordsThreshold && this.#writer.outstandingBytes < outstandingBytesThreshold
  }

  async #waitForRoom (): Promise<void> {
    const hasRoom = await this.#writer.waitFor(() => this.#hasRoom(), this.#context.config.sleepPeriod)
    this.#throwIfFailed()
    if (!hasRoom) throw retriableError(`Stream "${this.#context.config.streamName}" does not take records as fast as they come; the batch is offered again.`)
  }

  /** Waits a little for room; where there is none, stops the flow of records, so that this call need not block. */
  async #pauseOrResume (): Promise<void> {
    const hasRoom = await this.#writer.waitFor(() => this.#hasRoom(), this.#context.config.sleepPeriod)
    if (!hasRoom) {
      this.#context.pause(this.#context.assignment())
      this.#isPaused = true
      this.#context.timeout(10)
    } else if (this.#isPaused) {
      this.#isPaused = false
      this.#context.resume(this.#context.assignment())
    }
  }

  #throwIfFailed (): void {
    if (this.#writer.error !== null) throw this.#writer.error
  }

  async preCommit (positions: readonly Position[]): Promise<readonly Position[]> {
    if (this.#context.config.flushSync) await this.#writer.flush(flushMs)
    else this.#writer.pump()
    this.#throwIfFailed()
    const safe: Position[] = []
    for (const position of positions) {
      const progress = this.#progress.get(position.topic)?.get(position.partition)
      if (progress === undefined || progress.isIdle) safe.push(position)
      else if (progress.position !== null) safe.push({ topic: position.topic, partition: position.partition, offset: progress.position })
    }
    return safe
  }

  open (partitions: readonly TopicPartition[]): void {
    if (this.#isPaused) this.#context.pause(partitions)
  }

  close (partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions) {
      const progress = this.#progress.get(topic)?.get(partition)
      if (progress === undefined) continue
      progress.closed = true
      this.#progress.get(topic)?.delete(partition)
    }
  }

  stop (): void {
    this.#writer.close()
    this.#stop.abort()
    this.#client.destroy()
  }
}
