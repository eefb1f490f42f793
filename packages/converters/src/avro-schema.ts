import { Decimal, integerToBytes, logical } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'
import { avroPropNames, connectNamespace, defaultPrecision } from './avro-mapping.ts'

type Json = Record<string, unknown>

/** Names of structs without a name, and those already written out. */
interface Context { readonly defined: Set<string>, unnamed: number }

const logicalTypes: Readonly<Record<string, { type: string, logicalType: string }>> = {
  [logical.date]: { type: 'int', logicalType: 'date' },
  [logical.time]: { type: 'int', logicalType: 'time-millis' },
  [logical.timestamp]: { type: 'long', logicalType: 'timestamp-millis' }
}
const primitives = { boolean: 'boolean', string: 'string', int32: 'int', int64: 'long', float32: 'float', float64: 'double', bytes: 'bytes' } as const

/** The Avro schema, as JSON, of a Connect schema (Confluent's AvroData). `metadata`: Connect's names and versions are kept beside it. */
export function avroSchemaOf (schema: Schema, metadata: boolean): unknown {
  return nullable(schema, convert(schema, { defined: new Set(), unnamed: 0 }, metadata))
}

function nullable (schema: Schema, json: unknown): unknown {
  if (!schema.optional) return json
  if (Array.isArray(json)) return ['null', ...json as unknown[]]
  return schema.default == null ? ['null', json] : [json, 'null']
}

function convert (schema: Schema, context: Context, metadata: boolean): unknown {
  if (schema.type === 'struct' && schema.name === avroPropNames.union) return schema.fields.map(field => convert(field.schema, context, metadata))
  const extra = metadata ? metadataOf(schema) : {}
  const base = typeOf(schema, context, metadata)
  if (typeof base === 'string') return Object.keys(extra).length === 0 || !isBuiltIn(base) ? base : { type: base, ...extra }
  return { ...base, ...extra }
}

function isBuiltIn (name: string): boolean {
  return Object.values<string>(primitives).includes(name)
}

function metadataOf (schema: Schema): Json {
  const { name, version, doc, parameters } = schema
  return {
    ...doc === null ? {} : { 'connect.doc': doc },
    ...version === null ? {} : { 'connect.version': version },
    ...parameters === null || Object.keys(parameters).length === 0 ? {} : { 'connect.parameters': parameters },
    ...schema.default == null || schema.type === 'struct' || schema.type === 'map' || schema.type === 'array' ? {} : { 'connect.default': defaultJson(schema, schema.default) },
    ...name === null ? {} : { 'connect.name': name }
  }
}

function typeOf (schema: Schema, context: Context, metadata: boolean): string | Json {
  const { name, parameters } = schema
  if (name === logical.decimal) {
    return { type: 'bytes', scale: Number(parameters?.['scale'] ?? 0), precision: Number(parameters?.[avroPropNames.precision] ?? defaultPrecision), logicalType: 'decimal' }
  }
  if (name !== null && logicalTypes[name] !== undefined) return logicalTypes[name]
  const enumName = schema.type === 'string' ? parameters?.[avroPropNames.enum] : undefined
  if (enumName !== undefined) return named(enumName, context, () => ({ type: 'enum', ...fullName(enumName), symbols: symbolsOf(parameters!) }))
  switch (schema.type) {
    case 'int8': case 'int16': return { type: 'int', 'connect.type': schema.type }
    case 'array': return { type: 'array', items: nullable(schema.valueSchema!, convert(schema.valueSchema!, context, metadata)) }
    case 'map': return mapType(schema, context, metadata)
    case 'struct': return structType(schema, context, metadata)
    case 'bytes': {
      const size = parameters?.[avroPropNames.fixedSize]
      return size === undefined || name === null ? 'bytes' : named(name, context, () => ({ type: 'fixed', ...fullName(name), size: Number(size) }))
    }
    default: return primitives[schema.type]
  }
}

function symbolsOf (parameters: Readonly<Record<string, string>>): string[] {
  const start = `${avroPropNames.enum}.`
  return Object.entries(parameters).filter(([name]) => name.startsWith(start)).map(([, symbol]) => symbol)
}

function fullName (name: string): { name: string, namespace?: string } {
  const dot = name.lastIndexOf('.')
  return dot === -1 ? { name } : { name: name.slice(dot + 1), namespace: name.slice(0, dot) }
}

/** A named type is written out once, then named. */
function named (name: string, context: Context, make: () => Json): string | Json {
  if (context.defined.has(name)) return name
  context.defined.add(name)
  return make()
}

function mapType (schema: Schema, context: Context, metadata: boolean): Json {
  const values = nullable(schema.valueSchema!, convert(schema.valueSchema!, context, metadata))
  if (schema.keySchema!.type === 'string' && !schema.keySchema!.optional) return { type: 'map', values }
  context.unnamed++
  const keys = nullable(schema.keySchema!, convert(schema.keySchema!, context, metadata))
  return {
    type: 'array',
    items: {
      type: 'record',
      name: context.unnamed === 1 ? 'MapEntry' : `MapEntry${context.unnamed}`,
      namespace: connectNamespace,
      'connect.name': avroPropNames.mapEntry,
      fields: [{ name: 'key', type: keys }, { name: 'value', type: values }]
    }
  }
}

function structType (schema: Schema, context: Context, metadata: boolean): string | Json {
  const name = schema.name ?? unnamedStruct(context)
  return named(name, context, () => ({
    type: 'record',
    ...fullName(name),
    fields: schema.fields.map(({ name, schema: field }) => ({
      name,
      type: nullable(field, convert(field, context, metadata)),
      ...field.doc === null ? {} : { doc: field.doc },
      ...field.default == null ? (field.optional ? { default: null } : {}) : isScalar(field) ? { default: defaultJson(field, field.default) } : {}
    }))
  }))
}

function unnamedStruct (context: Context): string {
  let number = 1
  const nameOf = (): string => number === 1 ? avroPropNames.defaultName : `${avroPropNames.defaultName}${number}`
  while (context.defined.has(nameOf())) number++
  return nameOf()
}

function isScalar (schema: Schema): boolean {
  return schema.type !== 'struct' && schema.type !== 'array' && schema.type !== 'map'
}

/** A default as Avro writes it in JSON: bytes as text of one character each. */
function defaultJson (schema: Schema, value: unknown): unknown {
  if (value instanceof Decimal) return Buffer.from(integerToBytes(value.unscaled)).toString('latin1')
  if (value instanceof Date) return schema.name === logical.date ? value.getTime() / 86_400_000 : value.getTime()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
  return typeof value === 'bigint' ? JSON.rawJSON(String(value)) : value
}
