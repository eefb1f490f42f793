import { type Feed, type Log, type Position, type SinkTask, type TopicPartition, ConnectError } from '@tributary/plugin'
import type { ErrorHandler } from '../error-handling/error-handler.ts'
import { messageOf } from '../error-handling/java-error.ts'
import type { TaskMetrics } from '../metrics/task-metrics.ts'
import type { Positions } from './positions.ts'

export interface OffsetCommitsOptions {
  readonly positions: Positions
  readonly errors: ErrorHandler
  readonly intervalMs: number
  /** `offset.flush.timeout.ms`: a step of a commit that takes longer is worth a warning. */
  readonly timeoutMs: number
  readonly metrics: TaskMetrics
  readonly log: Log
}

/** Commits that may pass a partition by until it is worth a line. */
const patience = 5

/** Positions for people. */
function named (positions: readonly Position[]): string[] { return positions.map(({ topic, partition, offset }) => `${topic}-${partition}@${offset}`) }

/** The same in a sentence, three at most. */
function listed (positions: readonly Position[]): string {
  return `${named(positions.slice(0, 3)).join(', ')}${positions.length > 3 ? ` and ${positions.length - 3} more` : ''}`
}

/** Commits, every interval and when asked, how far a sink has made records durable. */
export class OffsetCommits {
  readonly #options: OffsetCommitsOptions
  #dueAt: number
  #requested = false
  #sequence = 0
  /** Waiting for less than this is not told, or was. */
  #toldMs: number

  constructor (options: OffsetCommitsOptions) {
    this.#options = options
    this.#toldMs = this.#longMs
    this.#dueAt = performance.now() + options.intervalMs
  }

  /** How long records may wait for a commit before that is worth a line. */
  get #longMs (): number { return Math.max(this.#options.timeoutMs, patience * this.#options.intervalMs) }

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
      using _ = this.#warnWhenLate('The sink has not said what is safe to commit', current)
      // A record that was reported counts as done only when its letter is kept.
      await errors.settled()
      safe = task.preCommit === undefined ? current : await task.preCommit(current)
    } catch (error) {
      this.#count(start, false)
      log.error({ err: error, positions: named(current) }, `The sink failed to say what is safe to commit of ${listed(current)}; reading goes back to the last commit: ${messageOf(error)}`)
      return false
    }
    const { changed, foreign } = positions.committable(safe)
    if (foreign.length > 0) log.warn({ positions: named(foreign) }, 'The sink asked to commit partitions it does not own, or beyond what it was given; this is ignored.')
    if (changed.length === 0) {
      metrics.add('offsetCommitSkip')
      this.#tellWaiting()
      return true
    }
    metrics.set('offsetCommitSeqNo', ++this.#sequence)
    try {
      using _ = this.#warnWhenLate('A commit of offsets is not answered', changed)
      await feed.commit(changed)
      positions.committed(changed)
      metrics.add('offsetCommitCompletion')
      this.#count(start, true)
    } catch (error) {
      this.#count(start, false)
      const isTransient = error instanceof ConnectError && error.kind === 'transient'
      log[isTransient ? 'warn' : 'error']({ positions: named(changed) }, `Failed to commit offsets of ${listed(changed)}, they are tried again with the next commit: ${messageOf(error)}`)
    }
    this.#tellWaiting()
    return true
  }

  #warnWhenLate (what: string, positions: readonly Position[]): Disposable {
    const { timeoutMs, log } = this.#options
    const timer = setTimeout(() => { log.warn({ positions: named(positions) }, `${what} for more than offset.flush.timeout.ms (${timeoutMs} ms); ${listed(positions)} wait for it.`) }, timeoutMs)
    return { [Symbol.dispose]: () => { clearTimeout(timer) } }
  }

  /** Names partitions that commits pass by, again each time they have waited twice as long. A sink may mean it: files grow until they are complete. */
  #tellWaiting (): void {
    const { positions, log } = this.#options
    const waiting = positions.waiting(this.#longMs)
    const [longest] = waiting
    if (longest === undefined) this.#toldMs = this.#longMs
    else if (longest.forMs > this.#toldMs) {
      this.#toldMs = 2 * longest.forMs
      log.info({ positions: named(waiting) }, `The sink holds back ${listed(waiting)}: nothing of ${longest.topic}-${longest.partition} could be committed for ${Math.round(longest.forMs / 1000)} s. After a crash, reading resumes there.`)
    }
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
