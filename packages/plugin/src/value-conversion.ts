import type { SchemaAndValue } from './converter.ts'
import { dateAt } from './date-at.ts'
import { ConnectError, dataError } from './errors.ts'
import { integerFromBytes, integerToBytes } from './decimal-bytes.ts'
import { javaClassOf } from './java-class.ts'
import { decimalToInt64, decimalToNumber, parseDecimal } from './java-number-text.ts'
import { doubleText } from './java-text.ts'
import { logical, schema as make } from './schema.ts'
import type { Schema } from './schema.ts'
import { settled, typed } from './typed-value.ts'
import type { TypedValue } from './typed-value.ts'
import { parseTyped } from './value-parser.ts'
import { valueText } from './value-text.ts'
import { Decimal, TypedNumber } from './values.ts'

const msPerDay = 86_400_000
const int64Limit = 2n ** 63n

function schemaName (schema: Schema): string {
  return schema.name === null ? `Schema{${schema.type.toUpperCase()}}` : `Schema{${schema.name}:${schema.type.toUpperCase()}}`
}

/** Values stay out of messages; Java prints them. */
function cannotConvert (value: TypedValue, to: string, options?: ErrorOptions): ConnectError {
  return dataError(`Unable to convert a value of class ${javaClassOf(value)} to ${to}`, options)
}

function numberFormat (): ConnectError {
  return new ConnectError('DATA', 'data', 'The text is not a number.', { javaClass: 'java.lang.NumberFormatException' })
}

/** A double cut to 64 bits as Java's cast does it. */
function doubleToInt64 (value: number): bigint {
  if (Number.isNaN(value)) return 0n
  if (value >= 2 ** 63) return int64Limit - 1n
  return value <= -(2 ** 63) ? -int64Limit : BigInt(Math.trunc(value))
}

/** What a Date stands for under a logical type. Throws as Java's `fromLogical` does. */
function dateNumber (value: Date, name: string | null): number | null {
  const ms = value.getTime()
  switch (name) {
    case logical.date:
      if (ms % msPerDay !== 0) throw dataError('Kafka Connect Date type should not have any time fields set to non-zero values.')
      return ms / msPerDay
    case logical.time:
      if (ms < 0 || ms > msPerDay) throw dataError('Kafka Connect Time type should not have any date fields set to non-zero values.')
      return ms
    case logical.timestamp: return ms
    default: return null
  }
}

/** The number as a double; a float32 has fewer digits than its text shows. */
function doubleOf ({ type, value }: TypedNumber): number {
  return type === 'float32' ? Math.fround(value) : value
}

/** Java's `asLong`. */
function asInt64 (value: TypedValue, from: Schema | null): bigint {
  if (value instanceof TypedNumber) return doubleToInt64(doubleOf(value))
  if (typeof value === 'bigint') return BigInt.asIntN(64, value)
  if (value instanceof Decimal) return decimalToInt64(value)
  let cause: ConnectError | null = null
  if (typeof value === 'string') {
    const decimal = parseDecimal(value)
    if (decimal !== null) return decimalToInt64(decimal)
    cause = numberFormat()
  }
  const number = value instanceof Date && from !== null ? dateNumber(value, from.name) : null
  if (number !== null) return BigInt(number)
  throw cannotConvert(value, from === null ? 'a number' : schemaName(from), cause === null ? {} : { cause })
}

/** Java's `asDouble`. */
function asDouble (value: TypedValue, from: Schema | null): number {
  if (value instanceof TypedNumber) return doubleOf(value)
  if (value instanceof Decimal) return decimalToNumber(value)
  const decimal = typeof value === 'string' ? parseDecimal(value) : null
  return decimal === null ? Number(asInt64(value, from)) : decimalToNumber(decimal)
}

function parsed (value: TypedValue): TypedValue {
  return typeof value === 'string' ? parseTyped(value).value : value
}

function toBoolean (value: TypedValue, from: Schema | null): boolean {
  if (typeof value === 'boolean') return value
  const guess = typeof value === 'string' ? parsed(value) : null
  return typeof guess === 'boolean' ? guess : asInt64(value, from) !== 0n
}

function toInteger (bits: 8 | 16 | 32, value: TypedValue, from: Schema | null): TypedNumber {
  return new TypedNumber(`int${bits}`, Number(BigInt.asIntN(bits, asInt64(value, from))))
}

function toDecimal (to: Schema, value: TypedValue): Decimal {
  if (value instanceof Uint8Array) {
    const unscaled = integerFromBytes(value)
    if (unscaled === null) throw numberFormat()
    return new Decimal(unscaled, Number(to.parameters?.['scale'] ?? 0))
  }
  if (value instanceof Decimal) return value
  const text = value instanceof TypedNumber ? doubleText(doubleOf(value)) : typeof value === 'bigint' ? doubleText(Number(value)) : typeof value === 'string' ? value : null
  if (text === null) throw cannotConvert(value, schemaName(to))
  const decimal = parseDecimal(text)
  if (decimal === null) throw numberFormat()
  return decimal
}

function toBytes (to: Schema, value: TypedValue): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (value instanceof Decimal) return integerToBytes(value.unscaled)
  throw cannotConvert(value, schemaName(to))
}

function toDate (value: TypedValue, from: Schema | null): Date {
  const given = parsed(value)
  if (given instanceof Date) {
    if (from === null || from.name === logical.date) return given
    if (from.name === logical.timestamp) return new Date(Math.trunc(given.getTime() / msPerDay) * msPerDay)
  }
  return dateAt(Number(BigInt.asIntN(32, asInt64(given, from))) * msPerDay)
}

function toTime (value: TypedValue, from: Schema | null): Date {
  const given = parsed(value)
  if (given instanceof Date) {
    if (from === null || from.name === logical.time) return given
    if (from.name === logical.timestamp) return new Date(((given.getTime() % msPerDay) + msPerDay) % msPerDay)
  }
  const ms = Number(BigInt.asIntN(32, asInt64(given, from)))
  if (ms < 0 || ms > msPerDay) throw dataError('Time values must use number of milliseconds greater than 0 and less than 86400000')
  return new Date(ms)
}

function toTimestamp (value: TypedValue, from: Schema | null): Date {
  const given = parsed(value)
  if (given instanceof Date) {
    if (from === null || from.name === logical.timestamp) return given
    if (from.name === logical.date) return new Date(dateNumber(given, from.name)! * msPerDay)
  }
  return dateAt(Number(asInt64(given, from)))
}

function toContainer (to: Schema, value: TypedValue): TypedValue {
  const given = to.type === 'struct' ? value : parsed(value)
  if (to.type === 'array' ? Array.isArray(given) : to.type === 'map' ? given instanceof Map : isStruct(given)) return given
  throw cannotConvert(given, schemaName(to))
}

function isStruct (value: TypedValue): boolean {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

/** Java's `Values.convertTo`, on values with a type beside every number. */
export function convertTo (to: Schema, from: Schema | null, value: TypedValue): TypedValue {
  if (value === null || value === undefined) {
    if (to.optional) return null
    throw dataError('Unable to convert a null value to a schema that requires a value')
  }
  switch (to.name) {
    case logical.decimal: return toDecimal(to, value)
    case logical.date: return toDate(value, from)
    case logical.time: return toTime(value, from)
    case logical.timestamp: return toTimestamp(value, from)
  }
  switch (to.type) {
    case 'bytes': return toBytes(to, value)
    case 'string': return valueText(value, from)
    case 'boolean': return toBoolean(value, from)
    case 'int8': return toInteger(8, value, from)
    case 'int16': return toInteger(16, value, from)
    case 'int32': return toInteger(32, value, from)
    case 'int64': return asInt64(value, from)
    case 'float32': return new TypedNumber('float32', Math.fround(asDouble(value, from)))
    case 'float64': return new TypedNumber('float64', asDouble(value, from))
    default: return toContainer(to, value)
  }
}

/** What {@link convertValue} converts to. */
export type ConversionTarget =
  | 'boolean' | 'int8' | 'int16' | 'int32' | 'int64' | 'float32' | 'float64' | 'string'
  | 'list' | 'map' | 'struct' | 'date' | 'time' | 'timestamp' | 'decimal'

const targets: Readonly<Record<Exclude<ConversionTarget, 'decimal'>, Schema>> = {
  boolean: make.of('boolean'), string: make.of('string'),
  int8: make.of('int8'), int16: make.of('int16'), int32: make.of('int32'), int64: make.of('int64'),
  float32: make.of('float32'), float64: make.of('float64'),
  list: make.array(make.of('string')), map: make.map(make.of('string'), make.of('string')), struct: make.struct([]),
  date: make.date(), time: make.time(), timestamp: make.timestamp()
}
const nullable = new Set<ConversionTarget>(['boolean', 'int8', 'int16', 'int32', 'int64', 'float32', 'float64', 'string'])

/**
 * Converts a value to another type (Java's `Values.convertTo...`). Throws data errors for what cannot be converted. The schema given back is
 * the target's; lists, maps and structs keep their own. `scale` is for decimals from bytes.
 */
export function convertValue (target: ConversionTarget, schema: Schema | null, value: unknown, scale = 0): SchemaAndValue {
  const to = target === 'decimal' ? make.decimal(scale) : targets[target]
  if ((value === null || value === undefined) && nullable.has(target)) return { schema: to, value: null }
  const isContainer = target === 'list' || target === 'map' || target === 'struct'
  if (isContainer && typeof value === 'string' && target !== 'struct') {
    const guess = parseTyped(value)
    return { schema: guess.schema, value: settled(convertTo(to, schema, guess.value), guess.schema) }
  }
  if (isContainer) {
    convertTo(to, schema, typed(value, schema))
    return { schema, value }
  }
  return { schema: to, value: settled(convertTo(to, schema, typed(value, schema)), to) }
}
