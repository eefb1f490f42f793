import { dataError, dateAt, dayMs, Decimal, hybridDate, hybridDay, integerFromBytes, integerToBytes, logical, schema as make } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'

const nanosPerMs = 1_000_000
const minSeconds = -62_135_596_800
const maxSeconds = 253_402_300_799

type Parts = Readonly<Record<string, unknown>>

/** How a logical type and the fields of its message turn into each other. Throws data errors. */
export interface LogicalMessage {
  readonly message: string
  /** The file that defines it. */
  readonly path: string
  /** Those fields of the message that are written. */
  readonly parts: Schema
  toConnect (parts: Parts): unknown
  fromConnect (value: unknown): Parts
}

/** Logical types by the names of their schemas. */
export const logicalMessages: ReadonlyMap<string | null, LogicalMessage> = new Map([
  [logical.decimal, {
    message: 'confluent.type.Decimal', path: 'confluent/type/decimal.proto', parts: make.struct([['value', make.of('bytes')], ['precision', make.of('int64')], ['scale', make.of('int32')]]),
    toConnect: decimalOf, fromConnect: decimalParts
  }],
  [logical.date, {
    message: 'google.type.Date', path: 'google/type/date.proto', parts: integers('year', 'month', 'day'), toConnect: dateOf, fromConnect: dateParts
  }],
  [logical.time, {
    message: 'google.type.TimeOfDay', path: 'google/type/timeofday.proto', parts: integers('hours', 'minutes', 'seconds', 'nanos'), toConnect: timeOf, fromConnect: timeParts
  }],
  [logical.timestamp, {
    message: 'google.protobuf.Timestamp', path: 'google/protobuf/timestamp.proto', parts: make.struct([['seconds', make.of('int64')], ['nanos', make.of('int32')]]),
    toConnect: timestampOf, fromConnect: timestampParts
  }]
])

function integers (...names: string[]): Schema { return make.struct(names.map(name => [name, make.of('int32')] as const)) }

function integer (parts: Parts, name: string): number {
  const value = parts[name] ?? 0
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value)
  throw dataError(`The field ${name} of a date, time or decimal is no integer.`)
}

function msOf (value: unknown, type: string): number {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.getTime()
  throw dataError(`Invalid type for ${type}: a Date is needed.`)
}

function decimalOf (parts: Parts): Decimal {
  const bytes = parts['value']
  const unscaled = bytes instanceof Uint8Array ? integerFromBytes(bytes) : null
  if (unscaled === null) throw dataError('A confluent.type.Decimal has no digits: its field value is empty.')
  const precision = integer(parts, 'precision')
  if (precision > 2 ** 31 - 1) throw dataError('The precision of a confluent.type.Decimal is beyond 2147483647.')
  return rounded(new Decimal(unscaled, integer(parts, 'scale')), precision)
}

/** At most `precision` digits, halves away from zero; 0: all. */
function rounded (decimal: Decimal, precision: number): Decimal {
  const digits = digitsOf(decimal.unscaled)
  if (precision === 0 || digits <= precision) return decimal
  const drop = digits - precision
  const unit = 10n ** BigInt(drop)
  const half = decimal.unscaled < 0n ? -unit / 2n : unit / 2n
  // 999 may round up to 1000.
  return rounded(new Decimal((decimal.unscaled + half) / unit, decimal.scale - drop), precision)
}

function digitsOf (value: bigint): number { return String(value < 0n ? -value : value).length }

function decimalParts (value: unknown): Parts {
  if (!(value instanceof Decimal)) throw dataError('Invalid type for Decimal: a Decimal is needed.')
  return { value: integerToBytes(value.unscaled), precision: digitsOf(value.unscaled), scale: value.scale }
}

function dateOf (parts: Parts): Date {
  const [year, month, day] = [integer(parts, 'year'), integer(parts, 'month'), integer(parts, 'day')]
  const days = hybridDay(year, month, day)
  const found = hybridDate(days)
  if (year < 1 || found.year !== year || found.month !== month || found.day !== day) throw dataError(`A google.type.Date is no date: year ${year}, month ${month}, day ${day}. Connect's dates have all three.`)
  return dateAt(days * dayMs)
}

function dateParts (value: unknown): Parts {
  const days = msOf(value, 'Date') / dayMs
  if (!Number.isInteger(days)) throw dataError('Kafka Connect Date type should not have any time fields set to non-zero values.')
  const { year, month, day } = hybridDate(days)
  // Java writes years before Christ without their era.
  return { year: year > 0 ? year : 1 - year, month, day }
}

function timeOf (parts: Parts): Date {
  const [hours, minutes, seconds, nanos] = [integer(parts, 'hours'), integer(parts, 'minutes'), integer(parts, 'seconds'), integer(parts, 'nanos')]
  const isWithin = (value: number, max: number): boolean => value >= 0 && value <= max
  if (!isWithin(hours, 23) || !isWithin(minutes, 59) || !isWithin(seconds, 59) || !isWithin(nanos, 999_999_999)) throw dataError('A google.type.TimeOfDay is no time of a day, from 00:00:00 to 23:59:59.999999999.')
  return new Date(((hours * 60 + minutes) * 60 + seconds) * 1000 + Math.floor(nanos / nanosPerMs))
}

function timeParts (value: unknown): Parts {
  const ms = msOf(value, 'Time')
  if (ms < 0 || ms > dayMs) throw dataError('Time values must use number of millis greater than 0 and less than 86400000')
  return { hours: Math.floor(ms / 3_600_000) % 24, minutes: Math.floor(ms / 60_000) % 60, seconds: Math.floor(ms / 1000) % 60, nanos: ms % 1000 * nanosPerMs }
}

function timestampOf (parts: Parts): Date {
  const [seconds, nanos] = [integer(parts, 'seconds'), integer(parts, 'nanos')]
  checkTimestamp(seconds)
  if (nanos < 0 || nanos > 999_999_999) throw dataError('The nanos of a google.protobuf.Timestamp are not within 0 and 999999999.')
  return new Date(seconds * 1000 + Math.floor(nanos / nanosPerMs))
}

function timestampParts (value: unknown): Parts {
  const ms = msOf(value, 'Timestamp')
  const seconds = Math.floor(ms / 1000)
  checkTimestamp(seconds)
  return { seconds, nanos: (ms - seconds * 1000) * nanosPerMs }
}

function checkTimestamp (seconds: number): void {
  if (seconds < minSeconds || seconds > maxSeconds) throw dataError('A google.protobuf.Timestamp is not within the years 1 and 9999.')
}
