import type { OwnedPartition } from '../herder/herder.ts'
import type { LogLevel } from '../log/levels.ts'
import type { TaskMetrics } from '../metrics/task-metrics.ts'
import type { TaskTarget } from './task-control.ts'

/** How a task ended: stopped, or failed with the trace for its status. */
export interface TaskEnd { readonly trace: string | null }

/** A task that was started, wherever it runs. */
export interface RunningTask {
  readonly metrics: TaskMetrics
  /** Partitions that a sink task owns, as it said last; null: it did not say. */
  readonly partitions: readonly OwnedPartition[] | null
  /** Resolves, never rejects, when the task has ended by itself or was stopped. */
  readonly ended: Promise<TaskEnd>
  setTarget (target: TaskTarget): void
  setLogLevel (name: string, level: LogLevel): void
  /** Asks it to stop; see `ended`. */
  stop (): void
  /** Ends it without its help: nothing more is written or committed. Resolves when it cannot do anything any more, as far as that is possible. */
  abandon (): Promise<void>
}
