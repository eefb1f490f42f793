import { type ConnectError, type SourceRecord } from '@tributary/plugin'
import type { TaskControl } from '../worker/task-control.ts'

/** What a wait for the source ended with. */
export type Read =
  | { readonly kind: 'batch', readonly records: readonly SourceRecord[] }
  | { readonly kind: 'finished' }
  /** Something else wants attention: the task was paused, stopped or has failed; the source's answer is still to come. */
  | { readonly kind: 'interrupted' }

/**
 * Pulls batches from a source's iterator. A wait ends as well when the task is to do something else; the pull then goes on in the background, and
 * the next `read` returns its result.
 */
export class SourceReader {
  readonly #iterator: AsyncIterator<readonly SourceRecord[]>
  readonly #control: TaskControl
  #pull: Promise<void> | null = null
  #result: IteratorResult<readonly SourceRecord[]> | null = null
  #error: { readonly thrown: unknown } | null = null
  #wake: (() => void) | null = null
  #ended = false

  constructor (iterable: AsyncIterable<readonly SourceRecord[]>, control: TaskControl) {
    this.#iterator = iterable[Symbol.asyncIterator]()
    this.#control = control
  }

  /** Waits for the next batch. Throws what the source throws. */
  async read (): Promise<Read> {
    this.#pull ??= this.#start()
    if (this.#result === null && this.#error === null) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
        // A stop is told to the source itself by its signal; ending the wait would lose the batch it is about to give.
      })
    }
    this.#wake = null
    if (this.#error !== null) {
      this.#ended = true
      throw this.#error.thrown
    }
    if (this.#result === null) return { kind: 'interrupted' }
    const { done, value } = this.#result
    this.#result = null
    this.#pull = null
    if (done !== true) return { kind: 'batch', records: value }
    this.#ended = true
    return { kind: 'finished' }
  }

  /** Ends a wait in progress. */
  interrupt (): void { this.#wake?.() }

  /** Lets the source clean up. The task's stop signal was given before. */
  async end (): Promise<void> {
    if (this.#ended) return
    // A generator takes `return` only after the answer to its last pull.
    await this.#pull
    if (this.#error !== null && !(this.#control.stop.aborted && isAbort(this.#error.thrown))) throw this.#error.thrown
    if (!this.#ended) await this.#iterator.return?.()
    this.#ended = true
  }

  async #start (): Promise<void> {
    try {
      this.#result = await this.#iterator.next()
    } catch (thrown) {
      this.#error = { thrown }
    }
    this.#wake?.()
  }
}

/** Whether an error only says that the task was asked to stop. */
export function isAbort (error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || (error as Partial<ConnectError>).code === 'ABORT_ERR')
}
