import { ConnectError, schema } from '@tributary/plugin'
import type { Schema, SchemaOptions } from '@tributary/plugin'

/** What a transform keeps of a schema it rebuilds (Java's SchemaUtil.copySchemaBasics): not `optional`, not the default. */
export function schemaBasics (from: Schema): SchemaOptions {
  return { name: from.name, version: from.version, doc: from.doc, parameters: from.parameters }
}

/** A struct schema whose field names must differ and not be empty, as Java's SchemaBuilder demands. */
export function structSchema (fields: readonly (readonly [string, Schema])[], options: SchemaOptions = {}): Schema {
  const seen = new Set<string>()
  for (const [name] of fields) {
    if (name === '') throw schemaError('fieldName cannot be null.')
    if (seen.has(name)) throw schemaError(`Cannot create field because of field name duplication ${name}`)
    seen.add(name)
  }
  return schema.struct(fields, options)
}

/** Java's SchemaBuilderException. */
export function schemaError (message: string): ConnectError {
  return new ConnectError('DATA', 'data', message, { javaClass: 'org.apache.kafka.connect.errors.SchemaBuilderException' })
}
