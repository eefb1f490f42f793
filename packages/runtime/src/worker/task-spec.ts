import type { RawConfig, TaskId } from '@tributary/plugin'
import type { TransactionSettings } from '../config/exactly-once.ts'
import type { ClientSettings } from '../kafka/port.ts'
import type { TaskTarget } from './task-control.ts'

/** Everything a task is started with: plain data, which can be sent to its thread. Variables of config providers are replaced. */
export interface TaskSpec {
  readonly id: TaskId
  readonly type: 'source' | 'sink'
  /** Class of the connector, as the catalog knows it. */
  readonly connectorClass: string
  readonly connectorVersion: string | null
  readonly connectorConfig: RawConfig
  readonly taskConfig: RawConfig
  /** The worker's file, for converters that connectors inherit. */
  readonly workerConfig: RawConfig
  readonly target: TaskTarget
  readonly clients: {
    readonly producer: ClientSettings
    readonly consumer: ClientSettings
    readonly admin: ClientSettings
    readonly deadLetterProducer: ClientSettings
    readonly deadLetterAdmin: ClientSettings
  }
  /** How a source task with exactly-once writes; null: at least once. */
  readonly transactions: TransactionSettings | null
  /** Whether the worker lets source tasks create topics. */
  readonly createsTopics: boolean
  /** Whether the worker wants to know which topics the task uses. */
  readonly tracksTopics: boolean
  /** Whether the worker wants to know which partitions a sink task owns. */
  readonly reportsPartitions: boolean
  readonly offsetFlushIntervalMs: number
  readonly offsetFlushTimeoutMs: number
}
