import { dayMs, hybridDate } from './java-calendar.ts'
import { numberTypeOf } from './java-class.ts'
import { decimalText, floatText } from './java-number-text.ts'
import { doubleText } from './java-text.ts'
import type { Schema } from './schema.ts'
import { Decimal, entriesOf, TypedNumber } from './values.ts'

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `java.util.Date.toString` of a JVM in UTC: `Fri Aug 23 14:34:54 UTC 2019`. */
function dateText (date: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0')
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')
  const { year, month, day } = hybridDate(Math.floor(date.getTime() / dayMs))
  return `${weekdays[date.getUTCDay()]} ${months[month - 1]} ${two(day)} ${time} UTC ${String(year > 0 ? year : 1 - year).padStart(4, '0')}`
}

/** A number as Java's `toString` of its type: `1`, `1.0`, `1.0E10`. */
export function numberText (value: number | bigint | TypedNumber, schema: Schema | null = null): string {
  const number = value instanceof TypedNumber ? value.value : value
  if (typeof number === 'bigint') return String(number)
  switch (numberTypeOf(value, schema)) {
    case 'float32': return floatText(number)
    case 'float64': return doubleText(number)
    default: return String(number)
  }
}

/**
 * A value as Java's `toString` prints it: `Struct{a=1,b=x}`, `{a=1}`, `[1, 2]`, numbers by their type. null is `null`. Bytes, for which Java
 * prints an address, are base64.
 */
export function javaText (value: unknown, schema: Schema | null = null): string {
  if (value === null || value === undefined) return 'null'
  switch (typeof value) {
    case 'string': return value
    case 'number': case 'bigint': return numberText(value, schema)
    case 'boolean': return String(value)
    case 'object': return objectText(value, schema)
    // Nothing else is a value of Connect.
    default: return typeof value
  }
}

function objectText (value: object, schema: Schema | null): string {
  if (value instanceof TypedNumber) return numberText(value)
  if (value instanceof Decimal) return decimalText(value)
  if (value instanceof Date) return dateText(value)
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64')
  if (Array.isArray(value)) return `[${value.map(item => javaText(item, schema?.type === 'array' ? schema.valueSchema : null)).join(', ')}]`
  if (schema?.type === 'struct' && !(value instanceof Map)) {
    const members = value as Readonly<Record<string, unknown>>
    const set = schema.fields.filter(({ name }) => Object.hasOwn(members, name) && members[name] != null)
    return `Struct{${set.map(({ name, schema }) => `${name}=${javaText(members[name], schema)}`).join(',')}}`
  }
  const [keys, values] = schema?.type === 'map' ? [schema.keySchema, schema.valueSchema] : [null, null]
  return `{${entriesOf(value).map(([key, item]) => `${javaText(key, keys)}=${javaText(item, values)}`).join(', ')}}`
}
