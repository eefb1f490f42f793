import { Decimal, TypedNumber } from './values.ts'
import type { Schema } from './schema.ts'

const numberClasses = {
  int8: 'java.lang.Byte',
  int16: 'java.lang.Short',
  int32: 'java.lang.Integer',
  int64: 'java.lang.Long',
  float32: 'java.lang.Float',
  float64: 'java.lang.Double'
} as const

type NumberType = keyof typeof numberClasses

function isNumberType (type: string | undefined): type is NumberType { return type !== undefined && Object.hasOwn(numberClasses, type) }

/** Whether a bigint is what Connect calls INT64. A safe integer in a bigint is not: an INT64 would be a number there, so it is a BigInteger. */
export function isInt64 (value: bigint): boolean {
  return BigInt.asIntN(64, value) === value && !Number.isSafeInteger(Number(value))
}

const intLimits = { int8: 2 ** 7, int16: 2 ** 15, int32: 2 ** 31 } as const

function isOfType (value: number, type: NumberType): boolean {
  if (type === 'float32' || type === 'float64') return true
  if (type === 'int64') return Number.isSafeInteger(value)
  return Number.isInteger(value) && value >= -intLimits[type] && value < intLimits[type]
}

/**
 * The number type that a value has in Connect: by its schema where the value fits it, else by its form. Null for anything but a number, and
 * for a BigInteger.
 */
export function numberTypeOf (value: unknown, schema: Schema | null): NumberType | null {
  if (typeof value === 'number') {
    if (schema !== null && isNumberType(schema.type) && isOfType(value, schema.type)) return schema.type
    return Number.isSafeInteger(value) ? 'int64' : 'float64'
  }
  // Beside a schema of another type a small INT64 cannot be told from that type but by its bigint.
  if (typeof value === 'bigint') return isInt64(value) || (schema !== null && BigInt.asIntN(64, value) === value) ? 'int64' : null
  return value instanceof TypedNumber ? value.type : null
}

/**
 * The name a Kafka Connect user knows for the class of a value, for error texts: `java.lang.String`, `java.util.HashMap`, `null`.
 * Without a schema a record is a map; with one of type struct it is a Struct.
 */
export function javaClassOf (value: unknown, schema: Schema | null = null): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'string') return 'java.lang.String'
  if (typeof value === 'boolean') return 'java.lang.Boolean'
  const number = numberTypeOf(value, schema)
  if (number !== null) return numberClasses[number]
  if (typeof value === 'bigint') return 'java.math.BigInteger'
  if (value instanceof Date) return 'java.util.Date'
  if (value instanceof Uint8Array) return '[B'
  if (value instanceof Decimal) return 'java.math.BigDecimal'
  if (Array.isArray(value)) return 'java.util.ArrayList'
  return schema?.type === 'struct' && !(value instanceof Map) ? 'org.apache.kafka.connect.data.Struct' : 'java.util.HashMap'
}
