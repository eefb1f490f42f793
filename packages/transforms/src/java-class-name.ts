import { Decimal, TypedNumber } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'

const typedNames = {
  int8: 'java.lang.Byte',
  int16: 'java.lang.Short',
  int32: 'java.lang.Integer',
  float32: 'java.lang.Float',
  float64: 'java.lang.Double'
} as const

const schemaNames: Readonly<Partial<Record<Schema['type'], string>>> = { ...typedNames, int64: 'java.lang.Long', struct: 'org.apache.kafka.connect.data.Struct' }

/** True for an integer outside what Connect calls INT64, or kept as bigint although a number would do: Java's BigInteger. */
export function isBigInteger (value: bigint): boolean {
  return BigInt.asIntN(64, value) !== value || Number.isSafeInteger(Number(value))
}

/** True for a map without a schema, or a struct: anything made of members. */
export function isBag (value: unknown): value is Readonly<Record<string, unknown>> | ReadonlyMap<unknown, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null || value instanceof Map
}

/** The name a Kafka Connect user knows for the class of a value, for error texts: `java.lang.String`, `java.util.HashMap`, `null`. */
export function javaClassName (value: unknown, schema: Schema | null = null): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'string') return 'java.lang.String'
  if (typeof value === 'boolean') return 'java.lang.Boolean'
  if (value instanceof Date) return 'java.util.Date'
  if (value instanceof Uint8Array) return '[B'
  if (value instanceof Decimal) return 'java.math.BigDecimal'
  if (value instanceof TypedNumber) return typedNames[value.type]
  if (Array.isArray(value)) return 'java.util.ArrayList'
  const declared = schema === null ? undefined : schemaNames[schema.type]
  if (declared !== undefined) return declared
  if (typeof value === 'number') return Number.isInteger(value) ? 'java.lang.Long' : 'java.lang.Double'
  if (typeof value === 'bigint') return isBigInteger(value) ? 'java.math.BigInteger' : 'java.lang.Long'
  return 'java.util.HashMap'
}
