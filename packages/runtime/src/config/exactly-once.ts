import type { RawConfig } from '@tributary/plugin'
import { sourceProducerSettings } from './client-settings.ts'
import { exactlyOnceSupport, type DistributedWorkerConfig, type WorkerConfig } from './worker-config.ts'

/** When the transactions of a source task end, and where its offsets are written. Plain data, for the task's thread. */
export interface TransactionSettings {
  readonly boundary: 'poll' | 'interval' | 'connector'
  readonly intervalMs: number
  readonly offsetTopic: string
  /** Whether the worker wants to hear what was committed, for the copy in its own offset topic. */
  readonly copiesOffsets: boolean
}

/** The offset topic of a source connector. */
export interface OffsetPlace {
  readonly topic: string
  /** Whether it is the worker's own topic on the worker's own Kafka. */
  readonly isWorkers: boolean
}

/**
 * Where the offsets of a source connector are: the worker's topic, or `offsets.storage.topic` on the Kafka that its producer writes to. Offsets
 * in a transaction must be on the Kafka of the records, so with exactly-once a producer of another Kafka brings them there as well.
 */
export function offsetPlaceOf (worker: DistributedWorkerConfig, connector: string, config: RawConfig): OffsetPlace {
  const own = worker.values['offset.storage.topic']
  const named = config['offsets.storage.topic']?.trim() ?? ''
  if (named === '' && exactlyOnceSupport(worker) !== 'enabled') return { topic: own, isWorkers: true }
  const topic = named === '' ? own : named
  const servers = sourceProducerSettings({ worker, connector, task: 0, config })['bootstrap.servers']
  return { topic, isWorkers: topic === own && servers === worker.values['bootstrap.servers'].join(',') }
}

/** How the tasks of a source connector write; null: without transactions. `config`: the connector's, variables replaced. */
export function transactionSettingsOf (worker: WorkerConfig, connector: string, config: RawConfig): TransactionSettings | null {
  if (worker.mode === 'standalone' || exactlyOnceSupport(worker) !== 'enabled') return null
  const { topic, isWorkers } = offsetPlaceOf(worker, connector, config)
  const interval = config['transaction.boundary.interval.ms']?.trim() ?? ''
  return {
    boundary: (config['transaction.boundary']?.trim().toLowerCase() ?? 'poll') as TransactionSettings['boundary'],
    intervalMs: interval === '' ? worker.values['offset.flush.interval.ms'] : Number(interval),
    offsetTopic: topic,
    copiesOffsets: !isWorkers
  }
}
