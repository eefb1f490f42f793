import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectError, type ConfigObject, type Log, type SourceDefinition, type SourceRecord } from '@tributary/plugin'
import type { ErrorHandler } from '../error-handling/error-handler.ts'
import { messageOf } from '../error-handling/java-error.ts'
import type { Producer } from '../kafka/port.ts'
import type { TaskServices } from '../worker/task-services.ts'
import type { TaskSpec } from '../worker/task-spec.ts'
import { Acknowledgements } from './acknowledgements.ts'
import { InFlight } from './in-flight.ts'
import { OffsetCommitter } from './offset-committer.ts'
import type { RecordPreparer } from './record-preparer.ts'
import { isAbort, SourceReader } from './source-reader.ts'
import type { TopicCreator } from './topic-creator.ts'

const firstRestartMs = 300
const longestRestartMs = 10_000
const closeMs = 30_000
/** Batches that acknowledgement listeners may be behind. */
const listenerLag = 16

export interface SourceTaskParts {
  readonly spec: TaskSpec
  readonly services: TaskServices
  readonly log: Log
  readonly definition: SourceDefinition
  /** The task's parsed configuration. */
  readonly config: unknown
  readonly producer: Producer
  readonly preparer: RecordPreparer
  readonly topics: TopicCreator
  readonly errors: ErrorHandler
}

/** Moves records from a source into Kafka until the task is stopped or fails. Java's WorkerSourceTask. */
export class SourceTask {
  readonly #parts: SourceTaskParts
  readonly #acknowledgements: Acknowledgements
  readonly #inFlight: InFlight
  readonly #committer: OffsetCommitter
  #reader: SourceReader | null = null
  #failure: Error | null = null
  #restarts = 0

  constructor (parts: SourceTaskParts) {
    const { spec, services, log } = parts
    this.#parts = parts
    this.#acknowledgements = new Acknowledgements(log)
    this.#inFlight = new InFlight(records => { this.#acknowledgements.tell(records) })
    this.#committer = new OffsetCommitter({
      inFlight: this.#inFlight, offsets: services.offsets, metrics: services.metrics, log, intervalMs: spec.offsetFlushIntervalMs, timeoutMs: spec.offsetFlushTimeoutMs
    })
  }

  /** Resolves when the task was stopped; rejects with what made it fail. */
  async run (): Promise<void> {
    const { control, report } = this.#parts.services
    const off = control.onChange(() => { this.#reader?.interrupt() })
    try {
      await this.#waitWhilePaused()
      if (control.stop.aborted) return
      report('RUNNING')
      this.#committer.start()
      await this.#move()
    } finally {
      off()
      this.#committer.stop()
      await this.#end()
    }
  }

  async #move (): Promise<void> {
    const { control } = this.#parts.services
    while (!control.stop.aborted) {
      try {
        this.#reader = this.#open()
        await this.#pump(this.#reader)
        return
      } catch (error) {
        if (control.stop.aborted && isAbort(error)) return
        if (!(error instanceof ConnectError) || error.kind !== 'transient') throw error
        await this.#waitBeforeRestart(error)
      }
    }
  }

  #open (): SourceReader {
    const { definition, spec, services, log, config } = this.#parts
    this.#acknowledgements.clear()
    const iterable = (definition as SourceDefinition<ConfigObject>).read({
      task: spec.id,
      config: config as never,
      raw: spec.taskConfig,
      signal: services.control.stop,
      log,
      offsets: partitions => services.offsets.read(partitions),
      onCommit: listener => { this.#acknowledgements.listen(listener) },
      transaction: null
    })
    return new SourceReader(iterable, services.control)
  }

  /** The loop of one reader: ends at a stop, or when the source has no more. */
  async #pump (reader: SourceReader): Promise<void> {
    const { control, metrics, report } = this.#parts.services
    let asked = performance.now()
    while (!control.stop.aborted) {
      if (control.isPaused) {
        await this.#waitWhilePaused()
        if (!control.stop.aborted) report('RUNNING')
        asked = performance.now()
        continue
      }
      this.#throwIfFailed()
      const read = await reader.read()
      if (read.kind === 'interrupted') continue
      if (read.kind === 'finished') return await this.#finished()
      const ms = performance.now() - asked
      metrics.add('pollBatches')
      metrics.add('pollBatchMs', ms)
      metrics.max('pollBatchMaxMs', ms)
      // What the source gave while the task was being paused waits for the resume.
      if (control.isPaused && !control.stop.aborted) await this.#waitWhilePaused().then(() => { if (!control.stop.aborted) report('RUNNING') })
      if (read.records.length > 0) await this.#send(read.records)
      this.#restarts = 0
      asked = performance.now()
    }
  }

  async #send (batch: readonly SourceRecord[]): Promise<void> {
    const { services: { metrics }, preparer, topics, producer } = this.#parts
    metrics.add('sourceRecordPoll', batch.length)
    metrics.add('batches')
    metrics.add('batchRecords', batch.length)
    metrics.max('batchSizeMax', batch.length)
    const { records, originals, failure } = await preparer.prepare(batch)
    const unseen = topics.unseen(records)
    if (unseen.length > 0) await topics.create(unseen)
    // After a failure the records behind it were not looked at, so only those sent count as given.
    const { done } = this.#inFlight.add(originals, failure === null ? batch : originals)
    if (records.length > 0) {
      metrics.set('sourceRecordActive', this.#inFlight.active)
      metrics.max('sourceRecordActiveMax', this.#inFlight.active)
      await producer.send(records, (index, _metadata, error) => {
        if (error === null) {
          metrics.add('sourceRecordWrite')
          done(index)
          metrics.set('sourceRecordActive', this.#inFlight.active)
          return
        }
        this.#refused(error, originals[index]!, () => { done(index) })
      })
    }
    if (failure !== null) throw failure
    await this.#acknowledgements.room(listenerLag)
  }

  #refused (error: Error, record: SourceRecord, done: () => void): void {
    const { errors } = this.#parts
    if (!errors.policy.toleratesAll) {
      this.#failure ??= error
      this.#reader?.interrupt()
      return
    }
    errors.report(error, { stage: 'KAFKA_PRODUCE', className: 'org.apache.kafka.connect.source.SourceTask' }, { source: record }).then(done, (reason: unknown) => {
      this.#failure ??= reason as Error
      this.#reader?.interrupt()
    })
  }

  #throwIfFailed (): void {
    if (this.#failure === null) return
    throw new ConnectError('PRODUCE', 'system', 'Unrecoverable exception from producer send callback', { cause: this.#failure, javaClass: 'org.apache.kafka.connect.errors.ConnectException' })
  }

  /** The source has no more: what it gave is made safe, and the task goes on RUNNING, as Kafka Connect knows no other state for it. */
  async #finished (): Promise<void> {
    const { services: { control, report }, producer, log } = this.#parts
    await producer.flush({ signal: control.giveUp })
    this.#throwIfFailed()
    await this.#committer.commit()
    log.info({}, 'The source has given all its records; the task stays and waits to be stopped.')
    while (!control.stop.aborted) {
      await control.changed()
      if (!control.stop.aborted) report(control.isPaused ? 'PAUSED' : 'RUNNING')
    }
  }

  async #waitWhilePaused (): Promise<void> {
    const { control, metrics, report } = this.#parts.services
    if (!control.isPaused || control.stop.aborted) return
    report('PAUSED')
    const since = performance.now()
    while (control.isPaused && !control.stop.aborted) await control.changed()
    metrics.add('pausedMs', performance.now() - since)
  }

  /** A source that fails for a while is started again from what is safely in Kafka. */
  async #waitBeforeRestart (error: ConnectError): Promise<void> {
    const { services: { control, metrics }, producer, log } = this.#parts
    metrics.add('retries')
    await producer.flush({ signal: control.giveUp })
    this.#throwIfFailed()
    await this.#committer.commit()
    const delay = Math.min(longestRestartMs, firstRestartMs * 2 ** this.#restarts++)
    log.warn({ delayMs: delay }, `The source failed for now and is read again in ${delay} ms: ${messageOf(error)}`)
    await sleep(delay, undefined, { signal: control.stop }).catch(() => {})
  }

  /** Lets the source clean up, waits for records under way, and commits them. After a give-up nothing is written. */
  async #end (): Promise<void> {
    const { services: { control }, spec, producer, log } = this.#parts
    try {
      control.askToStop()
      await this.#reader?.end().catch((error: unknown) => { log.warn({ err: error }, `The source failed while it was ended: ${messageOf(error)}`) })
      if (!control.giveUp.aborted) {
        await producer.flush({ signal: AbortSignal.any([control.giveUp, AbortSignal.timeout(spec.offsetFlushTimeoutMs)]) })
          .catch((error: unknown) => { log.warn({}, `Records were still under way when the task ended: ${messageOf(error)}`) })
      }
      if (!control.giveUp.aborted) {
        await this.#acknowledgements.settled()
        await this.#committer.commit()
      }
    } finally {
      await producer.close(control.giveUp.aborted ? 0 : closeMs)
      await this.#parts.topics[Symbol.asyncDispose]()
    }
  }
}
