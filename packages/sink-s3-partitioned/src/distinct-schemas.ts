import { sameSchema } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'

const maxKept = 100

/** Knows schemas again: converters may make an equal one anew for each record. */
export class DistinctSchemas {
  readonly #seen = new WeakMap<Schema, Schema>()
  readonly #distinct: Schema[] = []

  /** The first schema that was equal to this one. */
  same (of: Schema): Schema {
    const known = this.#seen.get(of)
    if (known !== undefined) return known
    let same = this.#distinct.find(other => sameSchema(other, of))
    if (same === undefined) {
      if (this.#distinct.length >= maxKept) this.#distinct.shift()
      this.#distinct.push(same = of)
    }
    this.#seen.set(of, same)
    return same
  }
}
