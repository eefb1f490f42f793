import type { Schema } from './schema.ts'

/** Remembers what was derived from a schema, by identity, for as long as the schema lives. Asking for the same schema again and again is free. */
export class BySchema<T> {
  readonly #derive: (from: Schema) => T
  readonly #derived = new WeakMap<Schema, T>()
  #lastSchema: Schema | null = null
  #last: T | undefined

  constructor (derive: (from: Schema) => T) { this.#derive = derive }

  get (from: Schema): T {
    if (from === this.#lastSchema) return this.#last as T
    let derived = this.#derived.get(from)
    if (derived === undefined) {
      derived = this.#derive(from)
      this.#derived.set(from, derived)
    }
    this.#lastSchema = from
    this.#last = derived
    return derived
  }
}
