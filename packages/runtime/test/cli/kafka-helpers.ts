import { kafkaBootstrap } from '@tributary/testing'
import { openKafka, type ProducerRecord } from '../../src/kafka/index.ts'

const settings = { 'bootstrap.servers': kafkaBootstrap() }

/** Makes a topic. */
export async function createTopic (name: string, partitions = 1): Promise<void> {
  const admin = await openKafka().admin(settings)
  await admin.create({ name, partitions, replicationFactor: 1, configs: {} })
  await admin.close()
}

/** Writes text values to a partition of a topic. */
export async function writeValues (topic: string, values: readonly string[], partition = 0): Promise<void> {
  const producer = await openKafka().producer({ ...settings, acks: 'all' })
  const records = values.map((value): ProducerRecord => ({ topic, partition, key: null, value: Buffer.from(value), timestamp: 1_573_573_055_000, headers: [] }))
  await producer.send(records, (_index, _metadata, error) => { if (error !== null) throw error })
  await producer.flush({ signal: AbortSignal.timeout(10_000) })
  await producer.close(1000)
}

/** A record as it was read back. */
export interface ReadRecord { readonly value: string, readonly headers: Readonly<Record<string, string>> }

/** Everything in a topic now; empty when there is no such topic. */
export async function readTopic (topic: string): Promise<ReadRecord[]> {
  const admin = await openKafka().admin(settings)
  try {
    if ((await admin.describe([topic])).get(topic) == null) return []
  } finally {
    await admin.close()
  }
  const records: ReadRecord[] = []
  const consumer = await openKafka().consumer({ ...settings, 'group.id': `read-${topic}-${Date.now()}-${Math.random()}`, 'auto.offset.reset': 'earliest', 'enable.auto.commit': 'false' }, { topics: [topic] }, {
    task: { connector: 'read', task: 0 }, log: { error () {}, warn () {}, info () {}, debug () {} }, giveUp: new AbortController().signal, onAssigned: async () => {}, onRevoked: async () => {}
  })
  try {
    for (let empty = 0; empty < 2;) {
      const batches = await consumer.poll({ waitMs: 500, maxRecords: 10_000 })
      if (batches.length === 0) empty++
      for (const batch of batches) {
        for (const { value, headers } of batch.records) {
          records.push({ value: value === null ? '' : Buffer.from(value).toString(), headers: Object.fromEntries(headers.map(header => [header.key, header.value === null ? '' : Buffer.from(header.value).toString()])) })
        }
      }
    }
  } finally {
    await consumer.close()
  }
  return records
}
