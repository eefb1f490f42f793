import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectError, type ConfigObject, type Log, type SourceDefinition, type SourceRecord } from '@tributary/plugin'
import { messageOf } from '../error-handling/java-error.ts'
import type { TaskServices } from '../worker/task-services.ts'
import type { TaskSpec } from '../worker/task-spec.ts'
import type { Acknowledgements } from './acknowledgements.ts'
import type { Delivery } from './delivery.ts'
import type { RecordPreparer } from './record-preparer.ts'
import { isAbort, SourceReader } from './source-reader.ts'
import type { TopicCreator } from './topic-creator.ts'

const firstRestartMs = 300
const longestRestartMs = 10_000
/** Batches that acknowledgement listeners may be behind. */
const listenerLag = 16

export interface SourceTaskParts {
  readonly spec: TaskSpec
  readonly services: TaskServices
  readonly log: Log
  readonly definition: SourceDefinition
  /** The task's parsed configuration. */
  readonly config: unknown
  readonly preparer: RecordPreparer
  readonly topics: TopicCreator
  readonly acknowledgements: Acknowledgements
  readonly delivery: Delivery
}

/** Moves records from a source into Kafka until the task is stopped or fails. Java's WorkerSourceTask. */
export class SourceTask {
  readonly #parts: SourceTaskParts
  #reader: SourceReader | null = null
  #restarts = 0

  constructor (parts: SourceTaskParts) { this.#parts = parts }

  /** Resolves when the task was stopped; rejects with what made it fail. */
  async run (): Promise<void> {
    const { services: { control, report }, delivery } = this.#parts
    const off = control.onChange(() => { this.#reader?.interrupt() })
    delivery.onFailure(() => { this.#reader?.interrupt() })
    let isFailed = true
    try {
      await delivery.start()
      await this.#waitWhilePaused()
      if (!control.stop.aborted) {
        report('RUNNING')
        await this.#move()
      }
      isFailed = false
    } finally {
      off()
      await this.#end(isFailed)
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
    const { definition, spec, services, log, config, acknowledgements, delivery } = this.#parts
    acknowledgements.clear()
    const iterable = (definition as SourceDefinition<ConfigObject>).read({
      task: spec.id,
      config: config as never,
      raw: spec.taskConfig,
      signal: services.control.stop,
      log,
      offsets: partitions => services.offsets.read(partitions),
      onCommit: listener => { acknowledgements.listen(listener) },
      transaction: delivery.transaction
    })
    return new SourceReader(iterable, services.control)
  }

  /** The loop of one reader: ends at a stop, or when the source has no more. */
  async #pump (reader: SourceReader): Promise<void> {
    const { services: { control, metrics, report }, delivery } = this.#parts
    let asked = performance.now()
    while (!control.stop.aborted) {
      if (control.isPaused) {
        await this.#waitWhilePaused()
        if (!control.stop.aborted) report('RUNNING')
        asked = performance.now()
        continue
      }
      delivery.throwIfFailed()
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
    const { services: { metrics }, preparer, topics, delivery, acknowledgements } = this.#parts
    metrics.add('sourceRecordPoll', batch.length)
    metrics.add('batches')
    metrics.add('batchRecords', batch.length)
    metrics.max('batchSizeMax', batch.length)
    const prepared = await preparer.prepare(batch)
    const unseen = topics.unseen(prepared.records)
    if (unseen.length > 0) await topics.create(unseen)
    await delivery.send(prepared, batch)
    if (prepared.failure !== null) throw prepared.failure
    await acknowledgements.room(listenerLag)
  }

  /** The source has no more: what it gave is made safe, and the task goes on RUNNING, as Kafka Connect knows no other state for it. */
  async #finished (): Promise<void> {
    const { services: { control, report }, delivery, log } = this.#parts
    await delivery.settle('finished')
    log.info({}, 'The source has given all its records; the task stays and waits to be stopped.')
    while (!control.stop.aborted) {
      await control.changed()
      if (!control.stop.aborted) report(control.isPaused ? 'PAUSED' : 'RUNNING')
    }
  }

  async #waitWhilePaused (): Promise<void> {
    const { control, report } = this.#parts.services
    if (!control.isPaused || control.stop.aborted) return
    report('PAUSED')
    while (control.isPaused && !control.stop.aborted) await control.changed()
  }

  /** A source that fails for a while is started again from what is safely in Kafka. */
  async #waitBeforeRestart (error: ConnectError): Promise<void> {
    const { services: { control, metrics }, delivery, log } = this.#parts
    metrics.add('retries')
    await delivery.settle('read-again')
    const delay = Math.min(longestRestartMs, firstRestartMs * 2 ** this.#restarts++)
    log.warn({ delayMs: delay }, `The source failed for now and is read again in ${delay} ms: ${messageOf(error)}`)
    await sleep(delay, undefined, { signal: control.stop }).catch(() => {})
  }

  /** Lets the source clean up, and the delivery end with what was sent. */
  async #end (isFailed: boolean): Promise<void> {
    const { services: { control }, delivery, topics, log } = this.#parts
    try {
      control.askToStop()
      await this.#reader?.end().catch((error: unknown) => { log.warn({ err: error }, `The source failed while it was ended: ${messageOf(error)}`) })
    } finally {
      await delivery.end({ isFailed })
      await topics[Symbol.asyncDispose]()
    }
  }
}
