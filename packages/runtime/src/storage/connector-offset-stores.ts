import type { Log, RawConfig } from '@tributary/plugin'
import { offsetAdminSettings, offsetConsumerSettings, offsetProducerSettings, transactionalProducerSettings } from '../config/client-settings.ts'
import { offsetPlaceOf } from '../config/exactly-once.ts'
import { exactlyOnceSupport, storageTopicSettings, type DistributedWorkerConfig } from '../config/worker-config.ts'
import type { Kafka } from '../kafka/port.ts'
import { LayeredOffsets } from './layered-offsets.ts'
import { lentStore, type OffsetStore, type OffsetStores } from './offset-store.ts'
import { OffsetTopic } from './offset-topic.ts'
import { transactionalOffsets } from './transactional-offsets.ts'

export interface ConnectorOffsetStoresOptions {
  readonly kafka: Kafka
  readonly worker: DistributedWorkerConfig
  /** The worker's own offset topic. */
  readonly workers: OffsetTopic
  readonly log: Log
}

interface Shared { readonly store: Promise<LayeredOffsets>, users: number }

/** The offset stores of source connectors in a distributed worker: its own topic, or that of `offsets.storage.topic` before it. */
export class ConnectorOffsetStores implements OffsetStores {
  readonly #options: ConnectorOffsetStoresOptions
  /** Topics of connectors, read once for all that use them at a time. */
  readonly #shared = new Map<string, Shared>()

  constructor (options: ConnectorOffsetStoresOptions) { this.#options = options }

  async open (connector: string, config: RawConfig): Promise<OffsetStore> {
    const { worker, workers } = this.#options
    const { topic, isWorkers } = offsetPlaceOf(worker, connector, config)
    if (isWorkers) return lentStore(this.#writing(workers, connector, config))
    const key = JSON.stringify([connector, topic, offsetProducerSettings(worker, connector, config), offsetConsumerSettings(worker, connector, config)])
    let shared = this.#shared.get(key)
    if (shared === undefined) this.#shared.set(key, shared = { store: this.#openOwn(topic, connector, config), users: 0 })
    const { store } = shared
    shared.users++
    const leave = async (): Promise<void> => {
      if (--shared.users > 0) return
      this.#shared.delete(key)
      await (await store)[Symbol.asyncDispose]()
    }
    try {
      return lentStore(await store, leave)
    } catch (error) {
      await leave().catch(() => {})
      throw error
    }
  }

  async #openOwn (topic: string, connector: string, config: RawConfig): Promise<LayeredOffsets> {
    const { kafka, worker, workers, log } = this.#options
    const admin = await kafka.admin(offsetAdminSettings(worker, connector, config))
    try {
      const own = await OffsetTopic.open(kafka, admin, {
        topic, key: 'offsets.storage.topic', purpose: 'source connector offsets',
        partitions: worker.values['offset.storage.partitions'], replicationFactor: worker.values['offset.storage.replication.factor'],
        settings: storageTopicSettings(worker.raw, 'offset'),
        consumer: offsetConsumerSettings(worker, connector, config),
        producer: offsetProducerSettings(worker, connector, config),
        log
      })
      return new LayeredOffsets(this.#writing(own, connector, config), workers, log)
    } finally {
      await admin.close()
    }
  }

  #writing (topic: OffsetTopic, connector: string, config: RawConfig): OffsetStore {
    const { kafka, worker } = this.#options
    if (exactlyOnceSupport(worker) !== 'enabled') return topic
    return transactionalOffsets(topic, kafka, transactionalProducerSettings({ worker, connector, task: 0, config, groupId: worker.values['group.id'] }))
  }
}
