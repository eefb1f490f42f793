import type { Log, SourceRecord } from '@tributary/plugin'
import { messageOf } from '../error-handling/java-error.ts'

type Listener = (records: readonly SourceRecord[]) => void | Promise<void>

/** Tells a source, in order and one batch at a time, what Kafka has acknowledged. */
export class Acknowledgements {
  readonly #log: Log
  #listeners: Listener[] = []
  #last: Promise<void> = Promise.resolve()
  #waiting = 0

  constructor (log: Log) { this.#log = log }

  /** Whether anybody wants to be told. */
  get isHeard (): boolean { return this.#listeners.length > 0 }

  listen (listener: Listener): void { this.#listeners.push(listener) }

  /** Forgets the listeners of a source that is started again. */
  clear (): void { this.#listeners = [] }

  /** Hands a batch on in the background. What a listener throws is logged, as in Java. */
  tell (records: readonly SourceRecord[]): void {
    if (this.#listeners.length === 0) return
    const listeners = this.#listeners
    this.#waiting++
    this.#last = this.#last.then(async () => {
      try {
        for (const listener of listeners) await listener(records)
      } catch (error) {
        this.#log.error({ err: error }, `The source failed to take note of committed records: ${messageOf(error)}`)
      } finally {
        this.#waiting--
      }
    })
  }

  /** Resolves when listeners are less than `batches` behind: a bound on what waits in memory. */
  async room (batches: number): Promise<void> {
    while (this.#waiting >= batches) await this.#last
  }

  async settled (): Promise<void> { await this.#last }
}
