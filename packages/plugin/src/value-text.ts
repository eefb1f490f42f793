import { dataError } from './errors.ts'
import { javaClassOf } from './java-class.ts'
import { decimalText } from './java-number-text.ts'
import { numberText } from './java-value-text.ts'
import type { Schema } from './schema.ts'
import { isBag } from './typed-value.ts'
import { Decimal, entriesOf, TypedNumber } from './values.ts'

const msPerDay = 86_400_000

/** Dates as Connect's headers write them: a time on the first day, a date at midnight, else both; in UTC. */
function dateText (date: Date): string {
  const ms = date.getTime()
  if (Number.isNaN(ms)) throw dataError('A date is not valid.')
  const text = date.toISOString()
  const time = text.slice(text.indexOf('T') + 1)
  if (ms < msPerDay) return time
  // Five digits of a year have a plus in JavaScript only.
  const day = text.slice(0, text.indexOf('T')).replace(/^\+0?/, '')
  return ms % msPerDay === 0 ? day : `${day}T${time}`
}

/**
 * A value as text that {@link parseValue} reads (Java's `Values.convertToString`): text bare at the top and quoted inside lists and maps, bytes
 * as base64, `{"a":1}` for maps and structs.
 */
export function valueText (value: unknown, schema: Schema | null): string {
  return text(value, schema, false)
}

function text (value: unknown, schema: Schema | null, isInside: boolean): string {
  const quoted = (content: string): string => isInside ? `"${content}"` : content
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'string') return isInside ? `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` : value
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number' || typeof value === 'bigint' || value instanceof TypedNumber) return numberText(value, schema)
  if (value instanceof Decimal) return decimalText(value)
  if (value instanceof Uint8Array) return quoted(Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64'))
  if (value instanceof Date) return dateText(value)
  if (Array.isArray(value)) return `[${value.map(item => text(item, schema?.type === 'array' ? schema.valueSchema : null, true)).join(',')}]`
  if (!isBag(value)) throw dataError(`Failed to serialize unexpected value type ${javaClassOf(value)}`)
  if (schema?.type === 'struct') {
    const members = value as Readonly<Record<string, unknown>>
    return `{${schema.fields.map(({ name, schema }) =>
      `${text(name, null, true)}:${text((Object.hasOwn(members, name) ? members[name] : null) ?? schema.default, schema, true)}`).join(',')}}`
  }
  const [keys, values] = schema?.type === 'map' ? [schema.keySchema, schema.valueSchema] : [null, null]
  return `{${entriesOf(value).map(([key, item]) => `${text(key, keys, true)}:${text(item, values, true)}`).join(',')}}`
}
