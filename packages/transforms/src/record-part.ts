import { dataError, javaClassOf, withParts } from '@tributary/plugin'
import type { ConnectRecord, Schema } from '@tributary/plugin'

/** A map without a schema, or a struct, by member name. */
export type Bag = Readonly<Record<string, unknown>>

/** True for a map without a schema, or a struct: anything made of members. */
export function isBag (value: unknown): value is Bag | ReadonlyMap<unknown, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null || value instanceof Map
}

/** The part of a record that a transform works on: what tells `Flatten$Key` from `Flatten$Value`. */
export interface RecordPart {
  readonly name: 'Key' | 'Value'
  schema (record: ConnectRecord): Schema | null
  value (record: ConnectRecord): unknown
  /** The record with this part replaced. */
  replace<R extends ConnectRecord> (record: R, schema: Schema | null, value: unknown): R
}

export const keyPart: RecordPart = {
  name: 'Key',
  schema: record => record.keySchema,
  value: record => record.key,
  replace: (record, schema, value) => withParts(record, { keySchema: schema, key: value ?? null })
}

export const valuePart: RecordPart = {
  name: 'Value',
  schema: record => record.valueSchema,
  value: record => record.value,
  replace: (record, schema, value) => withParts(record, { valueSchema: schema, value: value ?? null })
}

/** The value as a map without a schema; anything else is a data error that names its class and `purpose`, as in Java. */
export function requireMap (value: unknown, purpose: string): Bag | ReadonlyMap<unknown, unknown> {
  if (isBag(value)) return value
  throw dataError(`Only Map objects supported in absence of schema for [${purpose}], found: ${javaClassOf(value)}`)
}

/** The value as a struct; anything else is a data error that names its class and `purpose`, as in Java. */
export function requireStruct (value: unknown, schema: Schema, purpose: string): Bag {
  if (schema.type === 'struct' && isBag(value) && !(value instanceof Map)) return value as Bag
  throw dataError(`Only Struct objects supported for [${purpose}], found: ${javaClassOf(value, schema)}`)
}

/** A member of a map of either form; null when absent. */
export function memberOf (map: Bag | ReadonlyMap<unknown, unknown>, name: string): unknown {
  if (map instanceof Map) return map.get(name) ?? null
  return Object.hasOwn(map, name) ? (map as Bag)[name] ?? null : null
}

/** Members of a map of either form, in order. */
export function membersOf (map: Bag | ReadonlyMap<unknown, unknown>): Iterable<readonly [unknown, unknown]> {
  return map instanceof Map ? map : Object.entries(map)
}

/** Sets an own member, also one called `__proto__`. */
export function setMember (bag: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(bag, name, { value, enumerable: true, configurable: true, writable: true })
  else bag[name] = value
}
