import { dataError } from './errors.ts'
import { javaClassOf, numberTypeOf } from './java-class.ts'
import { logical } from './schema.ts'
import type { Schema } from './schema.ts'
import { Decimal, TypedNumber } from './values.ts'

function isStruct (value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map) && !(value instanceof Date) &&
    !(value instanceof Uint8Array) && !(value instanceof Decimal) && !(value instanceof TypedNumber)
}

function fits (schema: Schema, value: unknown): boolean {
  switch (schema.name) {
    case logical.decimal: return value instanceof Decimal
    case logical.date: case logical.time: case logical.timestamp: return value instanceof Date
  }
  switch (schema.type) {
    case 'boolean': return typeof value === 'boolean'
    case 'string': return typeof value === 'string'
    case 'bytes': return value instanceof Uint8Array
    case 'array': return Array.isArray(value)
    case 'map': return value instanceof Map || isStruct(value)
    case 'struct': return isStruct(value)
    default: return numberTypeOf(value, schema) === schema.type
  }
}

function partSchema (schema: Schema | null, location: string): Schema {
  if (schema === null) throw dataError(`No schema defined for ${location}`)
  return schema
}

function validateAt (schema: Schema, value: unknown, location: string): void {
  if (value === null || value === undefined) {
    if (!schema.optional) throw dataError(`Invalid value: null used for required ${location}, schema type: ${schema.type.toUpperCase()}`)
    return
  }
  if (!fits(schema, value)) {
    const name = schema.name === null ? '' : ` "${schema.name}"`
    throw dataError(`Invalid Java object for schema${name} with type ${schema.type.toUpperCase()}: class ${javaClassOf(value, schema)} for ${location}`)
  }
  if (schema.type === 'struct') {
    validateStruct(schema, value as Readonly<Record<string, unknown>>)
  } else if (schema.type === 'array') {
    const items = partSchema(schema.valueSchema, `element of array ${location}`)
    for (const item of value as readonly unknown[]) validateAt(items, item, `element of array ${location}`)
  } else if (schema.type === 'map') {
    const keys = partSchema(schema.keySchema, `key of map ${location}`)
    const values = partSchema(schema.valueSchema, `value of map ${location}`)
    for (const [key, item] of value instanceof Map ? value as Map<unknown, unknown> : Object.entries(value as object)) {
      validateAt(keys, key, `key of map ${location}`)
      validateAt(values, item, `value of map ${location}`)
    }
  }
}

/** Checks a struct (Java's `Struct.validate`), members that are no fields included. Throws a data error that names the field. */
export function validateStruct (schema: Schema, value: Readonly<Record<string, unknown>>): void {
  for (const field of schema.fields) {
    const member = Object.hasOwn(value, field.name) ? value[field.name] : null
    if (member == null && (field.schema.optional || field.schema.default != null)) continue
    validateAt(field.schema, member, `field: "${field.name}"`)
  }
  for (const name of Object.keys(value)) {
    if (!schema.fields.some(field => field.name === name)) throw dataError(`${name} is not a valid field name`)
  }
}

/**
 * Checks that a value is what its schema says, in every part (Java's `ConnectSchema.validateValue`). Throws a data error with Java's message,
 * which holds classes but no values. `field` names the field that the value is for.
 */
export function validateValue (schema: Schema, value: unknown, field: string | null = null): void {
  validateAt(schema, value, field === null ? 'value' : `field: "${field}"`)
}
