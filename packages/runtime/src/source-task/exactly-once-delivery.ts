import { ConnectError, type Log, type SourcePartition, type SourceRecord, type TransactionContext } from '@tributary/plugin'
import type { TransactionSettings } from '../config/exactly-once.ts'
import { messageOf } from '../error-handling/java-error.ts'
import type { Producer, ProducerRecord } from '../kafka/port.ts'
import { writeRecords } from '../storage/internal-topic.ts'
import { offsetValue } from '../storage/offset-state.ts'
import type { OffsetEntry, TaskServices } from '../worker/task-services.ts'
import type { TaskSpec } from '../worker/task-spec.ts'
import type { Acknowledgements } from './acknowledgements.ts'
import { closeMs, sendFailure } from './at-least-once-delivery.ts'
import type { Delivery } from './delivery.ts'
import { noteProgress, type PartitionProgress } from './in-flight.ts'
import { partitionKey } from './partition-keys.ts'
import type { Prepared } from './record-preparer.ts'
import { TransactionBounds } from './transaction-bounds.ts'

export interface ExactlyOnceParts {
  readonly spec: TaskSpec
  readonly services: TaskServices
  readonly log: Log
  /** Transactional. */
  readonly producer: Producer
  readonly acknowledgements: Acknowledgements
  readonly transactions: TransactionSettings
}

/**
 * Sends records and their offsets in the same transactions (KIP-618): readers of committed records see each once, whatever happens to the
 * worker. Java's ExactlyOnceWorkerSourceTask. One thing happens at a time: sending, or ending a transaction.
 */
export class ExactlyOnceDelivery implements Delivery {
  readonly #parts: ExactlyOnceParts
  readonly #bounds: TransactionBounds | null
  /** Keys of source partitions in the offset topic, by partitionKey. */
  readonly #keys = new Map<string, Uint8Array>()
  /** Of the open transaction, and of one before that was aborted on purpose. */
  #progress = new Map<string, PartitionProgress>()
  #given: (readonly SourceRecord[])[] = []
  #isOpen = false
  #records = 0
  #active = 0
  #failure: Error | null = null
  #onFailure: () => void = () => {}
  #last: Promise<unknown> = Promise.resolve()
  #copy: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined

  constructor (parts: ExactlyOnceParts) {
    this.#parts = parts
    this.#bounds = parts.transactions.boundary === 'connector' ? new TransactionBounds() : null
  }

  get transaction (): TransactionContext | null { return this.#bounds }

  onFailure (listener: () => void): void { this.#onFailure = listener }

  async start (): Promise<void> {
    const { producer, services } = this.#parts
    await producer.init()
    try {
      await services.mayStart()
    } catch (error) {
      throw new ConnectError('TASK_OUTDATED', 'system', messageOf(error), { javaClass: 'org.apache.kafka.connect.errors.ConnectException' })
    }
  }

  async send (prepared: Prepared, given: readonly SourceRecord[]): Promise<void> {
    await this.#inTurn(async () => {
      const { boundary, intervalMs } = this.#parts.transactions
      if (this.#bounds?.hasRecords === true) await this.#sendMarked(prepared, given, this.#bounds)
      else await this.#send(prepared.records, prepared.originals)
      // What stands before the record that failed is not the whole batch, so it waits for no bound: the task ends.
      if (prepared.failure !== null) return
      if (this.#parts.acknowledgements.isHeard) this.#given.push(given)
      if (boundary === 'poll') await this.#commit()
      else if (boundary === 'connector') await this.#endAs(this.#bounds?.takeBatch() ?? null)
      else if (this.#isOpen) this.#timer ??= setTimeout(() => { this.#commitLater() }, intervalMs)
      else await this.#commit()
    })
  }

  /** Sends a batch in which records are marked as the last of their transaction; a marked record that was dropped counts as well. */
  async #sendMarked ({ records, originals }: Prepared, given: readonly SourceRecord[], bounds: TransactionBounds): Promise<void> {
    let from = 0
    let to = 0
    for (const record of given) {
      if (originals[to] === record) to++
      const end = bounds.takeRecord(record)
      if (end === null) continue
      await this.#send(records.slice(from, to), originals.slice(from, to))
      from = to
      await this.#endAs(end)
    }
    await this.#send(records.slice(from), originals.slice(from))
  }

  async #send (records: readonly ProducerRecord[], originals: readonly SourceRecord[]): Promise<void> {
    if (records.length === 0) return
    const { producer, services: { metrics }, spec, transactions: { offsetTopic } } = this.#parts
    if (records.some(({ topic }) => topic === offsetTopic)) {
      throw new ConnectError('OFFSET_TOPIC', 'system', `Task ${spec.id.connector}-${spec.id.task} tried to send a record to ${offsetTopic}, the topic of its own offsets. Let the connector write to another topic, or set offsets.storage.topic.`, { javaClass: 'org.apache.kafka.connect.errors.ConnectException' })
    }
    this.#begin()
    this.#records += records.length
    this.#active += records.length
    metrics.level('sourceRecordActive', this.#active)
    noteProgress(originals, this.#progress)
    try {
      await producer.send(records, (_index, _metadata, error) => {
        this.#active--
        metrics.set('sourceRecordActive', this.#active)
        if (error === null) metrics.add('sourceRecordWrite')
        else if (this.#isOpen) this.#fail(error)
      })
    } catch (error) {
      // Some records may not be in the transaction, so it must never be committed.
      this.#fail(error as Error)
      this.throwIfFailed()
    }
  }

  #begin (): void {
    if (this.#isOpen) return
    this.#parts.producer.begin()
    this.#isOpen = true
  }

  async #endAs (end: 'commit' | 'abort' | null): Promise<void> {
    if (end === null) return
    // Readers never see the records of an aborted transaction; their offsets are committed all the same, or they would come again.
    if (end === 'abort' && this.#isOpen) {
      this.#parts.log.info({}, 'Aborting a transaction, as the connector wants it.')
      await this.#abort()
    }
    await this.#commit()
  }

  async #abort (): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#records = 0
    await this.#parts.producer.abortTransaction()
  }

  /** Ends the open transaction with the offsets in it. */
  async #commit (): Promise<void> {
    const { producer, services: { metrics, offsets }, transactions: { offsetTopic, copiesOffsets }, acknowledgements } = this.#parts
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.throwIfFailed()
    const given = this.#given
    const entries = [...this.#progress.values()]
    if (this.#isOpen || entries.length > 0) {
      const start = performance.now()
      this.#begin()
      const keys = await this.#keysOf(entries)
      try {
        await writeRecords(producer, offsetTopic, entries.map(({ offset }, i) => ({ key: keys[i]!, value: offsetValue(offset) })))
        await producer.commitTransaction()
      } catch (error) {
        metrics.add('offsetCommits')
        metrics.add('offsetCommitFailures')
        throw this.#failure === null ? new ConnectError('TRANSACTION', 'system', `Failed to commit a transaction: ${messageOf(error)}`, { cause: error, javaClass: 'org.apache.kafka.connect.errors.ConnectException' }) : sendFailure(this.#failure)
      }
      this.#isOpen = false
      this.#count(this.#records, performance.now() - start)
      this.#records = 0
      this.#progress = new Map()
      if (copiesOffsets) {
        await this.#copy
        this.#copy = offsets.noteWritten(entries).catch(() => {})
      }
    }
    this.#given = []
    for (const batch of given) acknowledgements.tell(batch)
  }

  async #keysOf (entries: readonly OffsetEntry[]): Promise<Uint8Array[]> {
    const unknown = new Map<string, SourcePartition>()
    const names = entries.map(({ partition }) => {
      const name = partitionKey(partition)
      if (!this.#keys.has(name)) unknown.set(name, partition)
      return name
    })
    if (unknown.size > 0) {
      const found = await this.#parts.services.offsets.keys([...unknown.values()])
      for (const [i, name] of [...unknown.keys()].entries()) this.#keys.set(name, found[i]!)
    }
    return names.map(name => this.#keys.get(name)!)
  }

  #count (records: number, ms: number): void {
    const { metrics } = this.#parts.services
    metrics.min('transactionSizeMin', records)
    metrics.max('transactionSizeMax', records)
    metrics.add('transactions')
    metrics.add('transactionRecords', records)
    metrics.add('offsetCommits')
    metrics.add('offsetCommitMs', ms)
    metrics.max('offsetCommitMaxMs', ms)
  }

  #commitLater (): void {
    this.#inTurn(() => this.#commit()).catch((error: unknown) => { this.#fail(error as Error) })
  }

  #fail (error: Error): void {
    this.#failure ??= error
    this.#onFailure()
  }

  throwIfFailed (): void {
    if (this.#failure !== null) throw this.#failure instanceof ConnectError && this.#failure.code === 'TRANSACTION' ? this.#failure : sendFailure(this.#failure)
  }

  async settle (reason: 'finished' | 'read-again'): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#bounds === null) {
        await this.#commit()
        return
      }
      // The bounds are the source's: what it has not ended is not whole.
      this.#bounds.clear()
      if (reason === 'finished' && this.#isOpen) this.#parts.log.warn({}, 'The source ended within a transaction; its last records are dropped.')
      await this.#drop()
    })
  }

  /** Drops the open transaction with its offsets: as if its records had never been read. */
  async #drop (): Promise<void> {
    await this.#abort()
    this.#progress = new Map()
    this.#given = []
  }

  async end ({ isFailed }: { isFailed: boolean }): Promise<void> {
    const { services: { control }, producer, acknowledgements, log } = this.#parts
    clearTimeout(this.#timer)
    try {
      await this.#last
      if (control.giveUp.aborted) return
      if (isFailed || this.#failure !== null || this.#bounds !== null) await this.#drop()
      else await this.#commit()
      await acknowledgements.settled()
      await this.#copy
    } catch (error) {
      // Nothing is lost: what was not committed is read again.
      log.warn({ err: error }, `The last transaction of the task was not committed: ${messageOf(error)}`)
    } finally {
      await producer.close(control.giveUp.aborted || isFailed ? 0 : closeMs)
    }
  }

  #inTurn (work: () => Promise<void>): Promise<void> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => {})
    return result
  }
}
