/** Connect's schema types, named as in `org.apache.kafka.connect.data.Schema.Type`, lower case. */
export type SchemaType =
  | 'int8' | 'int16' | 'int32' | 'int64' | 'float32' | 'float64' | 'boolean' | 'string' | 'bytes'
  | 'array' | 'map' | 'struct'

/** One member of a struct schema. */
export interface Field {
  readonly name: string
  readonly index: number
  readonly schema: Schema
}

/** What a schema is made from; everything but `type` may be left out. */
export interface SchemaOptions {
  optional?: boolean
  /** Value used where a field is null. Absent or undefined: no default. */
  default?: unknown
  name?: string | null
  version?: number | null
  doc?: string | null
  parameters?: Readonly<Record<string, string>> | null
}

/** An immutable Connect schema. Make them with {@link schema}; compare by identity first, then with {@link sameSchema}. */
export interface Schema {
  readonly type: SchemaType
  readonly optional: boolean
  /** undefined: none. */
  readonly default: unknown
  readonly name: string | null
  readonly version: number | null
  readonly doc: string | null
  readonly parameters: Readonly<Record<string, string>> | null
  /** Members of a struct, else empty. */
  readonly fields: readonly Field[]
  /** Key schema of a map, else null. */
  readonly keySchema: Schema | null
  /** Value schema of a map or array, else null. */
  readonly valueSchema: Schema | null
}

/** Names of the logical types (`org.apache.kafka.connect.data.*`). */
export const logical = {
  decimal: 'org.apache.kafka.connect.data.Decimal',
  date: 'org.apache.kafka.connect.data.Date',
  time: 'org.apache.kafka.connect.data.Time',
  timestamp: 'org.apache.kafka.connect.data.Timestamp'
} as const

const none: readonly Field[] = Object.freeze([])

function make (type: SchemaType, options: SchemaOptions, parts: Pick<Schema, 'fields' | 'keySchema' | 'valueSchema'>): Schema {
  return Object.freeze({
    type,
    optional: options.optional ?? false,
    default: options.default,
    name: options.name ?? null,
    version: options.version ?? null,
    doc: options.doc ?? null,
    parameters: options.parameters ?? null,
    fields: parts.fields,
    keySchema: parts.keySchema,
    valueSchema: parts.valueSchema
  })
}

const flat = { fields: none, keySchema: null, valueSchema: null }

/** Builders of schemas. */
export const schema = {
  /** A schema of a type without parts. */
  of: (type: Exclude<SchemaType, 'array' | 'map' | 'struct'>, options: SchemaOptions = {}): Schema => make(type, options, flat),
  array: (items: Schema, options: SchemaOptions = {}): Schema => make('array', options, { ...flat, valueSchema: items }),
  map: (keys: Schema, values: Schema, options: SchemaOptions = {}): Schema => make('map', options, { fields: none, keySchema: keys, valueSchema: values }),
  /** `fields` as [name, schema] pairs, in order. */
  struct: (fields: Iterable<readonly [string, Schema]>, options: SchemaOptions = {}): Schema =>
    make('struct', options, { ...flat, fields: Object.freeze(Array.from(fields, ([name, s], index) => Object.freeze({ name, index, schema: s }))) }),
  /** The same schema with some of its options replaced. */
  with: (base: Schema, options: SchemaOptions): Schema => make(base.type, { ...base, ...options }, base),
  decimal: (scale: number, options: SchemaOptions = {}): Schema =>
    make('bytes', { version: 1, ...options, name: logical.decimal, parameters: { ...options.parameters, scale: String(scale) } }, flat),
  date: (options: SchemaOptions = {}): Schema => make('int32', { version: 1, ...options, name: logical.date }, flat),
  time: (options: SchemaOptions = {}): Schema => make('int32', { version: 1, ...options, name: logical.time }, flat),
  timestamp: (options: SchemaOptions = {}): Schema => make('int64', { version: 1, ...options, name: logical.timestamp }, flat)
} as const
