import { TypedNumber, asciiDigits, decimalToInt64, decimalToNumber } from '@tributary/plugin'
import type { Decimal } from '@tributary/plugin'

/** A number as Java's casts see it: exact when whole, rounded when floating. */
export type JavaNumber = { readonly whole: number | bigint } | { readonly floating: number } | { readonly decimal: Decimal }

export type IntegerType = 'int8' | 'int16' | 'int32' | 'int64'
const integerBits = { int8: 8, int16: 16, int32: 32, int64: 64 } as const

/** Text as Java's `Long.parseLong` and its narrower kin read it; null for what they refuse, blanks and overflow too. */
export function parseInteger (text: string, type: IntegerType): number | bigint | null {
  const digits = asciiDigits(text)
  if (!/^[+-]?[0-9]+$/.test(digits)) return null
  const exact = BigInt(digits.startsWith('+') ? digits.slice(1) : digits)
  return BigInt.asIntN(integerBits[type], exact) === exact ? compact(exact) : null
}

const decimalDouble = /^[+-]?(?:NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fFdD]?)$/
const hexDouble = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?[0-9]+)[fFdD]?$/

/** Text as Java's `Double.parseDouble` reads it, blanks around it included; null for what it refuses. */
export function parseDouble (text: string): number | null {
  // Java trims everything up to the blank.
  const trimmed = text.replace(/^[\0- ]+|[\0- ]+$/g, '')
  if (decimalDouble.test(trimmed)) return Number(trimmed.replace(/[fFdD]$/, '').replace(/^[+-]NaN$/, 'NaN'))
  const [, sign, whole = '', fraction = '', exponent] = hexDouble.exec(trimmed) ?? []
  if (exponent === undefined || whole + fraction === '') return null
  return (sign === '-' ? -1 : 1) * Number(BigInt(`0x${whole}${fraction}`)) * 2 ** (Number(exponent) - 4 * fraction.length)
}

/** A whole number as plugins hold it: a number when that is exact, else bigint. */
export function compact (value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** Narrows to an integer type as Java's casts do: whole numbers wrap, fractions are cut, floats beyond the range saturate. */
export function toInteger (value: JavaNumber, type: IntegerType): number | bigint {
  if ('floating' in value) return type === 'int64' ? saturate(value.floating, 64) : wrap(saturate(value.floating, 32), type)
  return wrap('whole' in value ? value.whole : decimalToInt64(value.decimal), type)
}

function wrap (value: number | bigint, type: IntegerType): number | bigint {
  if (typeof value === 'number' && type !== 'int64') {
    const low = value | 0
    if (type === 'int32') return low
    return type === 'int16' ? low << 16 >> 16 : low << 24 >> 24
  }
  return compact(BigInt.asIntN(integerBits[type], BigInt(value)))
}

function saturate (value: number, bits: 32 | 64): number | bigint {
  if (Number.isNaN(value)) return 0
  const limit = 2 ** (bits - 1)
  if (value >= limit) return compact(2n ** BigInt(bits - 1) - 1n)
  if (value <= -limit) return compact(-(2n ** BigInt(bits - 1)))
  const cut = Math.trunc(value)
  return Number.isSafeInteger(cut) ? cut + 0 : BigInt(cut)
}

/** As a double. */
export function toDouble (value: JavaNumber): number {
  if ('floating' in value) return value.floating
  return 'whole' in value ? Number(value.whole) : decimalToNumber(value.decimal)
}

/** A whole or floating number with its type told, for a value without a schema. */
export function schemaless (value: number | bigint, type: IntegerType | 'float32' | 'float64'): unknown {
  if (type === 'int64') return value
  if (type === 'float64') return Number.isInteger(value) ? new TypedNumber('float64', value as number) : value
  return new TypedNumber(type, Number(value))
}
