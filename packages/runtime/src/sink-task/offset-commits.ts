import { type Feed, type Log, type Position, type SinkTask, type TopicPartition, ConnectError } from '@tributary/plugin'
import type { ErrorHandler } from '../error-handling/error-handler.ts'
import { messageOf } from '../error-handling/java-error.ts'
import type { TaskMetrics } from '../metrics/task-metrics.ts'
import type { Positions } from './positions.ts'

export interface OffsetCommitsOptions {
  readonly positions: Positions
  readonly errors: ErrorHandler
  readonly intervalMs: number
  readonly metrics: TaskMetrics
  readonly log: Log
}

/** Positions for people. */
function named (positions: readonly Position[]): string[] { return positions.map(({ topic, partition, offset }) => `${topic}-${partition}@${offset}`) }

/** Commits, every interval and when asked, how far a sink has made records durable. */
export class OffsetCommits {
  readonly #options: OffsetCommitsOptions
  #dueAt: number
  #requested = false
  #sequence = 0

  constructor (options: OffsetCommitsOptions) {
    this.#options = options
    this.#dueAt = performance.now() + options.intervalMs
  }

  request (): void { this.#requested = true }

  get isRequested (): boolean { return this.#requested }

  /** Milliseconds until the next commit, 0 when it is due. */
  get dueInMs (): number { return this.#requested ? 0 : Math.max(0, this.#dueAt - performance.now()) }

  /**
   * Asks the sink what is safe and commits that. False: the sink failed at it, and reading has to go back to the last commit. A commit that
   * fails is tried again with the next one.
   */
  async commit (task: SinkTask, feed: Feed, partitions: readonly TopicPartition[]): Promise<boolean> {
    const { positions, errors, metrics, log, intervalMs } = this.#options
    this.#requested = false
    this.#dueAt = performance.now() + intervalMs
    const current = positions.current(partitions)
    if (current.length === 0) return true
    const start = performance.now()
    let safe
    try {
      // A record that was reported counts as done only when its letter is kept.
      await errors.settled()
      safe = task.preCommit === undefined ? current : await task.preCommit(current)
    } catch (error) {
      this.#count(start, false)
      log.error({ err: error }, `The sink failed to say what is safe to commit; reading goes back to the last commit: ${messageOf(error)}`)
      return false
    }
    const { changed, foreign } = positions.committable(safe)
    if (foreign.length > 0) log.warn({ positions: named(foreign) }, 'The sink asked to commit partitions it does not own, or beyond what it was given; this is ignored.')
    if (changed.length === 0) {
      metrics.add('offsetCommitSkip')
      return true
    }
    metrics.set('offsetCommitSeqNo', ++this.#sequence)
    try {
      await feed.commit(changed)
      positions.committed(changed)
      metrics.add('offsetCommitCompletion')
      this.#count(start, true)
    } catch (error) {
      this.#count(start, false)
      const isTransient = error instanceof ConnectError && error.kind === 'transient'
      log[isTransient ? 'warn' : 'error']({ positions: named(changed) }, `Failed to commit offsets of ${named(changed.slice(0, 3)).join(', ')}${changed.length > 3 ? ` and ${changed.length - 3} more` : ''}, they are tried again with the next commit: ${messageOf(error)}`)
    }
    return true
  }

  #count (start: number, worked: boolean): void {
    const { metrics } = this.#options
    const ms = performance.now() - start
    metrics.add('offsetCommits')
    if (!worked) metrics.add('offsetCommitFailures')
    metrics.add('offsetCommitMs', ms)
    metrics.max('offsetCommitMaxMs', ms)
  }
}
