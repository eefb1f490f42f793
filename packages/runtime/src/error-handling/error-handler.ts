import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectError, Pending } from '@tributary/plugin'
import type { Log, SourceRecord, TaskId } from '@tributary/plugin'
import type { TaskMetrics } from '../metrics/task-metrics.ts'
import type { Consumed, DeadLetterQueue } from './dead-letter-queue.ts'
import type { ErrorPolicy } from './error-policy.ts'
import type { FailedStage } from './stages.ts'

const firstDelayMs = 300

/** The record that failed: where it was consumed, or as its source gave it. */
export type FailedRecord = { readonly consumed: Consumed } | { readonly source: SourceRecord }

export interface ErrorHandlerOptions {
  readonly task: TaskId
  readonly policy: ErrorPolicy
  readonly metrics: TaskMetrics
  readonly log: Log
  readonly deadLetters: DeadLetterQueue | null
  /** Aborts when the task is to stop: no more retries. */
  readonly stop: AbortSignal
}

/**
 * Decides, as the connector's `errors.*` keys say, what becomes of records that fail. One record is worked on at a time; reports to the dead
 * letter queue go on in the background until {@link settled}.
 */
export class ErrorHandler {
  readonly #options: ErrorHandlerOptions
  readonly #reports = new Set<Promise<void>>()
  #attempts = 0
  #deadline = 0

  constructor (options: ErrorHandlerOptions) { this.#options = options }

  get policy (): ErrorPolicy { return this.#options.policy }

  /**
   * Called when an operation on a record threw: `again` after a pause when it should be tried again, `skip` when the record is done with; throws
   * when that is not tolerated.
   */
  async failed (error: unknown, stage: FailedStage, record: FailedRecord): Promise<'again' | 'skip'> {
    const { metrics, policy, stop } = this.#options
    // Not a failure: the converter asks another system first.
    if (error instanceof Pending) {
      await error.promise
      return 'again'
    }
    metrics.add('recordFailures')
    if (error instanceof ConnectError && error.kind === 'transient' && policy.retryTimeoutMs !== 0 && !stop.aborted) {
      const now = Date.now()
      if (this.#attempts === 0) this.#deadline = policy.retryTimeoutMs < 0 ? Infinity : now + policy.retryTimeoutMs
      if (now < this.#deadline) {
        await this.#pause(now)
        metrics.add('retries')
        return 'again'
      }
    }
    this.#attempts = 0
    await this.report(error, stage, record)
    return 'skip'
  }

  /** To be called when an operation that was tried again worked. */
  recovered (): void { this.#attempts = 0 }

  /** Counts, logs and keeps a record that failed for good. Throws when that is not tolerated. Resolves when the dead letter is on its way. */
  async report (error: unknown, stage: FailedStage, record: FailedRecord): Promise<void> {
    const { metrics, policy } = this.#options
    metrics.add('recordErrors')
    metrics.set('lastErrorTimestamp', Date.now())
    this.#log(error, stage, record)
    const kept = this.#keep(error, stage, record)
    if (!policy.toleratesAll) {
      // The task ends; the record must be kept before that.
      await kept
      throw new ConnectError('TOLERANCE_EXCEEDED', 'system', 'Tolerance exceeded in error handler', { cause: error, javaClass: 'org.apache.kafka.connect.errors.ConnectException' })
    }
    metrics.add('recordsSkipped')
    // A bound on letters under way; without it a topic of poison would gather in memory.
    if (this.#reports.size >= 1000) await Promise.race(this.#reports)
  }

  /** Resolves when all letters sent so far are acknowledged or refused. */
  async settled (): Promise<void> {
    await Promise.all(this.#reports)
  }

  async #pause (now: number): Promise<void> {
    const { policy, stop } = this.#options
    this.#attempts++
    let delay = firstDelayMs * 2 ** (this.#attempts - 1)
    if (delay > policy.retryDelayMaxMs) delay = Math.random() * policy.retryDelayMaxMs
    await sleep(Math.min(delay, this.#deadline - now), undefined, { signal: stop }).catch(() => {})
  }

  #keep (error: unknown, stage: FailedStage, record: FailedRecord): Promise<void> | undefined {
    const { deadLetters } = this.#options
    if (deadLetters === null || !('consumed' in record)) return undefined
    const report = deadLetters.send(record.consumed, stage, error).finally(() => { this.#reports.delete(report) })
    this.#reports.add(report)
    return report
  }

  #log (error: unknown, { stage, className }: FailedStage, record: FailedRecord): void {
    const { policy, task, log, metrics } = this.#options
    if (!policy.logs) return
    metrics.add('errorsLogged')
    const where = policy.logsRecords ? describe(record) : ''
    log.error({ err: error }, `Error encountered in task ${task.connector}-${task.task}. Executing stage '${stage}' with class '${className}'${where}.`)
  }
}

function describe (record: FailedRecord): string {
  if ('source' in record) {
    const { topic, sourcePartition, sourceOffset } = record.source
    // The record's key and value may be secret: place and topic are enough to find it.
    return `, where source record is = {topic='${topic}', sourcePartition=${text(sourcePartition)}, sourceOffset=${text(sourceOffset)}}`
  }
  const { topic, partition, record: { offset, timestamp, timestampType } } = record.consumed
  return `, where consumed record is {topic='${topic}', partition=${partition}, offset=${offset}${timestamp === null ? '' : `, timestamp=${timestamp}, timestampType=${timestampType}`}}`
}

function text (value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) => typeof one === 'bigint' ? String(one) : one)
}
