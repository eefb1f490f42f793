import { ConnectError, schema } from '@tributary/plugin'
import type { Schema, SchemaOptions } from '@tributary/plugin'

/** What a transform keeps of a schema it rebuilds (Java's SchemaUtil.copySchemaBasics): not `optional`, not the default. */
export function schemaBasics (from: Schema): SchemaOptions {
  return { name: from.name, version: from.version, doc: from.doc, parameters: from.parameters }
}

/** A struct schema whose field names must differ and not be empty, as Java's SchemaBuilder demands. */
export function structSchema (fields: readonly (readonly [string, Schema])[], options: SchemaOptions = {}): Schema {
  const seen = new Set<string>()
  for (const [name] of fields) {
    if (name === '') throw schemaError('fieldName cannot be null.')
    if (seen.has(name)) throw schemaError(`Cannot create field because of field name duplication ${name}`)
    seen.add(name)
  }
  return schema.struct(fields, options)
}

/** Java's SchemaBuilderException. */
export function schemaError (message: string): ConnectError {
  return new ConnectError('DATA', 'data', message, { javaClass: 'org.apache.kafka.connect.errors.SchemaBuilderException' })
}

/** Remembers what was derived from a schema, by identity; ends with the schema. */
export class SchemaCache<T> {
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
