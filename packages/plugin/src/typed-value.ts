import { numberTypeOf } from './java-class.ts'
import type { Schema } from './schema.ts'
import { entriesOf, TypedNumber } from './values.ts'

/** A value in which every number carries its type: a TypedNumber, or a bigint for INT64. */
export type TypedValue = unknown

/** Puts its type beside a number. Lists and maps are gone through. */
export function typed (value: unknown, schema: Schema | null): TypedValue {
  if (typeof value === 'number') {
    const type = numberTypeOf(value, schema)!
    return type === 'int64' ? BigInt(value) : new TypedNumber(type, value)
  }
  if (Array.isArray(value)) return value.map(item => typed(item, schema?.type === 'array' ? schema.valueSchema : null))
  if (!isBag(value) || schema?.type === 'struct') return value
  const [keys, values] = schema?.type === 'map' ? [schema.keySchema, schema.valueSchema] : [null, null]
  return new Map(entriesOf(value).map(([key, item]) => [typed(key, keys), typed(item, values)]))
}

/** The value in the form of this package: numbers of the type that the schema says are bare. */
export function settled (value: TypedValue, schema: Schema | null): unknown {
  if (typeof value === 'bigint') {
    const isSafe = Number.isSafeInteger(Number(value))
    return isSafe && (schema === null || schema.type === 'int64') ? Number(value) : value
  }
  if (value instanceof TypedNumber) {
    const isBare = schema === null ? value.type === 'float64' && !Number.isInteger(value.value) : schema.type === value.type
    return isBare ? value.value : value
  }
  if (Array.isArray(value)) return value.map(item => settled(item, schema?.type === 'array' ? schema.valueSchema : null))
  if (!(value instanceof Map)) return value
  const [keys, values] = schema?.type === 'map' ? [schema.keySchema, schema.valueSchema] : [null, null]
  const entries = [...value as Map<unknown, unknown>].map(([key, item]) => [settled(key, keys), settled(item, values)] as const)
  return entries.every(([key]) => typeof key === 'string') ? Object.fromEntries(entries as [string, unknown][]) : new Map(entries)
}

/** A plain object or a Map. */
export function isBag (value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null || value instanceof Map
}
