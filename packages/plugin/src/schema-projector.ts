import { ConnectError } from './errors.ts'
import { numberTypeOf } from './java-class.ts'
import type { Schema, SchemaType } from './schema.ts'
import { sameValue } from './schema-equality.ts'
import { validateValue } from './validate-value.ts'
import { entriesOf } from './values.ts'

const numberOrder: readonly SchemaType[] = ['int8', 'int16', 'int32', 'int64', 'float32', 'float64']

function projectorError (message: string, options?: ErrorOptions): ConnectError {
  return new ConnectError('SCHEMA_PROJECTOR', 'data', message, { ...options, javaClass: 'org.apache.kafka.connect.errors.SchemaProjectorException' })
}

function schemaName (schema: Schema): string {
  return schema.name === null ? `Schema{${schema.type.toUpperCase()}}` : `Schema{${schema.name}:${schema.type.toUpperCase()}}`
}

function parametersText (parameters: Schema['parameters']): string {
  return parameters === null ? 'null' : `{${Object.entries(parameters).map(([name, text]) => `${name}=${text}`).join(', ')}}`
}

function isPromotable (from: SchemaType, to: SchemaType): boolean {
  const [a, b] = [numberOrder.indexOf(from), numberOrder.indexOf(to)]
  return a !== -1 && b !== -1 && a <= b
}

/** Why no value of one schema goes into another, parts of them aside; null if values do. */
function mismatch (source: Schema, target: Schema): string | null {
  if (source.type !== target.type && !isPromotable(source.type, target.type)) {
    return `Schema type mismatch. source type: ${source.type.toUpperCase()} and target type: ${target.type.toUpperCase()}`
  }
  if (source.name !== target.name) return `Schema name mismatch. source name: ${source.name} and target name: ${target.name}`
  if (source.parameters !== target.parameters && (source.parameters === null || target.parameters === null || !sameValue(source.parameters, target.parameters))) {
    return `Schema parameters not equal. source parameters: ${parametersText(source.parameters)} and target parameters: ${parametersText(target.parameters)}`
  }
  if (source.optional && !target.optional && target.default == null) return 'Writer schema is optional, however, target schema does not provide a default value.'
  return null
}

/** Whether {@link project} brings every value of one schema to the other. */
export function canProject (source: Schema, target: Schema): boolean {
  if (source === target) return true
  if (mismatch(source, target) !== null) return false
  if (target.keySchema !== null && !canProject(source.keySchema!, target.keySchema)) return false
  if (target.valueSchema !== null && !canProject(source.valueSchema!, target.valueSchema)) return false
  return target.fields.every(({ name, schema }) => {
    const from = source.fields.find(field => field.name === name)
    return from === undefined ? schema.optional || schema.default != null : canProject(from.schema, schema)
  })
}

/**
 * Brings a value from one version of its schema to another (Java's SchemaProjector): fields left out are dropped, new ones get their default,
 * numbers widen. Throws a data error where the schemas do not allow it.
 */
export function project (source: Schema, value: unknown, target: Schema): unknown {
  const message = mismatch(source, target)
  if (message !== null) throw projectorError(message)
  if (value === null || value === undefined) return source.optional && !target.optional ? target.default : null
  switch (target.type) {
    case 'struct': return projectStruct(source, value as Readonly<Record<string, unknown>>, target)
    case 'array': return (value as readonly unknown[]).map(item => project(source.valueSchema!, item, target.valueSchema!))
    case 'map': {
      const entries = entriesOf(value as object).map(([key, item]) =>
        [project(source.keySchema!, key, target.keySchema!), project(source.valueSchema!, item, target.valueSchema!)] as const)
      return value instanceof Map ? new Map(entries) : Object.fromEntries(entries as [string, unknown][])
    }
    default: return projectNumber(source, value, target)
  }
}

function projectNumber (source: Schema, value: unknown, target: Schema): unknown {
  if (source.type === target.type || !isPromotable(source.type, target.type) || numberTypeOf(value, source) === null) return value
  const number = source.type === 'float32' ? Math.fround(Number(value)) : Number(value)
  if (target.type === 'int64') return Number.isSafeInteger(number) ? number : value
  return target.type === 'float32' ? Math.fround(number) : number
}

function projectStruct (source: Schema, struct: Readonly<Record<string, unknown>>, target: Schema): unknown {
  const members: [string, unknown][] = []
  for (const { name, schema } of target.fields) {
    const from = source.fields.find(field => field.name === name)
    if (from !== undefined) {
      const member = (Object.hasOwn(struct, name) ? struct[name] : null) ?? from.schema.default ?? null
      const projected = projectField(name, from.schema, member, schema)
      validateValue(schema, projected, name)
      members.push([name, projected])
    } else if (!schema.optional) {
      if (schema.default == null) throw projectorError(`Required field \`${name}\` is missing from source schema: ${schemaName(source)}`)
      members.push([name, schema.default])
    }
  }
  return Object.fromEntries(members)
}

function projectField (name: string, source: Schema, value: unknown, target: Schema): unknown {
  try {
    return project(source, value, target)
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'SCHEMA_PROJECTOR') throw cause
    throw projectorError(`Error projecting ${name}`, { cause })
  }
}
