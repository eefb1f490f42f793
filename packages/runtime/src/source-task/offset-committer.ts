import type { Log } from '@tributary/plugin'
import { messageOf } from '../error-handling/java-error.ts'
import type { TaskMetrics } from '../metrics/task-metrics.ts'
import type { TaskOffsets } from '../worker/task-services.ts'
import type { InFlight } from './in-flight.ts'
import { partitionKey } from './partition-keys.ts'

export interface OffsetCommitterOptions {
  readonly inFlight: InFlight
  readonly offsets: TaskOffsets
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly metrics: TaskMetrics
  readonly log: Log
}

/** Stores, every interval and when asked, how far a source is safely in Kafka. */
export class OffsetCommitter {
  readonly #options: OffsetCommitterOptions
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | null = null

  constructor (options: OffsetCommitterOptions) { this.#options = options }

  start (): void {
    this.#timer = setTimeout(() => { void this.commit().finally(() => { if (this.#timer !== undefined) this.start() }) }, this.#options.intervalMs)
  }

  stop (): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Stores the progress made so far. Never rejects: what could not be stored is stored with the next commit. */
  async commit (): Promise<void> {
    if (this.#running !== null) await this.#running
    this.#running = this.#commit().finally(() => { this.#running = null })
    await this.#running
  }

  async #commit (): Promise<void> {
    const { inFlight, offsets, metrics, log, timeoutMs } = this.#options
    const stuck = inFlight.stuckFor(timeoutMs)
    if (stuck !== null) {
      log.warn({ topic: stuck.topic, sourcePartition: stuck.sourcePartition }, `Offsets of source partition ${stuck.sourcePartition === null ? 'null' : partitionKey(stuck.sourcePartition)} wait for a record that Kafka has not acknowledged for more than offset.flush.timeout.ms (${timeoutMs} ms): ${inFlight.active} records are under way, the first to topic ${stuck.topic}.`)
    }
    const progress = inFlight.take()
    if (progress.length === 0) return
    const start = performance.now()
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => { reject(new Error(`it took longer than offset.flush.timeout.ms (${timeoutMs} ms)`)) }, timeoutMs)
    try {
      await Promise.race([offsets.write(progress), late])
      log.debug({ partitions: progress.length }, 'Committed offsets.')
    } catch (error) {
      inFlight.restore(progress)
      metrics.add('offsetCommitFailures')
      log.error({ partition: progress[0]!.partition }, `Failed to commit offsets, they are tried again with the next commit: ${messageOf(error)}`)
    } finally {
      clearTimeout(timer)
    }
    const ms = performance.now() - start
    metrics.add('offsetCommits')
    metrics.add('offsetCommitMs', ms)
    metrics.max('offsetCommitMaxMs', ms)
  }
}
