import { dataError, integerToBytes } from '@tributary/plugin'
import type { Decimal, Schema } from '@tributary/plugin'

const msPerDay = 86_400_000

/** The scale of a Decimal schema. Throws a data error when it has none. */
export function decimalScale (schema: Schema): number {
  const text = schema.parameters?.['scale']
  if (text === undefined) throw dataError('Invalid Decimal schema: scale parameter not found.')
  if (!/^[+-]?\d+$/.test(text) || Math.abs(Number(text)) > 2 ** 31 - 1) throw dataError('Invalid scale parameter found in Decimal schema: ')
  return Number(text)
}

/** The bytes of a decimal (Java's `Decimal.fromLogical`). Throws a data error unless it has the scale of its schema. */
export function decimalBytes (schema: Schema, value: Decimal): Uint8Array {
  const scale = decimalScale(schema)
  if (value.scale !== scale) {
    throw dataError(`Decimal value has mismatching scale for given Decimal schema. Schema has scale ${scale}, value has scale ${value.scale}.`)
  }
  return integerToBytes(value.unscaled)
}

/** Days since 1970 of a Date at midnight UTC (Java's `Date.fromLogical`). */
export function daysOf (value: Date): number {
  const days = value.getTime() / msPerDay
  if (!Number.isInteger(days)) throw dataError('Kafka Connect Date type should not have any time fields set to non-zero values.')
  return days
}

/** Milliseconds of the day of a Date on 1970-01-01 (Java's `Time.fromLogical`). */
export function msOfDay (value: Date): number {
  const ms = value.getTime()
  if (!(ms >= 0 && ms <= msPerDay)) throw dataError('Kafka Connect Time type should not have any date fields set to non-zero values.')
  return ms
}

/** Milliseconds since 1970 (Java's `Timestamp.fromLogical`). */
export function msOf (value: Date): number {
  const ms = value.getTime()
  if (Number.isNaN(ms)) throw dataError('A Timestamp is not a valid date.')
  return ms
}
