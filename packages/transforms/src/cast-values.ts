import { Decimal, TypedNumber, dataError, decimalText, doubleText, floatText, javaClassOf, logical, numberTypeOf } from '@tributary/plugin'
import type { Schema, SchemaType } from '@tributary/plugin'
import type { CastType } from './cast-spec.ts'
import { parseDouble, parseInteger, schemaless, toDouble, toInteger } from './java-numbers.ts'
import type { JavaNumber } from './java-numbers.ts'
import { DateFormatter } from './simple-date-format.ts'
import { timeZone } from './time-zone.ts'

const castable = ['INT8', 'INT16', 'INT32', 'INT64', 'FLOAT32', 'FLOAT64', 'BOOLEAN', 'STRING', 'BYTES']
const dayMs = 86_400_000

/** Casts one value as Kafka Connect's Cast does; null stays null. A value without a schema keeps its new type in a TypedNumber. */
export function castValue (schema: Schema | null, value: unknown, target: CastType): unknown {
  if (value === null || value === undefined) return null
  const type = schema === null ? inferredType(value) : schema.type
  if (!castable.includes(type.toUpperCase())) {
    throw dataError(`Cast transformation does not support casting from ${type.toUpperCase()}; supported types are [${castable.join(', ')}]`)
  }
  if (target === 'string') return castToString(value, type)
  const plain = schema?.name == null ? value : encodeLogical(schema, value)
  if (target === 'boolean') return castToBoolean(plain, type)
  const cast = castToNumber(plain, type, target)
  return schema === null ? schemaless(cast, target) : cast
}

function inferredType (value: unknown): SchemaType {
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'boolean'
  const number = numberTypeOf(value, null)
  if (number !== null) return number
  if (value instanceof Uint8Array) return 'bytes'
  if (Array.isArray(value)) return 'array'
  const name = javaClassOf(value)
  if (name === 'java.util.HashMap') return 'map'
  throw dataError(`Cast transformation was passed a value of type class ${name} which is not supported by Connect's data API`)
}

/** A logical value as the number it is stored as. */
function encodeLogical (schema: Schema, value: unknown): unknown {
  if (schema.name !== logical.date && schema.name !== logical.time && schema.name !== logical.timestamp) return value
  if (!(value instanceof Date)) throw dataError(`Expected a java.util.Date under the schema ${schema.name}, but found ${javaClassOf(value, schema)}`)
  const ms = value.getTime()
  if (schema.name === logical.timestamp) return ms
  if (schema.name === logical.date) {
    if (ms % dayMs !== 0) throw dataError('Kafka Connect Date type should not have any time fields set to non-zero values.')
    return ms / dayMs
  }
  if (ms < 0 || ms > dayMs) throw dataError('Kafka Connect Time type should not have any date fields set to non-zero values.')
  return ms
}

function numberOf (value: unknown, type: SchemaType): JavaNumber | null {
  if (value instanceof TypedNumber) return numberOf(value.value, value.type)
  if (value instanceof Decimal) return { decimal: value }
  if (typeof value === 'bigint') return { whole: value }
  if (typeof value !== 'number') return null
  if (type === 'float32') return { floating: Math.fround(value) }
  return type === 'float64' ? { floating: value } : { whole: value }
}

function castToNumber (value: unknown, type: SchemaType, target: Exclude<CastType, 'string' | 'boolean'>): number | bigint {
  const isFloat = target === 'float32' || target === 'float64'
  if (typeof value === 'string') {
    const parsed = isFloat ? parseDouble(value) : parseInteger(value, target)
    if (parsed === null) throw dataError('Value was out of range for requested data type')
    return target === 'float32' ? Math.fround(Number(parsed)) : parsed
  }
  if (typeof value === 'boolean') return value ? 1 : 0
  const number = numberOf(value, type)
  if (number === null) throw unexpected(value)
  if (!isFloat) return toInteger(number, target)
  return target === 'float32' ? Math.fround(toDouble(number)) : toDouble(number)
}

function castToBoolean (value: unknown, type: SchemaType): boolean {
  if (typeof value === 'boolean') return value
  if (typeof value === 'string') return value.toLowerCase() === 'true'
  const number = numberOf(value, type)
  if (number === null) throw unexpected(value)
  return Number(toInteger(number, 'int64')) !== 0
}

const utc = timeZone('UTC')!
const timeFormat = new DateFormatter("HH:mm:ss.SSS'Z'", utc)
const dateFormat = new DateFormatter('yyyy-MM-dd', utc)
const timestampFormat = new DateFormatter("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", utc)

function castToString (value: unknown, type: SchemaType): string {
  if (typeof value === 'string') return value
  if (value instanceof Date) {
    const ms = value.getTime()
    // A date is told from a time by its size alone, as in Connect.
    return (ms < dayMs ? timeFormat : ms % dayMs === 0 ? dateFormat : timestampFormat).format(ms)
  }
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
  if (value instanceof Decimal) return decimalText(value)
  const number = numberOf(value, type)
  if (number === null || !('floating' in number)) return String(value instanceof TypedNumber ? value.value : value)
  return type === 'float32' ? floatText(number.floating) : doubleText(number.floating)
}

function unexpected (value: unknown): Error {
  return dataError(`Unexpected type in Cast transformation: class ${javaClassOf(value)}`)
}
