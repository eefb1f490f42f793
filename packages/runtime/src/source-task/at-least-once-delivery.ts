import { ConnectError, type Log, type SourceRecord } from '@tributary/plugin'
import type { ErrorHandler } from '../error-handling/error-handler.ts'
import { messageOf } from '../error-handling/java-error.ts'
import type { Producer } from '../kafka/port.ts'
import type { TaskServices } from '../worker/task-services.ts'
import type { TaskSpec } from '../worker/task-spec.ts'
import type { Acknowledgements } from './acknowledgements.ts'
import type { Delivery } from './delivery.ts'
import { InFlight } from './in-flight.ts'
import { OffsetCommitter } from './offset-committer.ts'
import type { Prepared } from './record-preparer.ts'

/** Time for the producer to send what is left, at the end. */
export const closeMs = 30_000

/** The failure of a task whose producer gave up a record. */
export function sendFailure (cause: Error): ConnectError {
  return new ConnectError('PRODUCE', 'system', 'Unrecoverable exception from producer send callback', { cause, javaClass: 'org.apache.kafka.connect.errors.ConnectException' })
}

export interface AtLeastOnceParts {
  readonly spec: TaskSpec
  readonly services: TaskServices
  readonly log: Log
  readonly producer: Producer
  readonly acknowledgements: Acknowledgements
  readonly errors: ErrorHandler
}

/** Sends records without waiting, and commits behind them, every interval, what Kafka has acknowledged. */
export class AtLeastOnceDelivery implements Delivery {
  readonly transaction = null
  readonly #parts: AtLeastOnceParts
  readonly #inFlight: InFlight
  readonly #committer: OffsetCommitter
  #failure: Error | null = null
  #onFailure: () => void = () => {}

  constructor (parts: AtLeastOnceParts) {
    const { spec, services, log, acknowledgements } = parts
    this.#parts = parts
    this.#inFlight = new InFlight(records => { acknowledgements.tell(records) })
    this.#committer = new OffsetCommitter({
      inFlight: this.#inFlight, offsets: services.offsets, metrics: services.metrics, log, intervalMs: spec.offsetFlushIntervalMs, timeoutMs: spec.offsetFlushTimeoutMs
    })
  }

  onFailure (listener: () => void): void { this.#onFailure = listener }

  async start (): Promise<void> { this.#committer.start() }

  async send ({ records, originals, failure }: Prepared, given: readonly SourceRecord[]): Promise<void> {
    const { services: { metrics }, producer } = this.#parts
    // After a failure the records behind it were not looked at, so only those sent count as given.
    const { done } = this.#inFlight.add(originals, failure === null ? given : originals)
    if (records.length === 0) return
    metrics.level('sourceRecordActive', this.#inFlight.active)
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

  #refused (error: Error, record: SourceRecord, done: () => void): void {
    const { errors } = this.#parts
    if (!errors.policy.toleratesAll) {
      this.#fail(error)
      return
    }
    errors.report(error, { stage: 'KAFKA_PRODUCE', className: 'org.apache.kafka.connect.source.SourceTask' }, { source: record }).then(done, (reason: unknown) => { this.#fail(reason as Error) })
  }

  #fail (error: Error): void {
    this.#failure ??= error
    this.#onFailure()
  }

  throwIfFailed (): void {
    if (this.#failure !== null) throw sendFailure(this.#failure)
  }

  async settle (): Promise<void> {
    const { services: { control }, producer } = this.#parts
    await producer.flush({ signal: control.giveUp })
    this.throwIfFailed()
    await this.#committer.commit()
  }

  async end (): Promise<void> {
    const { services: { control }, spec, producer, acknowledgements, log } = this.#parts
    this.#committer.stop()
    try {
      if (!control.giveUp.aborted) {
        await producer.flush({ signal: AbortSignal.any([control.giveUp, AbortSignal.timeout(spec.offsetFlushTimeoutMs)]) })
          .catch((error: unknown) => { log.warn({}, `Records were still under way when the task ended: ${messageOf(error)}`) })
      }
      if (!control.giveUp.aborted) {
        await acknowledgements.settled()
        await this.#committer.commit()
      }
    } finally {
      await producer.close(control.giveUp.aborted ? 0 : closeMs)
    }
  }
}
