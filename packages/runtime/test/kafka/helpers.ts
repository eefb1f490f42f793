import { kafkaBootstrap, uniqueName, until } from '@tributary/testing'
import type { Feed, Log, Position, RawBatch, TopicPartition } from '@tributary/plugin'
import type { Test } from 'tap'
import { openKafka, type Admin, type ClientSettings, type LogRecord, type Producer, type ProducerRecord, type RecordMetadata } from '../../src/kafka/index.ts'

export const kafka = openKafka()

export function silentLog (lines: string[] = []): Log {
  const keep = (_fields: object, sentence: string): void => { lines.push(sentence) }
  return { error: keep, warn: keep, info: () => {}, debug: () => {} }
}

export function settingsOf (more: ClientSettings = {}): ClientSettings {
  return { 'bootstrap.servers': kafkaBootstrap(), ...more }
}

export async function openAdmin (t: Test, settings = settingsOf()): Promise<Admin> {
  const admin = await kafka.admin(settings)
  t.teardown(() => admin.close())
  return admin
}

export async function openProducer (t: Test, more: ClientSettings = {}): Promise<Producer> {
  const producer = await kafka.producer(settingsOf(more))
  t.teardown(() => producer.close(0))
  return producer
}

/** A topic of its own for a test. */
export async function createTopic (t: Test, partitions = 1, options: { configs?: Readonly<Record<string, string>>, settings?: ClientSettings, replicationFactor?: number } = {}): Promise<string> {
  const admin = await openAdmin(t, options.settings)
  const name = uniqueName('kafka-port')
  await admin.create({ name, partitions, replicationFactor: options.replicationFactor ?? 1, configs: options.configs ?? {} })
  // A broker may learn of a topic a little later than the controller, which answers.
  await until(`the broker knows ${name}`, async () => (await admin.describe([name])).get(name) !== null)
  return name
}

export function recordOf (topic: string, value: string | Uint8Array | null, more: Partial<ProducerRecord> = {}): ProducerRecord {
  return { topic, partition: null, key: null, value: typeof value === 'string' ? Buffer.from(value) : value, timestamp: null, headers: [], ...more }
}

/** How each record of a `send` ended, in the order of the records. */
export async function write (producer: Producer, records: readonly ProducerRecord[]): Promise<(RecordMetadata | Error)[]> {
  const ends: (RecordMetadata | Error)[] = []
  await producer.send(records, (index, metadata, error) => { ends[index] = error ?? metadata ?? new Error('neither') })
  await producer.flush({ signal: AbortSignal.timeout(30_000) })
  return ends
}

export interface Consumer {
  readonly feed: Feed
  readonly assigned: Position[][]
  readonly revoked: { partitions: readonly TopicPartition[], reason: string }[]
  readonly warnings: string[]
  /** Polls until `enough`; returns all that came. */
  until (enough: (batches: readonly RawBatch[]) => boolean, timeoutMs?: number): Promise<RawBatch[]>
}

/** A consumer with what it was told written down. */
export async function openConsumer (t: Test, subscription: { topics: readonly string[] } | { pattern: RegExp }, more: ClientSettings = {}, on: { assigned?: () => Promise<void>, revoked?: (partitions: readonly TopicPartition[]) => Promise<void> } = {}): Promise<Consumer> {
  const assigned: Position[][] = []
  const revoked: { partitions: readonly TopicPartition[], reason: string }[] = []
  const warnings: string[] = []
  const feed = await kafka.consumer(settingsOf({ 'group.id': uniqueName('group'), 'auto.offset.reset': 'earliest', 'fetch.max.wait.ms': '50', ...more }), subscription, {
    task: { connector: 'test', task: 0 },
    log: silentLog(warnings),
    giveUp: new AbortController().signal,
    onAssigned: async positions => {
      assigned.push([...positions])
      await on.assigned?.()
    },
    onRevoked: async (partitions, reason) => {
      revoked.push({ partitions, reason })
      await on.revoked?.(partitions)
    }
  })
  t.teardown(() => feed.close())
  return {
    feed,
    assigned,
    revoked,
    warnings,
    async until (enough, timeoutMs = 30_000) {
      const all: RawBatch[] = []
      const end = Date.now() + timeoutMs
      while (!enough(all)) {
        if (Date.now() > end) throw new Error(`Polled ${timeoutMs} ms in vain; ${countOf(all)} records came.`)
        all.push(...await feed.poll({ waitMs: 50, maxRecords: 500 }))
      }
      return all
    }
  }
}

export function countOf (batches: readonly RawBatch[]): number { return batches.reduce((sum, { records }) => sum + records.length, 0) }

export function valuesOf (batches: readonly RawBatch[]): string[] { return batches.flatMap(({ records }) => records.map(({ value }) => value === null ? 'null' : Buffer.from(value).toString())) }

/** All records of a topic, read by a log reader. */
export async function readTopic (t: Test, topic: string, more: ClientSettings = {}): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  const reader = await kafka.logReader(settingsOf(more), topic, record => { records.push(record) })
  t.teardown(() => reader.close())
  await reader.start()
  return records
}

export function textOf (bytes: Uint8Array | null | undefined): string | null { return bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString() }
