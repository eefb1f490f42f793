import { dataError, Decimal, doubleText, entriesOf, floatText, integerToBytes, logical, sameSchema, schema as make } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'
import { avroParameters, defaultPrecision } from './avro-flavor.ts'
import type { AvroFlavor } from './avro-flavor.ts'
import { scrubbed } from './avro-scrub.ts'

type Json = Record<string, unknown>

interface Context {
  readonly flavor: AvroFlavor
  /** Types already written out, by their full names. */
  readonly defined: Map<string, Schema>
  /** Names of fields' schemas so far. */
  readonly seen: Set<string>
  /** Of the record around: names within are short where it is theirs. */
  namespace: string
  /** Types of map entries so far. */
  readonly entries: Schema[]
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
  return convertNullable(schema, { flavor, defined: new Map(), seen: new Set(), namespace: '', entries: [] })
}

function convertNullable (schema: Schema, context: Context): unknown {
  const json = convert(schema, context)
  if (!schema.optional) return json
  if (Array.isArray(json)) return ['null', ...json as unknown[]]
  return schema.default == null ? ['null', json] : [json, 'null']
}

function convert (schema: Schema, context: Context): unknown {
  const { flavor } = context
  if (schema.type === 'struct' && schema.name === flavor.names.union) return schema.fields.map(field => convert(field.schema, context))
  const base = typeOf(schema, context)
  // The order is Java's: registries compare texts.
  const extra = { ...flavor.metadata ? metadataOf(schema, flavor) : {}, ...logicalOf(schema), ...avroMembers(schema) }
  if (typeof base !== 'string') return { ...base, ...extra }
  return Object.keys(extra).length === 0 || !isBuiltIn(base) ? base : { type: base, ...extra }
}

/** The logical type of Avro; not of decimals that Avro's rules do not allow. */
function logicalOf (schema: Schema): Json {
  const found = logicalTypes[schema.name ?? '']
  return found === undefined ? {} : { logicalType: found.logicalType }
}

/** Parameters that were members of an Avro schema. */
function avroMembers ({ parameters }: Schema): Json {
  return Object.fromEntries(Object.entries(parameters ?? {}).filter(([name]) => name.startsWith('avro')))
}

function isBuiltIn (name: string): boolean {
  return Object.values<string>(primitives).includes(name)
}

function metadataOf (schema: Schema, flavor: AvroFlavor): Json {
  const { name, version, doc, type } = schema
  const parameters = connectParameters(schema, flavor)
  const isAvros = !flavor.sharesDocs && schema.parameters?.[flavor.parameters.fieldDefault] !== undefined
  return {
    ...doc === null ? {} : { 'connect.doc': doc },
    ...version === null ? {} : { 'connect.version': version },
    ...parameters === null ? {} : { 'connect.parameters': parameters },
    ...schema.default == null || isAvros ? {} : { 'connect.default': defaultJson(schema, schema.default, flavor) },
    ...name === null ? {} : { 'connect.name': name },
    ...type === 'int8' || type === 'int16' ? { 'connect.type': type } : {}
  }
}

function connectParameters ({ parameters }: Schema, flavor: AvroFlavor): Json | null {
  if (parameters === null) return null
  const kept = Object.entries(parameters).filter(([name]) => flavor.sharesDocs || name !== flavor.parameters.fieldDefault)
  return kept.length === 0 ? null : Object.fromEntries(kept)
}

function typeOf (schema: Schema, context: Context): string | Json {
  const { name, parameters } = schema
  const { flavor } = context
  const decimal = name === logical.decimal ? { scale: Number(parameters?.['scale'] ?? 0), precision: Number(parameters?.[avroParameters.precision] ?? defaultPrecision) } : {}
  if (name !== null && name !== logical.decimal && logicalTypes[name] !== undefined) return logicalTypes[name].type
  const enumName = schema.type === 'string' && flavor.enhanced ? parameters?.[flavor.names.enum] : undefined
  if (enumName !== undefined) return enumType(schema, enumName, context)
  switch (schema.type) {
    case 'int8': case 'int16': return 'int'
    case 'array': return { type: 'array', items: convertNullable(schema.valueSchema!, context) }
    case 'map': return mapType(schema, context)
    case 'struct': return structType(schema, context)
    case 'bytes': {
      const size = parameters?.[avroParameters.fixedSize]
      if (size === undefined || name === null) return name === logical.decimal ? { type: 'bytes', ...decimal } : 'bytes'
      return named(name, schema, context, 'fixed', () => ({ size: Number(size), ...decimal }))
    }
    default: return primitives[schema.type]
  }
}

function enumType (schema: Schema, enumName: string, context: Context): string | Json {
  const { sharesDocs, parameters } = context.flavor
  const of = (name: string): string | undefined => schema.parameters?.[name]
  const own = schema.name === null ? 'ConnectDefault' : schema.name.slice(schema.name.lastIndexOf('.') + 1)
  const doc = of(sharesDocs ? avroParameters.sharedEnumDoc : parameters.enumDoc + own)
  const symbol = sharesDocs ? undefined : of(parameters.enumDefault + own)
  return named(enumName, schema, context, 'enum', () => ({
    ...doc === undefined ? {} : { doc }, symbols: symbolsOf(schema.parameters!, context), ...symbol === undefined ? {} : { default: symbol }
  }))
}

function symbolsOf (parameters: Readonly<Record<string, string>>, context: Context): string[] {
  const start = `${context.flavor.names.enum}.`
  return Object.entries(parameters).filter(([name]) => name.startsWith(start)).map(([, symbol]) => symbol)
}

/** A named type is written out once, then named. `rest` gives what follows its name. */
function named (full: string, schema: Schema, context: Context, type: 'enum' | 'fixed' | 'record', rest: () => Json): string | Json {
  const outer = context.namespace
  const dot = full.lastIndexOf('.')
  const simple = context.flavor.scrubs ? scrubbed(full.slice(dot + 1)) : full.slice(dot + 1)
  const namespace = context.flavor.scrubs ? full.slice(0, Math.max(dot, 0)).split('.').map(scrubbed).join('.') : full.slice(0, Math.max(dot, 0))
  const name = namespace === '' ? simple : `${namespace}.${simple}`
  const known = context.defined.get(name)
  if (known !== undefined) {
    if (!isSameType(known, schema)) throw dataError(`Two schemas that differ have the name ${name}, which Avro does not allow: name one of them otherwise.`)
    return namespace === outer ? simple : name
  }
  context.defined.set(name, schema)
  context.namespace = namespace
  const json = { type, name: simple, ...namespace === outer ? {} : { namespace }, ...rest() }
  context.namespace = outer
  return json
}

/** Whether values of two schemas of one name look alike in Avro. */
function isSameType (a: Schema, b: Schema): boolean {
  if (a === b) return true
  const isSamePart = (a: Schema | null, b: Schema | null): boolean => a === b || (a !== null && b !== null && a.optional === b.optional && isSameType(a, b))
  return a.type === b.type && a.name === b.name && a.fields.length === b.fields.length &&
    a.fields.every((field, i) => field.name === b.fields[i]!.name && isSamePart(field.schema, b.fields[i]!.schema)) &&
    isSamePart(a.keySchema, b.keySchema) && isSamePart(a.valueSchema, b.valueSchema)
}

/** Whether a map is a map of Avro. */
function hasTextKeys (schema: Schema, { optionalKeys }: AvroFlavor): boolean { return schema.keySchema!.type === 'string' && (optionalKeys || !schema.keySchema!.optional) }

function mapType (schema: Schema, context: Context): Json {
  const { flavor } = context
  if (hasTextKeys(schema, flavor)) return { type: 'map', values: convertNullable(schema.valueSchema!, context) }
  const entry = make.struct([['key', schema.keySchema!], ['value', schema.valueSchema!]])
  const number = schema.name === null ? entryNumber(entry, context) : null
  const name = schema.name ?? `${flavor.names.mapEntry}${number === 1 ? '' : number}`
  const items = named(name, entry, context, 'record', () => ({
    fields: entry.fields.map(({ name, schema }) => fieldOf(name, schema, flavor.sharesDocs ? schema.doc : null, context)),
    // What says of others that they are entries of a map.
    ...number === 1 ? {} : { 'connect.internal.type': 'MapEntry' }
  }))
  return { type: 'array', items }
}

/** Entries that look alike are of one type. */
function entryNumber (entry: Schema, { entries }: Context): number {
  const found = entries.findIndex(one => isSameType(one, entry))
  return found === -1 ? entries.push(entry) : found + 1
}

function structType (schema: Schema, context: Context): string | Json {
  const { sharesDocs, scrubs, parameters } = context.flavor
  const doc = schema.parameters?.[sharesDocs ? avroParameters.sharedRecordDoc : parameters.recordDoc]
  return named(schema.name ?? unnamedStruct(schema, context), schema, context, 'record', () => ({
    ...doc === undefined ? {} : { doc },
    fields: schema.fields.map(({ name, schema: field }) =>
      fieldOf(scrubs ? scrubbed(name) : name, field, (sharesDocs ? field.doc : schema.parameters?.[parameters.fieldDoc + name]) ?? null, context))
  }))
}

function fieldOf (name: string, schema: Schema, doc: string | null, context: Context): Json {
  const { flavor } = context
  const wasSeen = schema.name !== null && context.seen.has(schema.name)
  if (schema.name !== null) context.seen.add(schema.name)
  const type = convertNullable(schema, context)
  // What the type is without, since it stands elsewhere.
  const parameters = wasSeen && flavor.metadata && isNamed(schema, flavor) ? connectParameters(schema, flavor) : null
  return {
    name,
    type,
    ...doc === null ? {} : { doc },
    ...schema.default == null ? (schema.optional ? { default: null } : {}) : isAvroDefault(schema, schema.default, flavor) ? { default: defaultJson(schema, schema.default, flavor) } : {},
    ...parameters === null ? {} : { 'connect.parameters': parameters }
  }
}

/** Whether its Avro type has a name. */
function isNamed ({ type, name, parameters }: Schema, { enhanced, names }: AvroFlavor): boolean {
  return (type === 'struct' && name !== names.union) || (type === 'string' && enhanced && parameters?.[names.enum] !== undefined) || (type === 'bytes' && name !== null && parameters?.[avroParameters.fixedSize] !== undefined)
}

/** Unnamed structs are told by numbers; those that are equal are one. */
function unnamedStruct (schema: Schema, { flavor, defined }: Context): string {
  for (let number = 1; ; number++) {
    const name = `${flavor.names.defaultName}${number === 1 ? '' : number}`
    const known = defined.get(name)
    if (known === undefined || sameSchema(make.with(known, { optional: false }), make.with(schema, { optional: false }))) return name
  }
}

/** Whether Avro can say this default. */
function isAvroDefault (schema: Schema, value: unknown, flavor: AvroFlavor): boolean {
  const isPart = (part: Schema, item: unknown): boolean => item == null ? part.optional : isAvroDefault(part, item, flavor)
  switch (schema.type) {
    case 'array': return (value as unknown[]).every(item => isPart(schema.valueSchema!, item))
    case 'map': return !hasTextKeys(schema, flavor) ? entriesOf(value as object).length === 0 : entriesOf(value as object).every(([, item]) => isPart(schema.valueSchema!, item))
    case 'struct': return schema.fields.every(field => isPart(field.schema, (value as Json)[field.name] ?? field.schema.default))
    case 'float32': case 'float64': return Number.isFinite(value)
    default: return true
  }
}

/** A default as Avro writes it in JSON: bytes as text of one character each. */
function defaultJson (schema: Schema, value: unknown, flavor: AvroFlavor): unknown {
  if (value instanceof Decimal) return Buffer.from(integerToBytes(value.unscaled)).toString('latin1')
  if (value instanceof Date) return schema.name === logical.date ? value.getTime() / 86_400_000 : value.getTime()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
  switch (schema.type) {
    case 'array': return (value as unknown[]).map(item => item == null ? null : defaultJson(schema.valueSchema!, item, flavor))
    case 'map': {
      const part = (of: Schema, item: unknown): unknown => item == null ? null : defaultJson(of, item, flavor)
      const entries = entriesOf(value as object)
      if (hasTextKeys(schema, flavor)) return Object.fromEntries(entries.map(([key, item]) => [String(key), part(schema.valueSchema!, item)]))
      return entries.map(([key, item]) => [part(schema.keySchema!, key), part(schema.valueSchema!, item)])
    }
    case 'struct': return Object.fromEntries(schema.fields.map(({ name, schema: field }) => {
      const item = (value as Json)[name] ?? field.default
      return [flavor.scrubs ? scrubbed(name) : name, item == null ? null : defaultJson(field, item, flavor)]
    }))
  }
  if (typeof value === 'bigint') return JSON.rawJSON(String(value))
  if (schema.type !== 'float32' && schema.type !== 'float64') return value
  const text = schema.type === 'float32' ? floatText(value as number) : doubleText(value as number)
  return Number.isFinite(value) ? JSON.rawJSON(text) : text
}
