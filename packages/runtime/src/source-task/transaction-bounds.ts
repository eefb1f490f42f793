import { ConnectError, type SourceRecord, type TransactionContext } from '@tributary/plugin'

/** How a transaction is to end; null: it goes on. */
export type TransactionEnd = 'commit' | 'abort' | null

function conflict (of: string): ConnectError {
  return new ConnectError('TRANSACTION_BOUND', 'system', `Connector requested both commit and abort of same ${of}`, { javaClass: 'java.lang.IllegalStateException' })
}

/** Collects where a source wants its transactions to end. Java's WorkerTransactionContext. */
export class TransactionBounds implements TransactionContext {
  readonly #records = new Map<SourceRecord, 'commit' | 'abort'>()
  #batch: TransactionEnd = null

  commit (record?: SourceRecord): void { this.#mark('commit', record) }

  abort (record?: SourceRecord): void { this.#mark('abort', record) }

  #mark (end: 'commit' | 'abort', record: SourceRecord | undefined): void {
    const before = record === undefined ? this.#batch : this.#records.get(record) ?? null
    if (before !== null && before !== end) throw conflict(record === undefined ? 'transaction' : 'record')
    if (record === undefined) this.#batch = end
    else this.#records.set(record, end)
  }

  /** Whether any record is marked, so that a batch must be looked at record by record. */
  get hasRecords (): boolean { return this.#records.size > 0 }

  /** Takes the mark of a record. */
  takeRecord (record: SourceRecord): TransactionEnd {
    const end = this.#records.get(record) ?? null
    if (end !== null) this.#records.delete(record)
    return end
  }

  /** Takes the mark of the batch. */
  takeBatch (): TransactionEnd {
    const end = this.#batch
    this.#batch = null
    return end
  }

  /** Forgets all marks, for a source that is read again. */
  clear (): void {
    this.#records.clear()
    this.#batch = null
  }
}
