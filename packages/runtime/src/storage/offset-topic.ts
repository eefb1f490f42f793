import type { SourceOffset, SourcePartition } from '@tributary/plugin'
import type { Admin, Kafka } from '../kafka/port.ts'
import { InternalTopic, type InternalRecord, type InternalTopicOptions } from './internal-topic.ts'
import type { OffsetChange, OffsetStore } from './offset-store.ts'
import { offsetValue, OffsetState, type PartitionOffset } from './offset-state.ts'

/** The offset topic: how far the source connectors of the cluster, or one connector with a topic of its own, have come. */
export class OffsetTopic implements OffsetStore {
  readonly name: string
  readonly #state: OffsetState
  readonly #topic: InternalTopic

  private constructor (name: string, state: OffsetState, topic: InternalTopic) {
    this.name = name
    this.#state = state
    this.#topic = topic
  }

  static async open (kafka: Kafka, admin: Admin, options: InternalTopicOptions): Promise<OffsetTopic> {
    const state = new OffsetState()
    return new OffsetTopic(options.topic, state, await InternalTopic.open(kafka, admin, options, record => { state.apply(record) }))
  }

  /** Offsets of some partitions, null where there is none, as of now: everything written by anybody before is seen. */
  async read (connector: string, partitions: readonly SourcePartition[]): Promise<(SourceOffset | null)[]> {
    await this.#topic.readToEnd()
    return partitions.map(partition => this.#state.get(connector, partition))
  }

  /** All partitions of a connector that have an offset, as of now. */
  async all (connector: string): Promise<PartitionOffset[]> {
    await this.#topic.readToEnd()
    return this.#state.all(connector)
  }

  /** Writes offsets, null to forget one; resolves when the brokers have them. */
  async write (connector: string, offsets: readonly OffsetChange[]): Promise<void> {
    await this.#topic.write(this.recordsOf(connector, offsets))
  }

  /** The records that `write` would write, for a producer that puts them into a transaction of its own. */
  recordsOf (connector: string, offsets: readonly OffsetChange[]): InternalRecord[] {
    return offsets.map(({ partition, offset }) => ({ key: this.#state.keyOf(connector, partition), value: offsetValue(offset) }))
  }

  keys (connector: string, partitions: readonly SourcePartition[]): Uint8Array[] { return partitions.map(partition => this.#state.keyOf(connector, partition)) }

  noteWritten (): Promise<void> { return Promise.resolve() }

  async [Symbol.asyncDispose] (): Promise<void> { await this.#topic[Symbol.asyncDispose]() }
}
