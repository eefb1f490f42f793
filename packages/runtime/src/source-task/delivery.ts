import type { SourceRecord, TransactionContext } from '@tributary/plugin'
import type { Prepared } from './record-preparer.ts'

/** How the records and offsets of a source get into Kafka: at least once, or exactly once in transactions. */
export interface Delivery {
  /** For sources that set the bounds of transactions themselves; null for others. */
  readonly transaction: TransactionContext | null
  /** `listener` is called when something sent earlier failed for good; see `throwIfFailed`. */
  onFailure (listener: () => void): void
  /** Called once, before the source is read. Throws what keeps the task from starting. */
  start (): Promise<void>
  /** Sends what was prepared of a batch the source gave; resolves when there is room for the next. */
  send (prepared: Prepared, given: readonly SourceRecord[]): Promise<void>
  /** Throws what ends the task, if something sent earlier failed for good. */
  throwIfFailed (): void
  /** Makes durable what was sent: because the source has no more, or before it is read again from its last committed offsets. */
  settle (reason: 'finished' | 'read-again'): Promise<void>
  /** The task ends: waits for what is under way and commits it, as far as the task was not given up and time allows. Closes the producer. */
  end (options: { isFailed: boolean }): Promise<void>
}
