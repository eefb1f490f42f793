import { ConnectError } from './errors.ts'
import type { Schema } from './schema.ts'
import { validateValue } from './validate-value.ts'

/** What SchemaBuilder of Java throws. */
export function builderError (message: string, options?: ErrorOptions): ConnectError {
  return new ConnectError('SCHEMA', 'data', message, { ...options, javaClass: 'org.apache.kafka.connect.errors.SchemaBuilderException' })
}

/**
 * Checks a schema as Java's SchemaBuilder does: default values must fit, field names must differ and not be empty. The parts are taken to be
 * checked already. Gives the schema back.
 */
export function checkedSchema (schema: Schema): Schema {
  if (schema.type === 'map') {
    if (schema.keySchema === null) throw builderError('keySchema cannot be null.')
    if (schema.valueSchema === null) throw builderError('valueSchema cannot be null.')
  }
  const seen = new Set<string>()
  for (const { name } of schema.fields) {
    if (name === '') throw builderError('fieldName cannot be null.')
    if (seen.has(name)) throw builderError(`Cannot create field because of field name duplication ${name}`)
    seen.add(name)
  }
  if (schema.default != null) {
    try {
      validateValue(schema, schema.default)
    } catch (cause) {
      throw builderError('Invalid default value', { cause })
    }
  }
  return schema
}

/** Checks a schema and all its parts, innermost first. */
export function checkSchema (schema: Schema): void {
  if (schema.keySchema !== null) checkSchema(schema.keySchema)
  if (schema.valueSchema !== null) checkSchema(schema.valueSchema)
  for (const field of schema.fields) checkSchema(field.schema)
  checkedSchema(schema)
}
