import type { Schema } from './schema.ts'
import { Decimal, entriesOf, TypedNumber } from './values.ts'

function sameEntries (a: readonly [unknown, unknown][], b: ReadonlyMap<unknown, unknown>): boolean {
  return a.length === b.size && a.every(([key, value]) => b.has(key) && sameValue(value, b.get(key)))
}

/** Whether two values of Connect records are equal, bytes and members compared (Java's `Objects.deepEquals`). */
export function sameValue (a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (a == null || b == null) return a == null && b == null
  if (typeof a === 'bigint' || typeof b === 'bigint') return (typeof a === 'number' || typeof b === 'number') && a == b // eslint-disable-line eqeqeq -- 5n and 5 are one INT64.
  if (typeof a !== 'object' || typeof b !== 'object') return false
  if (a instanceof Uint8Array) return b instanceof Uint8Array && a.length === b.length && a.every((byte, i) => byte === b[i])
  if (a instanceof Date) return b instanceof Date && a.getTime() === b.getTime()
  if (a instanceof Decimal) return b instanceof Decimal && a.unscaled === b.unscaled && a.scale === b.scale
  if (a instanceof TypedNumber) return b instanceof TypedNumber && a.type === b.type && Object.is(a.value, b.value)
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameValue(item, b[i]))
  if (b instanceof Uint8Array || b instanceof Date || b instanceof Decimal || b instanceof TypedNumber || Array.isArray(b)) return false
  return sameEntries(entriesOf(a), new Map(entriesOf(b)))
}

function sameParameters (a: Schema['parameters'], b: Schema['parameters']): boolean {
  if (a === b) return true
  const names = Object.keys(a ?? {})
  return names.length === Object.keys(b ?? {}).length && names.every(name => Object.hasOwn(b ?? {}, name) && a![name] === b![name])
}

/** Whether two schemas are equal in all their parts, doc included (Java's `ConnectSchema.equals`). Identity is looked at first. */
export function sameSchema (a: Schema | null, b: Schema | null): boolean {
  if (a === b) return true
  if (a === null || b === null) return false
  return a.type === b.type && a.optional === b.optional && a.name === b.name && a.version === b.version && a.doc === b.doc &&
    a.fields.length === b.fields.length && a.fields.every(({ name, schema }, i) => name === b.fields[i]!.name && sameSchema(schema, b.fields[i]!.schema)) &&
    sameSchema(a.keySchema, b.keySchema) && sameSchema(a.valueSchema, b.valueSchema) &&
    sameParameters(a.parameters, b.parameters) && sameValue(a.default, b.default)
}
