import { dataError, Decimal, decimalText, doubleText, floatText, isInt64, javaClassOf, logical, numberTypeOf, TypedNumber } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'
import { toBase64 } from '../base64.ts'
import { daysOf, decimalBytes, msOf, msOfDay } from '../logical.ts'

/** Turns a value into JSON text. */
export type Writer = (value: unknown) => string

/** How values are written. */
export interface WriterOptions {
  decimals: 'BASE64' | 'NUMERIC'
  /** null becomes the default, where there is one. */
  replaceNull: boolean
}

/** A double as Jackson prints it: as Java does, and as text where JSON has no number for it. */
function jsonDouble (value: number): string {
  const text = doubleText(value)
  return Number.isFinite(value) ? text : `"${text}"`
}

function jsonFloat (value: number): string {
  const text = floatText(value)
  return text.endsWith('y') || text === 'NaN' ? `"${text}"` : text
}

// eslint-disable-next-line no-control-regex -- exactly what must be escaped; halves of pairs because they may stand alone.
const mustEscape = /["\\\u0000-\u001f\ud800-\udfff]/

/** Text as a JSON string. */
function jsonString (text: string): string {
  return text.length < 200 && !mustEscape.test(text) ? `"${text}"` : JSON.stringify(text)
}

const logicalNames = new Set<string | null>(Object.values(logical))

/** Compiles a schema into a function that writes its values as Java's JsonConverter does. The function throws data errors. */
export function compileWriter (schema: Schema, options: WriterOptions): Writer {
  const write = contentWriter(schema, options)
  const fallback = schema.default != null && options.replaceNull ? write(schema.default) : schema.optional ? 'null' : null
  return value => {
    if (value !== null && value !== undefined) return write(value)
    if (fallback === null) throw dataError('Conversion error: null value for field that is required and has no default value')
    return fallback
  }
}

function invalidLogical (type: string, expected: string, value: unknown): Error {
  return dataError(`Invalid type for ${type}, expected ${expected} but was class ${javaClassOf(value)}`)
}

function logicalWriter (schema: Schema, { decimals }: Pick<WriterOptions, 'decimals'>): Writer {
  if (schema.name === logical.decimal) {
    return value => {
      if (!(value instanceof Decimal)) throw invalidLogical('Decimal', 'BigDecimal', value)
      return decimals === 'NUMERIC' ? decimalText(value) : `"${toBase64(decimalBytes(schema, value))}"`
    }
  }
  const [type, number] = schema.name === logical.date ? ['Date', daysOf] as const : schema.name === logical.time ? ['Time', msOfDay] as const : ['Timestamp', msOf] as const
  return value => {
    if (!(value instanceof Date)) throw invalidLogical(type, 'Date', value)
    return String(number(value))
  }
}

export function invalidType (schema: Schema, value: unknown): Error {
  return dataError(`Invalid type for ${schema.type.toUpperCase()}: class ${javaClassOf(value, schema)}`)
}

function numberWriter (schema: Schema): Writer {
  const print = schema.type === 'float32' ? jsonFloat : schema.type === 'float64' ? jsonDouble : String
  return value => {
    if (numberTypeOf(value, schema) !== schema.type) throw invalidType(schema, value)
    return print((value instanceof TypedNumber ? value.value : value) as number)
  }
}

/** Compiles a schema of a type without parts, or of a logical type. */
export function scalarWriter (schema: Schema, options: Pick<WriterOptions, 'decimals'>): Writer {
  if (logicalNames.has(schema.name)) return logicalWriter(schema, options)
  switch (schema.type) {
    case 'boolean': return value => {
      if (typeof value !== 'boolean') throw invalidType(schema, value)
      return value ? 'true' : 'false'
    }
    case 'string': return value => {
      if (typeof value !== 'string') throw invalidType(schema, value)
      return jsonString(value)
    }
    case 'bytes': return value => {
      if (!(value instanceof Uint8Array)) throw dataError(`Invalid type for bytes type: class ${javaClassOf(value, schema)}`)
      return `"${toBase64(value)}"`
    }
    default: return numberWriter(schema)
  }
}

function contentWriter (schema: Schema, options: WriterOptions): Writer {
  if (logicalNames.has(schema.name)) return logicalWriter(schema, options)
  switch (schema.type) {
    case 'array': return arrayWriter(schema, compileWriter(schema.valueSchema!, options))
    case 'map': return mapWriter(schema, options)
    case 'struct': return structWriter(schema, options)
    default: return scalarWriter(schema, options)
  }
}

export function isMembers (value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

export function arrayWriter (schema: Schema, item: Writer): Writer {
  return value => {
    if (!Array.isArray(value)) throw invalidType(schema, value)
    return `[${value.map(item).join(',')}]`
  }
}

/** Writes maps as an object or an array, from the text of each entry. */
export function entriesWriter (schema: Schema, isObject: boolean, entry: (key: unknown, value: unknown) => string): Writer {
  return value => {
    if (!(value instanceof Map) && !isMembers(value)) throw invalidType(schema, value)
    const parts: string[] = []
    for (const [key, member] of value instanceof Map ? value as Map<unknown, unknown> : Object.entries(value)) parts.push(entry(key, member))
    return isObject ? `{${parts.join(',')}}` : `[${parts.join(',')}]`
  }
}

function mapWriter (schema: Schema, options: WriterOptions): Writer {
  const writeKey = compileWriter(schema.keySchema!, options)
  const item = compileWriter(schema.valueSchema!, options)
  if (schema.keySchema!.type !== 'string') return entriesWriter(schema, false, (key, member) => `[${writeKey(key)},${item(member)}]`)
  return entriesWriter(schema, true, (key, member) => {
    const text = writeKey(key)
    return `${text === 'null' ? '"null"' : text}:${item(member)}`
  })
}

/** A member, null where there is none. `isInherited`: every object has one of this name. */
export function memberOf (value: Readonly<Record<string, unknown>>, name: string, isInherited: boolean): unknown {
  return isInherited && !Object.hasOwn(value, name) ? null : value[name]
}

function structWriter (schema: Schema, options: WriterOptions): Writer {
  const fields = schema.fields.map(({ name, schema: of }, i) => ({
    name,
    isInherited: name in {},
    start: `${i === 0 ? '{' : ','}${JSON.stringify(name)}:`,
    write: compileWriter(of, options)
  }))
  if (fields.length === 0) return value => { if (!isMembers(value)) throw invalidType(schema, value); return '{}' }
  return value => {
    if (!isMembers(value)) throw invalidType(schema, value)
    let text = ''
    for (let i = 0; i < fields.length; i++) {
      const { name, isInherited, start, write } = fields[i]!
      text += start + write(memberOf(value, name, isInherited))
    }
    return text + '}'
  }
}

/** Whether `JSON.stringify` writes a value as Java's JsonConverter would. */
function isPlain (value: unknown): boolean {
  switch (typeof value) {
    case 'string': case 'boolean': return true
    case 'number': {
      if (Number.isSafeInteger(value)) return true
      const size = Math.abs(value)
      return size >= 1e-3 && size < 1e7
    }
    case 'object': break
    default: return false
  }
  if (value === null) return true
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (!isPlain(value[i])) return false
    return true
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  for (const name in value) if (!isPlain((value as Record<string, unknown>)[name])) return false
  return true
}

/** Writes values without a schema. `wraps`: integers past 64 bits, which Java does not have in a record, are refused as by Java. */
export function writeSchemaless (value: unknown, wraps: boolean): string {
  return isPlain(value) ? JSON.stringify(value) : writeExactly(value, wraps)
}

function noSchemaType (value: unknown): Error {
  return dataError(`Java class class ${javaClassOf(value)} does not have corresponding schema type.`)
}

function writeExactly (value: unknown, wraps: boolean): string {
  switch (typeof value) {
    case 'undefined': return 'null'
    case 'string': return jsonString(value)
    case 'boolean': return value ? 'true' : 'false'
    case 'number': return Number.isSafeInteger(value) ? String(value) : jsonDouble(value)
    case 'bigint':
      if (!isInt64(value) && (wraps || Number.isSafeInteger(Number(value)))) throw noSchemaType(value)
      return String(value)
    case 'object': return value === null ? 'null' : writeObject(value, wraps)
    default: throw dataError(`A value of type ${typeof value} cannot be written as JSON: use the values of Connect's data model.`)
  }
}

function writeObject (value: object, wraps: boolean): string {
  if (Array.isArray(value)) return `[${value.map(item => writeExactly(item, wraps)).join(',')}]`
  if (isMembers(value)) {
    let text = ''
    for (const name of Object.keys(value)) text += `${text === '' ? '{' : ','}${jsonString(name)}:${writeExactly(value[name], wraps)}`
    return text === '' ? '{}' : `${text}}`
  }
  if (value instanceof TypedNumber) {
    if (value.text !== null) return value.text
    return value.type === 'float64' ? jsonDouble(value.value) : value.type === 'float32' ? jsonFloat(value.value) : String(value.value)
  }
  if (value instanceof Uint8Array) return `"${toBase64(value)}"`
  if (!(value instanceof Map)) throw noSchemaType(value)
  const entries = [...value as Map<unknown, unknown>]
  return entries.every(([key]) => typeof key === 'string')
    ? `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${writeExactly(item, wraps)}`).join(',')}}`
    : `[${entries.map(([key, item]) => `[${writeExactly(key, wraps)},${writeExactly(item, wraps)}]`).join(',')}]`
}
