import { dataError } from '@tributary/plugin'
import type { Field, Schema } from '@tributary/plugin'
import type { Bag } from './record-part.ts'
import { setMember } from './record-part.ts'

/** A field of a struct; null when unset, or its default if `withDefault` (Java's `get` and `getWithoutDefault`). */
export function structMember (struct: Bag, field: Field, withDefault: boolean): unknown {
  const own = Object.hasOwn(struct, field.name) ? struct[field.name] ?? null : null
  return own === null && withDefault ? field.schema.default ?? null : own
}

/** Sets a field of a new struct; null in a required field is a data error, as in Java's `Struct.put`. */
export function putMember (struct: Record<string, unknown>, name: string, schema: Schema, value: unknown): void {
  if (value === null && !schema.optional) throw missingField(name, schema)
  setMember(struct, name, value)
}

export function missingField (name: string, schema: Schema): Error {
  return dataError(`Invalid value: null used for required field: "${name}", schema type: ${schema.type.toUpperCase()}`)
}

/** The field of a struct schema by name; undefined when there is none. */
export function fieldOf (schema: Schema, name: string): Field | undefined {
  return schema.fields.find(field => field.name === name)
}

/** Refuses schemas without fields, as Java's `Schema.fields` and `Schema.field` do. */
export function requireFields (schema: Schema): Schema {
  if (schema.type !== 'struct') throw dataError('Cannot look up fields on non-struct type')
  return schema
}

type Members = Bag | ReadonlyMap<unknown, unknown>

/** A copy of a map of either form with some members set, in their order. */
export function withMembers (map: Members, members: Iterable<readonly [string, unknown]>): Members {
  if (map instanceof Map) {
    const copy = new Map<unknown, unknown>(map)
    for (const [name, value] of members) copy.set(name, value)
    return copy
  }
  const copy: Record<string, unknown> = { ...map as Bag }
  for (const [name, value] of members) setMember(copy, name, value)
  return copy
}
