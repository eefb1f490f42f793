import {
  ConnectError, type ConfigObject, type Feed, type FeedContext, type Log, type Position, type SinkDefinition, type SinkRecord, type SinkTask as Sink, type TopicPartition
} from '@tributary/plugin'
import { type DeadLetterQueue, putStage } from '../error-handling/dead-letter-queue.ts'
import type { ErrorHandler } from '../error-handling/error-handler.ts'
import { messageOf } from '../error-handling/java-error.ts'
import type { TaskServices } from '../worker/task-services.ts'
import type { TaskSpec } from '../worker/task-spec.ts'
import { OffsetCommits } from './offset-commits.ts'
import { Positions } from './positions.ts'
import type { RecordReader } from './record-reader.ts'

/** Records of one poll, at most: enough to share the cost of a batch, few enough to keep memory small. */
const maxRecords = 5000
const firstRetryMs = 300
const longestRetryMs = 10_000
/** Between two reports of partitions. */
const reportMs = 1000

export interface SinkTaskParts {
  readonly spec: TaskSpec
  readonly services: TaskServices
  readonly log: Log
  readonly definition: SinkDefinition
  /** The task's parsed configuration. */
  readonly config: unknown
  readonly reader: RecordReader
  readonly errors: ErrorHandler
  readonly deadLetters: DeadLetterQueue | null
  /** Opens the feed of the task. */
  readonly openFeed: (context: Omit<FeedContext<unknown>, 'config' | 'raw'>) => Promise<Feed>
}

/** Moves records from a feed into a sink until the task is stopped or fails. Java's WorkerSinkTask. */
export class SinkTask {
  readonly #parts: SinkTaskParts
  readonly #positions = new Positions()
  readonly #commits: OffsetCommits
  #sink: Sink | null = null
  #feed: Feed | null = null
  /** Records that the sink could not take yet. */
  #batch: readonly SinkRecord[] = []
  #retries = 0
  #isPaused = false
  #timeoutMs: number | null = null
  #seeks: Position[] = []
  #sinceCommit = 0
  #reportedAt = -Infinity

  constructor (parts: SinkTaskParts) {
    const { spec, services, errors, log } = parts
    this.#parts = parts
    this.#commits = new OffsetCommits({ positions: this.#positions, errors, metrics: services.metrics, log, intervalMs: spec.offsetFlushIntervalMs, timeoutMs: spec.offsetFlushTimeoutMs })
  }

  /** Resolves when the task was stopped; rejects with what made it fail. */
  async run (): Promise<void> {
    const { spec, services: { control, report }, openFeed, log } = this.#parts
    const off = control.onChange(() => { this.#feed?.wakeup() })
    try {
      await this.#waitWhilePaused()
      if (control.stop.aborted) return
      this.#sink = await this.#start()
      this.#feed = await openFeed({
        task: spec.id, log, giveUp: control.giveUp,
        onAssigned: positions => this.#assigned(positions),
        onRevoked: (partitions, reason) => this.#revoked(partitions, reason)
      })
      report('RUNNING')
      while (!control.stop.aborted) await this.#iterate(this.#sink, this.#feed)
    } finally {
      off()
      await this.#end()
    }
  }

  /** A task that is created paused does not start before it is resumed. */
  async #waitWhilePaused (): Promise<void> {
    const { control, report } = this.#parts.services
    if (!control.isPaused) return
    report('PAUSED')
    while (control.isPaused && !control.stop.aborted) await control.changed()
  }

  async #start (): Promise<Sink> {
    const { spec, services: { control, metrics }, definition, config, log } = this.#parts
    return await (definition as SinkDefinition<ConfigObject>).start({
      task: spec.id,
      config: config as never,
      raw: spec.taskConfig,
      giveUp: control.giveUp,
      log,
      assignment: () => this.#positions.partitions(),
      pause: partitions => {
        this.#positions.setPausedByTask(partitions, true)
        this.#feed?.pause(partitions)
      },
      resume: partitions => {
        this.#positions.setPausedByTask(partitions, false)
        if (!this.#isHeld) this.#feed?.resume(partitions)
      },
      seek: positions => { this.#seeks.push(...positions) },
      requestCommit: () => {
        this.#commits.request()
        this.#feed?.wakeup()
      },
      timeout: ms => { this.#timeoutMs = ms },
      report: (record, error) => this.#report(record, error),
      counter: (name, help) => metrics.counter(name, help)
    })
  }

  /** Whether nothing is to be read: the connector is paused, or the sink could not take the last batch. */
  get #isHeld (): boolean { return this.#isPaused || this.#batch.length > 0 }

  async #iterate (sink: Sink, feed: Feed): Promise<void> {
    const { spec, services: { metrics }, reader } = this.#parts
    this.#followTarget(feed)
    if (this.#commits.dueInMs === 0) await this.#commit(sink, feed)
    this.#applySeeks(feed)
    const batches = await feed.poll({ waitMs: this.#waitMs(), maxRecords })
    if (batches.length > 0) {
      let read = 0
      for (const batch of batches) {
        read += batch.records.length
        this.#parts.services.usesTopic(batch.topic)
      }
      metrics.add('sinkRecordRead', read)
      this.#sinceCommit += read
      metrics.level('sinkRecordActive', this.#sinceCommit)
      this.#positions.polled(batches)
      metrics.set('sinkRecordLagMax', this.#positions.lagMax)
      sink.putRaw?.(batches)
      const records = await reader.read(batches)
      this.#batch = this.#batch.length === 0 ? records : [...this.#batch, ...records]
    }
    await this.#put(sink, feed)
    if (spec.reportsPartitions && performance.now() - this.#reportedAt >= reportMs) this.#reportPartitions(feed)
  }

  #reportPartitions (feed: Feed): void {
    this.#reportedAt = performance.now()
    this.#parts.services.reportPartitions(this.#positions.owned(partition => feed.lag?.(partition) ?? null))
  }

  #waitMs (): number {
    const wanted = this.#timeoutMs ?? (this.#retries === 0 ? Infinity : Math.min(longestRetryMs, firstRetryMs * 2 ** (this.#retries - 1)))
    this.#timeoutMs = null
    return Math.min(this.#commits.dueInMs, wanted, this.#parts.spec.reportsPartitions ? reportMs : Infinity)
  }

  async #put (sink: Sink, feed: Feed): Promise<void> {
    const { services: { metrics, control }, log } = this.#parts
    const records = this.#batch
    const start = performance.now()
    try {
      await sink.put(records)
    } catch (error) {
      if (!(error instanceof ConnectError) || error.kind !== 'transient') {
        throw new ConnectError('PUT', 'system', 'Exiting WorkerSinkTask due to unrecoverable exception.', { cause: error, javaClass: 'org.apache.kafka.connect.errors.ConnectException' })
      }
      if (control.stop.aborted) return
      metrics.add('retries')
      if (this.#retries++ === 0) log.warn({ records: records.length }, `The sink cannot take records now and is given them again: ${messageOf(error)}`)
      feed.pause(this.#positions.partitions())
      return
    }
    if (records.length > 0) {
      const ms = performance.now() - start
      metrics.add('putBatches')
      metrics.add('putBatchMs', ms)
      metrics.max('putBatchMaxMs', ms)
      metrics.add('sinkRecordSend', records.length)
      metrics.add('batches')
      metrics.add('batchRecords', records.length)
      metrics.max('batchSizeMax', records.length)
      this.#batch = []
    }
    this.#positions.put()
    if (this.#retries > 0) {
      this.#retries = 0
      if (!this.#isPaused) feed.resume(this.#positions.unpaused())
    }
  }

  /** Does what pause and resume ask for. A paused task goes on polling, so that it stays in its group. */
  #followTarget (feed: Feed): void {
    const { control, report } = this.#parts.services
    if (control.isPaused === this.#isPaused) return
    this.#isPaused = control.isPaused
    if (this.#isPaused) {
      feed.pause(this.#positions.partitions())
      this.#commits.request()
      report('PAUSED')
      return
    }
    if (!this.#isHeld) feed.resume(this.#positions.unpaused())
    report('RUNNING')
  }

  #applySeeks (feed: Feed): void {
    if (this.#seeks.length === 0) return
    const owned = this.#seeks.filter(position => this.#positions.owns(position))
    this.#seeks = []
    this.#positions.sought(owned)
    feed.seek(owned)
  }

  async #commit (sink: Sink, feed: Feed): Promise<void> {
    const { spec, services: { metrics } } = this.#parts
    // The status must show what a commit that hangs waits for.
    if (spec.reportsPartitions) this.#reportPartitions(feed)
    const worked = await this.#commits.commit(sink, feed, this.#positions.partitions())
    if (!worked) {
      const back = this.#positions.lastCommitted()
      this.#positions.sought(back)
      feed.seek(back)
      this.#batch = []
      if (this.#retries > 0 && !this.#isPaused) feed.resume(this.#positions.unpaused())
      this.#retries = 0
    }
    this.#sinceCommit = 0
    metrics.level('sinkRecordActive', 0)
  }

  async #assigned (positions: readonly Position[]): Promise<void> {
    const partitions = positions.map(({ topic, partition }) => ({ topic, partition }))
    this.#positions.add(positions)
    this.#parts.services.metrics.set('partitionCount', this.#positions.size)
    if (partitions.length > 0) await this.#sink?.open?.(partitions)
    if (this.#feed === null) return
    if (this.#isHeld && partitions.length > 0) this.#feed.pause(partitions)
    this.#applySeeks(this.#feed)
  }

  /** Java's order: the sink says what is safe, lets the partitions go, and only then is that committed. */
  async #revoked (partitions: readonly TopicPartition[], reason: 'revoked' | 'lost'): Promise<void> {
    if (partitions.length === 0 || this.#sink === null || this.#feed === null) return
    const sink = this.#sink
    try {
      if (reason === 'lost') await sink.close?.(partitions, 'lost')
      else await this.#letGo(sink, this.#feed, partitions)
    } finally {
      const gone = new Set(partitions.map(({ topic, partition }) => `${partition} ${topic}`))
      this.#batch = this.#batch.filter(({ originalTopic, originalPartition }) => !gone.has(`${originalPartition} ${originalTopic}`))
      this.#positions.remove(partitions)
      this.#parts.services.metrics.set('partitionCount', this.#positions.size)
    }
  }

  async #letGo (sink: Sink, feed: Feed, partitions: readonly TopicPartition[]): Promise<void> {
    const current = this.#positions.current(partitions)
    let safe: readonly Position[] = []
    try {
      await this.#parts.errors.settled()
      safe = sink.preCommit === undefined ? current : await sink.preCommit(current)
    } catch (error) {
      this.#parts.log.error({ err: error }, `The sink failed to say what is safe to commit: ${messageOf(error)}`)
    }
    await sink.close?.(partitions, 'revoked')
    await this.#commits.commit({ put: () => {}, preCommit: () => safe }, feed, partitions)
  }

  async #report (record: SinkRecord, error: Error): Promise<void> {
    const { reader, errors } = this.#parts
    this.#parts.services.metrics.add('recordFailures')
    await errors.report(error, putStage, { consumed: reader.consumedOf(record) })
    await errors.settled()
  }

  async #end (): Promise<void> {
    const { services: { control }, log, deadLetters } = this.#parts
    try {
      if (this.#sink !== null && this.#feed !== null) await this.#revoked(this.#positions.partitions(), control.giveUp.aborted ? 'lost' : 'revoked')
    } catch (error) {
      log.warn({ err: error }, `The sink failed while its partitions were closed: ${messageOf(error)}`)
    }
    try {
      await this.#sink?.stop?.()
    } catch (error) {
      log.warn({ err: error }, `The sink failed while it was stopped: ${messageOf(error)}`)
    } finally {
      await this.#feed?.close()
      await deadLetters?.[Symbol.asyncDispose]()
    }
  }
}
