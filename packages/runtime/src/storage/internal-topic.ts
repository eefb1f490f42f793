import { ConnectError, configError, type Log } from '@tributary/plugin'
import type { Admin, ClientSettings, Kafka, LogReader, LogRecord, Producer } from '../kafka/port.ts'

/** What is wanted of one of Connect's three internal topics. */
export interface InternalTopicOptions {
  readonly topic: string
  /** The worker key that names it, for errors: `config.storage.topic`. */
  readonly key: string
  /** What it holds, for errors, as Java words it: `connector configurations`. */
  readonly purpose: string
  readonly partitions: number
  /** -1: the broker's default. */
  readonly replicationFactor: number
  /** Further topic settings for its creation; `cleanup.policy` is always `compact`. */
  readonly settings: Readonly<Record<string, string>>
  /** Client settings; `isolation.level` decides what readers see. */
  readonly consumer: ClientSettings
  readonly producer: ClientSettings
  readonly log: Log
}

/** A record to write; an object is written as JSON, null is a tombstone. */
export interface InternalRecord {
  readonly key: string | Uint8Array
  readonly value: object | Uint8Array | null
}

/** Creates the topic when it is missing, and refuses one whose `cleanup.policy` would lose what Connect keeps in it. */
export async function ensureInternalTopic (admin: Admin, { topic, key, purpose, partitions, replicationFactor, settings }: InternalTopicOptions): Promise<void> {
  if (await admin.create({ name: topic, partitions, replicationFactor, configs: { ...settings, 'cleanup.policy': 'compact' } })) return
  const policy = await admin.topicConfig(topic).then(config => config.get('cleanup.policy'), ignoreDenied)
  if (policy === undefined || policy === 'compact') return
  throw configError(`Topic '${topic}' supplied via the '${key}' property is required to have 'cleanup.policy=compact' to guarantee consistency and durability of ${purpose}, but found the topic currently has 'cleanup.policy=${policy}'. ` +
    `Continuing would likely result in eventually losing ${purpose} and problems restarting this Connect cluster in the future. Change the '${key}' property in the Connect worker configurations to use a topic with 'cleanup.policy=compact'.`)
}

function ignoreDenied (error: unknown): undefined {
  if (error instanceof ConnectError && error.code.endsWith('AUTHORIZATION_FAILED')) return undefined
  throw error
}

/** One of Connect's internal topics: everything in it is read at the start and followed from there. */
export class InternalTopic implements AsyncDisposable {
  readonly #reader: LogReader
  readonly #producer: Producer
  readonly #topic: string

  private constructor (topic: string, reader: LogReader, producer: Producer) {
    this.#topic = topic
    this.#reader = reader
    this.#producer = producer
  }

  /**
   * Makes sure of the topic, and reads it from its beginning to its end; `onRecord` is called for each record, then and later. A record that it
   * throws for is logged and skipped: one bad record must not keep a cluster from starting.
   */
  static async open (kafka: Kafka, admin: Admin, options: InternalTopicOptions, onRecord: (record: LogRecord) => void): Promise<InternalTopic> {
    await ensureInternalTopic(admin, options)
    const reader = await kafka.logReader(options.consumer, options.topic, record => {
      try {
        onRecord(record)
      } catch (error) {
        options.log.error({ topic: options.topic, partition: record.partition, offset: record.offset }, `Skipped a record of ${options.topic} (partition ${record.partition}, offset ${record.offset}): ${(error as Error).message}`)
      }
    })
    const producer = await kafka.producer(options.producer)
    await reader.start()
    return new InternalTopic(options.topic, reader, producer)
  }

  /** Writes records; resolves when all are acknowledged, rejects with the first refusal. */
  async write (records: readonly InternalRecord[]): Promise<void> {
    await writeRecords(this.#producer, this.#topic, records)
  }

  /** Resolves when everything written so far, by anybody, has been read. */
  async readToEnd (): Promise<void> { await this.#reader.readToEnd() }

  async [Symbol.asyncDispose] (): Promise<void> {
    await this.#producer.close(5000)
    await this.#reader.close()
  }
}

/** Writes internal records through a producer; resolves when all are acknowledged, rejects with the first refusal. */
export async function writeRecords (producer: Producer, topic: string, records: readonly InternalRecord[]): Promise<void> {
  if (records.length === 0) return
  let left = records.length
  let refusal: Error | null = null
  const done = Promise.withResolvers<void>()
  const onDone = (_index: number, _metadata: unknown, error: Error | null): void => {
    refusal ??= error
    left -= 1
    if (left > 0) return
    if (refusal === null) done.resolve()
    else done.reject(refusal)
  }
  const accepted = producer.send(records.map(({ key, value }) => ({
    topic,
    partition: null,
    key: typeof key === 'string' ? Buffer.from(key) : key,
    value: value === null || value instanceof Uint8Array ? value : Buffer.from(JSON.stringify(value)),
    timestamp: null,
    headers: []
  })), onDone)
  await Promise.all([accepted, done.promise])
}
