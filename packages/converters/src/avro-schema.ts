import { Decimal, doubleText, floatText, integerToBytes, logical } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'
import { avroParameters, defaultPrecision } from './avro-flavor.ts'
import type { AvroFlavor } from './avro-flavor.ts'

type Json = Record<string, unknown>

interface Context {
  readonly flavor: AvroFlavor
  /** Full names of types already written out. */
  readonly defined: Set<string>
  /** Of the record around: names within are short where it is theirs. */
  namespace: string
  /** Map entries so far. */
  entries: number
}

const logicalTypes: Readonly<Record<string, { type: string, logicalType: string }>> = {
  [logical.decimal]: { type: 'bytes', logicalType: 'decimal' },
  [logical.date]: { type: 'int', logicalType: 'date' },
  [logical.time]: { type: 'int', logicalType: 'time-millis' },
  [logical.timestamp]: { type: 'long', logicalType: 'timestamp-millis' }
}
const primitives = { boolean: 'boolean', string: 'string', int32: 'int', int64: 'long', float32: 'float', float64: 'double', bytes: 'bytes' } as const

/** The Avro schema, as JSON, of a Connect schema (AvroData of Confluent and AWS). */
export function avroSchemaOf (schema: Schema, flavor: AvroFlavor): unknown {
  return convertNullable(schema, { flavor, defined: new Set(), namespace: '', entries: 0 })
}

function convertNullable (schema: Schema, context: Context): unknown {
  const json = convert(schema, context)
  if (!schema.optional) return json
  if (Array.isArray(json)) return ['null', ...json as unknown[]]
  return schema.default == null ? ['null', json] : [json, 'null']
}

function convert (schema: Schema, context: Context): unknown {
  if (schema.type === 'struct' && schema.name === context.flavor.names.union) return schema.fields.map(field => convert(field.schema, context))
  const logicalType = logicalTypes[schema.name ?? '']?.logicalType
  // The order is Java's: registries compare texts.
  const extra = { ...context.flavor.metadata ? metadataOf(schema) : {}, ...logicalType === undefined ? {} : { logicalType } }
  const base = typeOf(schema, context)
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
    ...schema.default == null ? {} : { 'connect.default': defaultJson(schema, schema.default) },
    ...name === null ? {} : { 'connect.name': name }
  }
}

function typeOf (schema: Schema, context: Context): string | Json {
  const { name, parameters } = schema
  if (name === logical.decimal) {
    return { type: 'bytes', scale: Number(parameters?.['scale'] ?? 0), precision: Number(parameters?.[avroParameters.precision] ?? defaultPrecision) }
  }
  if (name !== null && logicalTypes[name] !== undefined) return logicalTypes[name].type
  const enumName = schema.type === 'string' && context.flavor.enhanced ? parameters?.[context.flavor.names.enum] : undefined
  if (enumName !== undefined) return named(enumName, context, 'enum', () => ({ symbols: symbolsOf(parameters!, context) }))
  switch (schema.type) {
    case 'int8': case 'int16': return { type: 'int', 'connect.type': schema.type }
    case 'array': return { type: 'array', items: convertNullable(schema.valueSchema!, context) }
    case 'map': return mapType(schema, context)
    case 'struct': return structType(schema, context)
    case 'bytes': {
      const size = parameters?.[avroParameters.fixedSize]
      return size === undefined || name === null ? 'bytes' : named(name, context, 'fixed', () => ({ size: Number(size) }))
    }
    default: return primitives[schema.type]
  }
}

function symbolsOf (parameters: Readonly<Record<string, string>>, context: Context): string[] {
  const start = `${context.flavor.names.enum}.`
  return Object.entries(parameters).filter(([name]) => name.startsWith(start)).map(([, symbol]) => symbol)
}

/** A named type is written out once, then named. `rest` gives what follows its name. */
function named (name: string, context: Context, type: 'enum' | 'fixed' | 'record', rest: () => Json): string | Json {
  const outer = context.namespace
  const dot = name.lastIndexOf('.')
  const [namespace, simple] = [name.slice(0, Math.max(dot, 0)), name.slice(dot + 1)]
  if (context.defined.has(name)) return namespace === outer ? simple : name
  context.defined.add(name)
  context.namespace = namespace
  const json = { type, name: simple, ...namespace === outer ? {} : { namespace }, ...rest() }
  context.namespace = outer
  return json
}

/** Whether a map's keys are as those of Avro's maps. */
function hasTextKeys (schema: Schema): boolean { return schema.keySchema!.type === 'string' && !schema.keySchema!.optional }

function entriesOf (value: unknown): [unknown, unknown][] {
  return value instanceof Map ? [...value as Map<unknown, unknown>] : Object.entries(value as object)
}

function mapType (schema: Schema, context: Context): Json {
  if (hasTextKeys(schema)) return { type: 'map', values: convertNullable(schema.valueSchema!, context) }
  context.entries++
  const first = context.flavor.names.mapEntry
  const name = context.entries === 1 ? first : `${first}${context.entries}`
  const items = named(name, context, 'record', () => ({
    // What says of others that they are entries of a map.
    ...context.entries === 1 ? {} : { 'connect.internal.type': 'MapEntry' },
    fields: [{ name: 'key', type: convertNullable(schema.keySchema!, context) }, { name: 'value', type: convertNullable(schema.valueSchema!, context) }]
  }))
  return { type: 'array', items }
}

function structType (schema: Schema, context: Context): string | Json {
  const name = schema.name ?? unnamedStruct(context)
  return named(name, context, 'record', () => ({
    fields: schema.fields.map(({ name, schema: field }) => ({
      name,
      type: convertNullable(field, context),
      ...field.doc === null || !context.flavor.hasFieldDocs ? {} : { doc: field.doc },
      ...field.default == null ? (field.optional ? { default: null } : {}) : isAvroDefault(field, field.default) ? { default: defaultJson(field, field.default) } : {}
    }))
  }))
}

function unnamedStruct (context: Context): string {
  let number = 1
  const nameOf = (): string => number === 1 ? context.flavor.names.defaultName : `${context.flavor.names.defaultName}${number}`
  while (context.defined.has(nameOf())) number++
  return nameOf()
}

/** Whether Avro can say this default: that of a union is of its first branch, which within a default is null for what is optional. */
function isAvroDefault (schema: Schema, value: unknown): boolean {
  const isPart = (part: Schema, item: unknown): boolean => part.optional ? item == null : item != null && isAvroDefault(part, item)
  switch (schema.type) {
    case 'array': return (value as unknown[]).every(item => isPart(schema.valueSchema!, item))
    case 'map': return hasTextKeys(schema) && entriesOf(value).every(([, item]) => isPart(schema.valueSchema!, item))
    case 'struct': return schema.fields.every(field => isPart(field.schema, (value as Json)[field.name] ?? field.schema.default))
    case 'float32': case 'float64': return Number.isFinite(value)
    default: return true
  }
}

/** A default as Avro writes it in JSON: bytes as text of one character each. */
function defaultJson (schema: Schema, value: unknown): unknown {
  if (value instanceof Decimal) return Buffer.from(integerToBytes(value.unscaled)).toString('latin1')
  if (value instanceof Date) return schema.name === logical.date ? value.getTime() / 86_400_000 : value.getTime()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
  switch (schema.type) {
    case 'array': return (value as unknown[]).map(item => item == null ? null : defaultJson(schema.valueSchema!, item))
    case 'map': {
      const part = (of: Schema, item: unknown): unknown => item == null ? null : defaultJson(of, item)
      const entries = entriesOf(value)
      if (hasTextKeys(schema)) return Object.fromEntries(entries.map(([key, item]) => [key, part(schema.valueSchema!, item)]))
      return entries.map(([key, item]) => [part(schema.keySchema!, key), part(schema.valueSchema!, item)])
    }
    case 'struct': return Object.fromEntries(schema.fields.map(({ name, schema: field }) => {
      const item = (value as Json)[name] ?? field.default
      return [name, item == null ? null : defaultJson(field, item)]
    }))
  }
  if (typeof value === 'bigint') return JSON.rawJSON(String(value))
  if (schema.type !== 'float32' && schema.type !== 'float64') return value
  const text = schema.type === 'float32' ? floatText(value as number) : doubleText(value as number)
  return Number.isFinite(value) ? JSON.rawJSON(text) : text
}
