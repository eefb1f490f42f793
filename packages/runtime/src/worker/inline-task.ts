import type { Log } from '@tributary/plugin'
import type { Plugins } from '../config/plugins.ts'
import { traceOf } from '../error-handling/java-error.ts'
import type { OwnedPartition } from '../herder/herder.ts'
import { taskMemory, TaskMetrics } from '../metrics/task-metrics.ts'
import { runTask } from './run-task.ts'
import type { RunningTask, TaskEnd } from './running-task.ts'
import { TaskControl, type TaskTarget } from './task-control.ts'
import type { TaskOffsets } from './task-services.ts'
import type { TaskSpec } from './task-spec.ts'

export interface InlineTaskOptions {
  readonly spec: TaskSpec
  /** `metrics.num.samples`. */
  readonly samples: number
  readonly plugins: Plugins
  readonly log: (name: string) => Log
  readonly offsets: TaskOffsets
  /** See TaskServices. */
  readonly mayStart: () => Promise<void>
  readonly onState: (state: 'RUNNING' | 'PAUSED') => void
  readonly onTopic: (topic: string) => void
}

/** A task in the worker's own thread, for tests and tiny machines. It cannot be ended against its will; abandoned, it can no longer commit. */
export class InlineTask implements RunningTask {
  readonly metrics: TaskMetrics
  readonly ended: Promise<TaskEnd>
  partitions: readonly OwnedPartition[] | null = null
  readonly #control: TaskControl

  constructor ({ spec, samples, plugins, log, offsets, mayStart, onState, onTopic }: InlineTaskOptions) {
    this.#control = new TaskControl(spec.target)
    this.metrics = new TaskMetrics(taskMemory(samples))
    const control = this.#control
    const topics = new Set<string>()
    this.metrics.enter(null)
    this.ended = runTask(spec, {
      control, plugins, log, mayStart,
      metrics: this.metrics,
      kafka: async () => (await import('../kafka/index.ts')).openKafka(),
      report: state => {
        this.metrics.enter(state)
        if (!control.giveUp.aborted) onState(state)
      },
      reportPartitions: partitions => { this.partitions = partitions },
      usesTopic: topic => {
        if (!spec.tracksTopics || topics.has(topic)) return
        topics.add(topic)
        onTopic(topic)
      },
      offsets: {
        ...offsets,
        write: entries => control.giveUp.aborted ? Promise.reject(new Error('The task was given up.')) : offsets.write(entries)
      }
    }).then(() => ({ trace: null }), (error: unknown) => ({ trace: traceOf(error) }))
  }

  setTarget (target: TaskTarget): void { this.#control.setTarget(target) }

  setLogLevel (): void {}

  stop (): void { this.#control.askToStop() }

  abandon (): Promise<void> {
    this.#control.askToGiveUp()
    return Promise.resolve()
  }
}
