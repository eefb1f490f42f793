import { compileWriter, writeSchemaless } from '@tributary/converters'
import { dataError } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'

/** How decimals are written: `json.decimal.format`. */
export type DecimalFormat = 'BASE64' | 'NUMERIC'

const writers: Readonly<Record<DecimalFormat, WeakMap<Schema, (value: unknown) => string>>> = { BASE64: new WeakMap(), NUMERIC: new WeakMap() }

/** JSON of a value as Kafka Connect's JsonConverter writes it without its schema, nothing rounded. Throws `data` for what JSON cannot hold. */
export function jsonText (schema: Schema | null, value: unknown, decimals: DecimalFormat): string {
  try {
    if (schema === null) return writeSchemaless(value, false)
    let write = writers[decimals].get(schema)
    if (write === undefined) writers[decimals].set(schema, write = compileWriter(schema, { decimals, replaceNull: true }))
    return write(value)
  } catch (error) {
    // The stack of calls has an end; a text has one too.
    if (error instanceof RangeError) throw dataError('The value is nested too deep, holds itself, or is too large, and cannot be written as JSON. Flatten it, or leave the record out, with a transform.', { cause: error })
    throw error
  }
}
