import { compileWriter, writeSchemaless } from '@tributary/converters'
import type { Schema } from '@tributary/plugin'

/** How decimals are written: `json.decimal.format`. */
export type DecimalFormat = 'BASE64' | 'NUMERIC'

const writers: Readonly<Record<DecimalFormat, WeakMap<Schema, (value: unknown) => string>>> = { BASE64: new WeakMap(), NUMERIC: new WeakMap() }

/** JSON of a value as Kafka Connect's JsonConverter writes it without its schema, nothing rounded. Throws `data` for what JSON cannot hold. */
export function jsonText (schema: Schema | null, value: unknown, decimals: DecimalFormat): string {
  if (schema === null) return writeSchemaless(value, false)
  let write = writers[decimals].get(schema)
  if (write === undefined) writers[decimals].set(schema, write = compileWriter(schema, { decimals, replaceNull: true }))
  return write(value)
}
