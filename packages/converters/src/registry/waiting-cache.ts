import { ConnectError, Pending } from '@tributary/plugin'
import { Lru } from '../lru.ts'

type Entry<V> = { readonly value: V } | { readonly error: unknown, readonly until: number } | { readonly promise: Promise<unknown> }

/** How long an answer such as "no such schema" is believed: poison records must not become a request each. */
const refusalMs = 10_000

/**
 * Remembers what takes time to find out, for code that cannot wait: {@link WaitingCache.get} gives the value, throws its error, or throws
 * {@link Pending} while it is not there yet.
 */
export class WaitingCache<V> {
  readonly #entries: Lru<string, Entry<V>>
  readonly #load: (key: string) => Promise<V>

  constructor (size: number, load: (key: string) => Promise<V>) {
    this.#entries = new Lru(size)
    this.#load = load
  }

  get (key: string): V {
    const entry = this.#entries.get(key)
    if (entry !== undefined) {
      if ('value' in entry) return entry.value
      if ('promise' in entry) throw new Pending(entry.promise)
      // What may work when tried again is told once, and tried anew the next time.
      if (entry.error instanceof ConnectError && entry.error.kind !== 'transient' && Date.now() < entry.until) throw entry.error
      this.#entries.delete(key)
      if (entry.error instanceof ConnectError && entry.error.kind === 'transient') throw entry.error
    }
    const promise = this.#load(key).then(
      value => { this.#entries.set(key, { value }) },
      (error: unknown) => { this.#entries.set(key, { error, until: Date.now() + refusalMs }) }
    )
    this.#entries.set(key, { promise })
    throw new Pending(promise)
  }
}
