import { numberTypeOf } from './java-class.ts'
import { decimalText, floatText } from './java-number-text.ts'
import { doubleText } from './java-text.ts'
import type { Schema } from './schema.ts'
import { Decimal, TypedNumber } from './values.ts'

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Milliseconds since 1970 of 15 October 1582, the first day of the Gregorian calendar; before it Java counts as Julius Caesar did. */
const firstGregorian = -12_219_292_800_000

/** Year of its era, month from 0 and day. */
function calendarDay (date: Date): readonly [number, number, number] {
  if (date.getTime() >= firstGregorian) return [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
  // Days since 1 March of the year 4801 BC, and four-year cycles of them.
  const days = Math.floor(date.getTime() / 86_400_000) + 2_440_588 + 32_082
  const cycles = Math.floor((4 * days + 3) / 1461)
  const inYear = days - Math.floor(1461 * cycles / 4)
  const month = Math.floor((5 * inYear + 2) / 153)
  const year = cycles - 4800 + Math.floor(month / 10)
  return [year > 0 ? year : 1 - year, (month + 2) % 12, inYear - Math.floor((153 * month + 2) / 5) + 1]
}

/** `java.util.Date.toString` of a JVM in UTC: `Fri Aug 23 14:34:54 UTC 2019`. */
function dateText (date: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0')
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')
  const [year, month, day] = calendarDay(date)
  return `${weekdays[date.getUTCDay()]} ${months[month]} ${two(day)} ${time} UTC ${String(year).padStart(4, '0')}`
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
  const entries = value instanceof Map ? [...value as Map<unknown, unknown>] : Object.entries(value)
  return `{${entries.map(([key, item]) => `${javaText(key, keys)}=${javaText(item, values)}`).join(', ')}}`
}
