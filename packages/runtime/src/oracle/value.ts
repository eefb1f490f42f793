import type { ConnectRecord, Header, Schema, SchemaType, SinkRecord } from '@tributary/plugin'
import { Decimal, entriesOf, schema as make, sinkRecord, sourceRecord, TypedNumber } from '@tributary/plugin'

/** A value as the cases write it: JSON with one tag around everything JSON alone would not tell apart. */
export type Tagged = unknown

interface TaggedSchema {
  type: SchemaType
  optional?: boolean
  name?: string
  version?: number
  doc?: string
  parameters?: Record<string, string>
  default?: Tagged
  fields?: { field: string, schema: TaggedSchema | SchemaType }[]
  key?: TaggedSchema | SchemaType
  value?: TaggedSchema | SchemaType
}

interface Part { schema?: TaggedSchema | SchemaType | null, value?: Tagged }

interface TaggedRecord {
  kind?: 'source' | 'sink'
  topic: string
  partition?: number | null
  offset?: number | null
  timestamp?: number | null
  key?: Part
  value?: Part
  headers?: (Part & { key: string })[]
}

/** A schema from its tagged form; a bare type name stands for a required schema. */
export function readSchema (tagged: unknown): Schema | null {
  if (tagged === null || tagged === undefined) return null
  const given: TaggedSchema = typeof tagged === 'string' ? { type: tagged as SchemaType } : tagged as TaggedSchema
  const options = {
    optional: given.optional ?? false,
    name: given.name ?? null,
    version: given.version ?? null,
    doc: given.doc ?? null,
    parameters: given.parameters ?? null
  }
  const bare = given.type === 'struct'
    ? make.struct((given.fields ?? []).map(({ field, schema }) => [field, readSchema(schema)!] as const), options)
    : given.type === 'map'
      ? make.map(readSchema(given.key)!, readSchema(given.value)!, options)
      : given.type === 'array' ? make.array(readSchema(given.value)!, options) : make.of(given.type, options)
  return given.default === undefined || given.default === null ? bare : make.with(bare, { default: readValue(given.default, bare) })
}

/** The tagged form of a schema. */
export function writeSchema (schema: Schema | null): unknown {
  if (schema === null) return null
  return {
    type: schema.type,
    optional: schema.optional,
    ...schema.name === null ? {} : { name: schema.name },
    ...schema.version === null ? {} : { version: schema.version },
    ...schema.doc === null ? {} : { doc: schema.doc },
    ...schema.parameters === null || Object.keys(schema.parameters).length === 0 ? {} : { parameters: schema.parameters },
    ...schema.default === undefined || schema.default === null ? {} : { default: writeValue(schema.default, schema) },
    ...schema.type === 'struct' ? { fields: schema.fields.map(field => ({ field: field.name, schema: writeSchema(field.schema) })) } : {},
    // Lists and maps of nothing but null have parts without a schema.
    ...schema.type === 'map' ? { key: writeSchema(schema.keySchema) } : {},
    ...schema.type === 'map' || schema.type === 'array' ? { value: writeSchema(schema.valueSchema) } : {}
  }
}

type Numeric = 'int8' | 'int16' | 'int32' | 'int64' | 'float32' | 'float64'

// An INT64 in this range is a number, so a bigint in it can only be a Java BigInteger.
function isSafe (value: bigint): boolean { return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) }

function readNumber (type: Numeric, content: unknown, schema: Schema | null): unknown {
  if (type === 'int64') {
    const exact = BigInt(content as string)
    // Under a schema of another type a bare number would be taken for that type.
    return isSafe(exact) && (schema === null || schema.type === 'int64') ? Number(exact) : exact
  }
  const number = Number(content)
  if (schema?.type === type || (schema === null && type === 'float64' && !Number.isInteger(number))) return number
  return new TypedNumber(type, number)
}

/** A value from its tagged form, in the shapes of `@tributary/plugin`; schema null: schemaless. A number that is not of the schema's type stays a TypedNumber or bigint. */
export function readValue (tagged: Tagged, schema: Schema | null): unknown {
  if (tagged === null || tagged === undefined || typeof tagged !== 'object') return tagged ?? null
  const [tag, content] = Object.entries(tagged)[0]!
  switch (tag) {
    case 'int8': case 'int16': case 'int32': case 'int64': case 'float32': case 'float64': return readNumber(tag, content, schema)
    case 'bytes': return new Uint8Array(Buffer.from(content as string, 'base64'))
    case 'decimal': {
      const { unscaled, scale } = content as { unscaled: string, scale: number }
      return new Decimal(BigInt(unscaled), scale)
    }
    case 'bigint': return BigInt(content as string)
    case 'date': return new Date(Number(content))
    case 'array': return (content as Tagged[]).map(item => readValue(item, schema?.type === 'array' ? schema.valueSchema : null))
    case 'map': {
      const [keys, values] = schema?.type === 'map' ? [schema.keySchema, schema.valueSchema] : [null, null]
      const entries = (content as [Tagged, Tagged][]).map(([key, value]) => [readValue(key, keys), readValue(value, values)] as const)
      const areTexts = (keys === null || keys.type === 'string') && entries.every(([key]) => typeof key === 'string')
      return areTexts ? Object.fromEntries(entries as [string, unknown][]) : new Map(entries)
    }
    case 'struct':
      return Object.fromEntries((content as [string, Tagged][]).map(([name, value]) =>
        [name, readValue(value, schema?.fields.find(field => field.name === name)?.schema ?? null)]))
    default: throw new TypeError(`Unknown tag ${tag}`)
  }
}

function writeNumber (value: number | bigint, type: string): unknown {
  if (type === 'int64') return { int64: String(value) }
  if (type === 'float32' || type === 'float64') {
    const number = Number(value)
    return { [type]: Number.isFinite(number) ? number : String(number) }
  }
  return { [type]: Number(value) }
}

const numeric = new Set<string>(['int8', 'int16', 'int32', 'int64', 'float32', 'float64'])
const int64Limit = 2n ** 63n

/** The tagged form of a value. */
export function writeValue (value: unknown, schema: Schema | null): Tagged {
  if (value === null || value === undefined) return null
  switch (typeof value) {
    case 'boolean': case 'string': return value
    case 'number':
      if (schema !== null && numeric.has(schema.type)) return writeNumber(value, schema.type)
      return writeNumber(value, Number.isInteger(value) ? 'int64' : 'float64')
    case 'bigint':
      if (schema !== null && numeric.has(schema.type)) return writeNumber(value, schema.type)
      return isSafe(value) || value < -int64Limit || value >= int64Limit ? { bigint: String(value) } : { int64: String(value) }
    default: return writeObject(value, schema)
  }
}

function writeObject (value: object, schema: Schema | null): Tagged {
  if (value instanceof TypedNumber) return writeNumber(value.value, value.type)
  if (value instanceof Decimal) return { decimal: { unscaled: String(value.unscaled), scale: value.scale } }
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') }
  if (value instanceof Date) return { date: String(value.getTime()) }
  if (Array.isArray(value)) return { array: value.map(item => writeValue(item, schema?.type === 'array' ? schema.valueSchema : null)) }
  if (schema?.type === 'struct') {
    return { struct: schema.fields.map(field => [field.name, Object.hasOwn(value, field.name) ? writeValue((value as Record<string, unknown>)[field.name], field.schema) : null]) }
  }
  const [keys, values] = schema?.type === 'map' ? [schema.keySchema, schema.valueSchema] : [null, null]
  return { map: entriesOf(value).map(([key, item]) => [writeValue(key, keys), writeValue(item, values)]) }
}

function readPart (part: Part | undefined): { schema: Schema | null, value: unknown } {
  const schema = readSchema(part?.schema)
  return { schema, value: readValue(part?.value, schema) }
}

/** A record from its tagged form; without `kind` it is a source record. */
export function readRecord (tagged: unknown): ConnectRecord {
  const given = tagged as TaggedRecord
  const key = readPart(given.key)
  const value = readPart(given.value)
  const headers: Header[] = (given.headers ?? []).map(header => ({ key: header.key, ...readPart(header) }))
  const parts = { topic: given.topic, timestamp: given.timestamp ?? null, keySchema: key.schema, key: key.value, valueSchema: value.schema, value: value.value, headers }
  return given.kind === 'sink'
    ? sinkRecord({ ...parts, partition: given.partition ?? 0, offset: given.offset ?? 0 })
    : sourceRecord({ ...parts, partition: given.partition ?? null })
}

/** The tagged form of a record. */
export function writeRecord (record: ConnectRecord): unknown {
  return {
    kind: 'offset' in record ? 'sink' : 'source',
    topic: record.topic,
    partition: record.partition,
    ...'offset' in record ? { offset: Number((record as SinkRecord).offset) } : {},
    timestamp: record.timestamp,
    key: { schema: writeSchema(record.keySchema), value: writeValue(record.key, record.keySchema) },
    value: { schema: writeSchema(record.valueSchema), value: writeValue(record.value, record.valueSchema) },
    headers: record.headers.map(header => ({ key: header.key, schema: writeSchema(header.schema), value: writeValue(header.value, header.schema) }))
  }
}

function classOf (error: Error): string {
  return (error as { javaClass?: string }).javaClass ?? `java.lang.${error.name}`
}

/** The tagged form of an error: `{ error: { phase, class, message, causeClass, causeMessage } }`. */
export function writeError (phase: string, error: unknown): { error: Record<string, unknown> } {
  const thrown = error instanceof Error ? error : new Error(String(error))
  const cause = thrown.cause instanceof Error ? { causeClass: classOf(thrown.cause), causeMessage: thrown.cause.message } : {}
  return { error: { phase, class: classOf(thrown), message: thrown.message, ...cause } }
}
