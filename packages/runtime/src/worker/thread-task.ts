import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { ConnectError } from '@tributary/plugin'
import type { PluginRecord } from '../discovery/manifest.ts'
import { messageOf, traceOf } from '../error-handling/java-error.ts'
import type { OwnedPartition } from '../herder/herder.ts'
import type { LogLevel } from '../log/levels.ts'
import type { LoggingState } from '../log/loggers.ts'
import { taskMemory, TaskMetrics } from '../metrics/task-metrics.ts'
import type { FromTask, ThreadData, ToTask } from './messages.ts'
import type { RunningTask, TaskEnd } from './running-task.ts'
import type { TaskTarget } from './task-control.ts'
import type { TaskOffsets } from './task-services.ts'
import type { TaskSpec } from './task-spec.ts'

/** Time for a write in flight to notice that nobody waits for it any more. */
const giveUpMs = 200
/** Node grants a thread at its limit 16 MB more to end in; what one collection moves out of the young generation must fit, or the process dies. */
const limitedYoungMb = 12

export interface ThreadTaskOptions {
  readonly spec: TaskSpec
  /** `metrics.num.samples`. */
  readonly samples: number
  readonly plugins: readonly PluginRecord[]
  readonly logging: LoggingState
  readonly offsets: TaskOffsets
  /** See TaskServices. */
  readonly mayStart: () => Promise<void>
  /** Megabytes of JavaScript heap; null: Node's own limit. */
  readonly memoryMaxMb: number | null
  readonly onState: (state: 'RUNNING' | 'PAUSED') => void
  readonly onTopic: (topic: string) => void
}

/** A task in a thread of its own: it can be ended whatever it does, and its memory is limited by itself. */
export class ThreadTask implements RunningTask {
  readonly metrics: TaskMetrics
  readonly ended: Promise<TaskEnd>
  partitions: readonly OwnedPartition[] | null = null
  readonly #options: ThreadTaskOptions
  readonly #worker: Worker
  readonly #end = Promise.withResolvers<TaskEnd>()
  #isAbandoned = false

  constructor (options: ThreadTaskOptions) {
    this.#options = options
    this.ended = this.#end.promise
    const { spec, samples, plugins, logging, memoryMaxMb } = options
    this.metrics = new TaskMetrics(taskMemory(samples))
    const data: ThreadData = { spec, plugins, logging, metrics: this.metrics.memory }
    this.#worker = new Worker(new URL(`./task-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url), {
      workerData: data,
      name: `${spec.id.connector}-${spec.id.task}`,
      ...memoryMaxMb === null ? {} : { resourceLimits: { maxOldGenerationSizeMb: memoryMaxMb, maxYoungGenerationSizeMb: limitedYoungMb } }
    })
    this.#worker.on('message', (message: FromTask) => { this.#heard(message) })
    this.#worker.on('error', error => { this.#end.resolve({ trace: traceOf(this.#explained(error)) }) })
    this.#worker.on('exit', code => {
      // Normally the end was told before; a plugin may have called process.exit().
      this.#end.resolve({ trace: this.#isAbandoned ? null : traceOf(new ConnectError('TASK_EXIT', 'system', `The thread of the task ended by itself with code ${code}; a plugin may have called process.exit().`)) })
    })
  }

  setTarget (target: TaskTarget): void { this.#say({ kind: 'target', target }) }

  setLogLevel (name: string, level: LogLevel): void { this.#say({ kind: 'log-level', name, level }) }

  stop (): void { this.#say({ kind: 'stop' }) }

  async abandon (): Promise<void> {
    this.#isAbandoned = true
    this.#say({ kind: 'give-up' })
    await Promise.race([this.ended, sleep(giveUpMs)])
    await this.#worker.terminate()
  }

  #say (message: ToTask): void { this.#worker.postMessage(message) }

  #heard (message: FromTask): void {
    const { offsets, mayStart, onState, onTopic } = this.#options
    switch (message.kind) {
      case 'state': return onState(message.state)
      case 'topic': return onTopic(message.topic)
      case 'counter': return void this.metrics.counter(message.name, message.help)
      case 'partitions':
        this.partitions = message.partitions
        return
      case 'ended':
        this.#end.resolve({ trace: message.trace })
        // Timers or sockets that a plugin left open must not keep the thread.
        return void this.#worker.terminate()
      case 'read-offsets':
        return this.#answer(message.request, offsets.read(message.partitions).then(found => ({ kind: 'offsets', request: message.request, offsets: found })))
      case 'write-offsets':
        // A task that is given up must not move its offsets: another may have taken over.
        if (this.#isAbandoned) return
        return this.#answer(message.request, offsets.write(message.entries).then(() => ({ kind: 'done', request: message.request })))
      case 'offset-keys':
        return this.#answer(message.request, offsets.keys(message.partitions).then(keys => ({ kind: 'offset-keys', request: message.request, keys })))
      case 'note-offsets':
        if (this.#isAbandoned) return
        return this.#answer(message.request, offsets.noteWritten(message.entries).then(() => ({ kind: 'done', request: message.request })))
      case 'may-start':
        return this.#answer(message.request, mayStart().then(() => ({ kind: 'done', request: message.request })))
    }
  }

  #answer (request: number, answer: Promise<ToTask>): void {
    answer.then(message => { this.#say(message) }, (error: unknown) => { this.#say({ kind: 'refused', request, message: messageOf(error) }) })
  }

  #explained (error: unknown): unknown {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_WORKER_OUT_OF_MEMORY') return error
    const { memoryMaxMb } = this.#options
    const limit = memoryMaxMb === null ? 'there is' : `task.memory.max.mb allows (${memoryMaxMb} MB)`
    return new ConnectError('TASK_MEMORY', 'system', `The task used more memory than ${limit} and was ended. Raise the limit, or let the task hold less at once.`, { cause: error, javaClass: 'java.lang.OutOfMemoryError' })
  }
}
