/** A map of at most `size` entries that drops the one not asked for the longest. */
export class Lru<K, V> {
  readonly #size: number
  readonly #entries = new Map<K, V>()

  constructor (size: number) { this.#size = size }

  get (key: K): V | undefined {
    const value = this.#entries.get(key)
    if (value !== undefined) {
      this.#entries.delete(key)
      this.#entries.set(key, value)
    }
    return value
  }

  delete (key: K): void { this.#entries.delete(key) }

  set (key: K, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size > this.#size) this.#entries.delete(this.#entries.keys().next().value!)
  }
}
