import type { SourceOffset, SourcePartition } from '@tributary/plugin'
import type { ClientSettings, Kafka } from '../kafka/port.ts'
import { writeRecords } from './internal-topic.ts'
import type { OffsetChange, OffsetStore } from './offset-store.ts'
import type { PartitionOffset } from './offset-state.ts'
import type { OffsetTopic } from './offset-topic.ts'

/**
 * An offset topic whose changes are made in a transaction of the connector's first task, so that they cannot mix with what a task that is still
 * alive somewhere writes (KIP-875).
 */
export class TransactionalOffsets implements OffsetStore {
  readonly #topic: OffsetTopic
  readonly #kafka: Kafka
  readonly #producer: ClientSettings

  /** `producer`: settings with a `transactional.id`. */
  constructor (topic: OffsetTopic, kafka: Kafka, producer: ClientSettings) {
    this.#topic = topic
    this.#kafka = kafka
    this.#producer = producer
  }

  read (connector: string, partitions: readonly SourcePartition[]): Promise<(SourceOffset | null)[]> { return this.#topic.read(connector, partitions) }

  all (connector: string): Promise<PartitionOffset[]> { return this.#topic.all(connector) }

  async write (connector: string, offsets: readonly OffsetChange[]): Promise<void> {
    const producer = await this.#kafka.producer(this.#producer)
    try {
      await producer.init()
      producer.begin()
      await writeRecords(producer, this.#topic.name, this.#topic.recordsOf(connector, offsets))
      await producer.commitTransaction()
    } finally {
      await producer.close(0)
    }
  }

  keys (connector: string, partitions: readonly SourcePartition[]): Uint8Array[] { return this.#topic.keys(connector, partitions) }

  noteWritten (): Promise<void> { return Promise.resolve() }

  async [Symbol.asyncDispose] (): Promise<void> { await this.#topic[Symbol.asyncDispose]() }
}
