/** Avro schemas with annotations, written short. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

function type (name: string, args: Json, attributes: Readonly<Record<string, Json>> = {}): Json {
  return { type: name, ...attributes, 'arg.properties': args }
}

const millis = { logicalType: 'timestamp-millis' }
const days = { logicalType: 'date' }

export const int = {
  range: (min: number, max: number): Json => type('int', { range: { min, max } }),
  count: (start: number, step = 1): Json => type('int', { iteration: { start, step } }),
  oneOf: (options: readonly number[]): Json => type('int', { options })
}
export const long = {
  range: (min: number, max: number): Json => type('long', { range: { min, max } }),
  count: (start: number, step = 1): Json => type('long', { iteration: { start, step } })
}
export const double = {
  range: (min: number, max: number): Json => type('double', { range: { min, max } }),
  count: (start: number): Json => type('double', { iteration: { start } })
}
export const string = {
  regex: (regex: string): Json => type('string', { regex }),
  oneOf: (options: readonly string[]): Json => type('string', { options }),
  count: (start: number, step = 1): Json => type('string', { iteration: { start, step } })
}
export const date = { range: (min: number, max: number): Json => type('int', { range: { min, max } }, days) }
export const timestamp = {
  range: (min: number, max: number): Json => type('long', { range: { min, max } }, millis),
  count: (start: number, step: number): Json => type('long', { iteration: { start, step } }, millis)
}
export const decimal = (precision: number, scale: number): Json => ({ type: 'bytes', logicalType: 'decimal', precision, scale })

type Fields = Readonly<Record<string, Json>>

/** A record; `options`: whole records to choose from. */
export function record (name: string, fields: Fields, options?: readonly Json[]): Json {
  const list = Object.entries(fields).map(([field, fieldType]) => ({ name: field, type: fieldType }))
  return { type: 'record', name, fields: list, ...(options === undefined ? {} : { 'arg.properties': { options } }) }
}

export function array (items: Json, args: Json): Json { return { type: 'array', items, 'arg.properties': args } }
export function map (values: Json, args: Json): Json { return { type: 'map', values, 'arg.properties': args } }

/** A schema that comes with the connector. */
export interface Quickstart {
  /** Field whose value is the key, unless `schema.keyfield` says otherwise. */
  readonly keyField: string
  /** The Avro schema in JSON. */
  readonly schema: string
}

/** `fullName` is namespace and name, `ksql.orders`. */
export function quickstart (keyField: string, fullName: string, fields: Fields, options?: readonly Json[]): Quickstart {
  return { keyField, schema: JSON.stringify(record(fullName, fields, options), null, 2) }
}
