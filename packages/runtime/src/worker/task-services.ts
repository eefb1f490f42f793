import type { Log, SourceOffset, SourcePartition } from '@tributary/plugin'
import type { Plugins } from '../config/plugins.ts'
import type { OwnedPartition } from '../herder/herder.ts'
import type { Kafka } from '../kafka/port.ts'
import type { TaskMetrics } from '../metrics/task-metrics.ts'
import type { TaskControl } from './task-control.ts'

/** A source partition with the offset to store, null to forget it. */
export interface OffsetEntry {
  readonly partition: SourcePartition
  readonly offset: SourceOffset | null
}

/** Where a source task keeps its offsets. With exactly-once it writes them itself, in its transactions. */
export interface TaskOffsets {
  /** Last committed offsets, in the order asked for. */
  read (partitions: readonly SourcePartition[]): Promise<(SourceOffset | null)[]>
  /** Resolves when the offsets are durable. */
  write (entries: readonly OffsetEntry[]): Promise<void>
  /** The keys of partitions in the offset topic, in the order asked for. */
  keys (partitions: readonly SourcePartition[]): Promise<Uint8Array[]>
  /** Says that the task has written offsets itself. */
  noteWritten (entries: readonly OffsetEntry[]): Promise<void>
}

/** What a task gets from whoever runs it, in a thread or inline. */
export interface TaskServices {
  readonly control: TaskControl
  readonly metrics: TaskMetrics
  readonly plugins: Plugins
  readonly offsets: TaskOffsets
  /** A logger of the task, by logger name. */
  readonly log: (name: string) => Log
  /** Kafka's clients; loaded when first asked for, since a task with another feed needs none. */
  readonly kafka: () => Promise<Kafka>
  /** Says that the task now is in this state; FAILED and UNASSIGNED are for whoever runs it. */
  readonly report: (state: 'RUNNING' | 'PAUSED') => void
  /**
   * Rejects unless a task with exactly-once may still start, now that its producer has fenced older ones: it must not have been given new
   * configurations, or to another worker, meanwhile.
   */
  readonly mayStart: () => Promise<void>
  /** Says which partitions a sink task owns now, and how far it is. */
  readonly reportPartitions: (partitions: readonly OwnedPartition[]) => void
  /** Says, once a topic, that the task uses it. */
  readonly usesTopic: (topic: string) => void
}
