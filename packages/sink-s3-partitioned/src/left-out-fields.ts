import type { Log, Schema } from '@tributary/plugin'
import { entriesOf } from '@tributary/plugin'

/** Maps that have users for keys would have no end. */
const maxFields = 100

/** Looks through a value for fields that its schema has not. */
type Look = (value: unknown) => void

/** Tells of fields that values have and a declared schema has not, each once. */
export class LeftOutFields {
  readonly #log: Log
  readonly #look: Look | null
  readonly #told = new Set<string>()

  constructor (declared: Schema, log: Log) {
    this.#log = log
    this.#look = this.#lookOf(declared, '')
  }

  see (value: unknown): void {
    if (this.#told.size < maxFields) this.#look?.(value)
  }

  #lookOf (of: Schema, path: string): Look | null {
    switch (of.type) {
      case 'struct': return this.#lookOfStruct(of, path)
      case 'array': {
        const look = this.#lookOf(of.valueSchema!, path)
        return look === null ? null : value => { if (Array.isArray(value)) for (const item of value) look(item) }
      }
      case 'map': {
        const look = this.#lookOf(of.valueSchema!, path)
        return look === null ? null : value => { if (typeof value === 'object' && value !== null) for (const [, member] of entriesOf(value)) look(member) }
      }
      default: return null
    }
  }

  #lookOfStruct (of: Schema, path: string): Look {
    const looks = new Map(of.fields.map(field => [field.name, this.#lookOf(field.schema, `${path}${field.name}.`)]))
    return value => {
      if (typeof value !== 'object' || value === null) return
      const bag = value as Record<string, unknown>
      for (const name in bag) {
        const member = bag[name]
        const look = looks.get(name)
        if (look === undefined) {
          if (member !== null && member !== undefined) this.#tell(path + name)
        } else look?.(member)
      }
    }
  }

  #tell (field: string): void {
    if (this.#told.has(field) || this.#told.size === maxFields) return
    this.#told.add(field)
    const rest = this.#told.size === maxFields ? ' No further fields are told of.' : ''
    this.#log.warn({ field }, `Records have a field that value.schema has not: ${field} is not in the objects. Add it to value.schema to keep it, or leave it out with a transform.${rest}`)
  }
}
