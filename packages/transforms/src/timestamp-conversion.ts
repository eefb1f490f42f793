import { ConnectError, configError, dataError, dateAt, isInt64, javaClassOf, logical, schema as make } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'
import { compact } from './java-numbers.ts'
import { DateFormatter } from './simple-date-format.ts'
import { DateParser } from './simple-date-parse.ts'
import { timeZone } from './time-zone.ts'

export const targetTypes = ['string', 'unix', 'Date', 'Time', 'Timestamp'] as const
export type TimeType = typeof targetTypes[number]
export const unixPrecisions = ['nanoseconds', 'microseconds', 'milliseconds', 'seconds'] as const
type Precision = typeof unixPrecisions[number]

const dayMs = 86_400_000
const maxLong = 2n ** 63n - 1n

/** What a time under a schema is; a schema that holds no time is an error, as in Kafka Connect. */
export function sourceTypeOf (schema: Schema): TimeType {
  if (schema.name === logical.timestamp) return 'Timestamp'
  if (schema.name === logical.date) return 'Date'
  if (schema.name === logical.time) return 'Time'
  if (schema.type === 'string') return 'string'
  if (schema.type === 'int64') return 'unix'
  throw new ConnectError('DATA', 'data', `Schema ${schema.name === null ? '' : `${schema.name}:`}${schema.type.toUpperCase()} does not correspond to a known timestamp type format`, {
    javaClass: 'org.apache.kafka.connect.errors.ConnectException'
  })
}

function inferredType (value: unknown): TimeType {
  if (value instanceof Date) return 'Timestamp'
  if (typeof value === 'string') return 'string'
  if ((typeof value === 'number' && Number.isInteger(value)) || (typeof value === 'bigint' && isInt64(value))) return 'unix'
  throw dataError(`TimestampConverter does not support class ${javaClassOf(value)} objects as timestamps`)
}

/** Converts times to one type, by one text format and one precision of unix times. */
export class TimestampConversion {
  readonly #target: TimeType
  readonly #precision: Precision
  readonly #formatter: DateFormatter | null
  readonly #parser: DateParser | null

  /** Throws a config error for a format that is no SimpleDateFormat. */
  constructor ({ target, format, precision }: { target: TimeType, format: string, precision: Precision }) {
    this.#target = target
    this.#precision = precision
    const isBlank = format.trim() === ''
    try {
      this.#formatter = isBlank ? null : new DateFormatter(format, timeZone('UTC')!)
      this.#parser = isBlank ? null : new DateParser(format)
    } catch (error) {
      // Java passes the cause where the value belongs, so the sentence reads like this.
      throw configError(`Invalid value java.lang.IllegalArgumentException: ${(error as Error).message} for configuration TimestampConverter requires a SimpleDateFormat-compatible pattern for string timestamps: ${format}`, { cause: error })
    }
  }

  /** The schema of converted times. */
  schema (optional: boolean): Schema {
    switch (this.#target) {
      case 'string': return make.of('string', { optional })
      case 'unix': return make.of('int64', { optional })
      case 'Date': return make.date({ optional })
      case 'Time': return make.time({ optional })
      case 'Timestamp': return make.timestamp({ optional })
    }
  }

  /** Converts a time of a type, or of the type its class tells (null); null stays null. */
  convert (value: unknown, type: TimeType | null): unknown {
    if (value === null || value === undefined) return null
    const ms = this.#toMs(value, type ?? inferredType(value))
    switch (this.#target) {
      case 'string': return this.#formatter!.format(Number(ms))
      case 'unix': return this.#toUnix(ms)
      case 'Date': return dateAt(Math.floor(Number(ms) / dayMs) * dayMs)
      case 'Time': return dateAt((Number(BigInt(ms) % BigInt(dayMs)) + dayMs) % dayMs)
      case 'Timestamp': return value instanceof Date ? value : dateAt(Number(ms))
    }
  }

  /** Milliseconds since 1970. */
  #toMs (value: unknown, type: TimeType): number | bigint {
    if (type === 'unix') {
      if (typeof value !== 'number' && typeof value !== 'bigint') throw dataError(`Expected Unix timestamp to be a Long, but found class ${javaClassOf(value)}`)
      return this.#fromUnix(value)
    }
    if (type === 'string') {
      if (typeof value !== 'string') throw dataError(`Expected string timestamp to be a String, but found class ${javaClassOf(value)}`)
      if (this.#parser === null) throw dataError('TimestampConverter needs the option format to read times that are text.')
      const ms = this.#parser.parse(value)
      if (ms === null) throw dataError(`Could not parse timestamp: the value does not match pattern (${this.#formatter!.pattern})`)
      return ms
    }
    if (!(value instanceof Date)) throw dataError(`Expected ${type} to be a java.util.Date, but found class ${javaClassOf(value)}`)
    return value.getTime()
  }

  #fromUnix (value: number | bigint): number | bigint {
    switch (this.#precision) {
      case 'milliseconds': return value
      case 'seconds': return clamped(BigInt(value) * 1000n)
      case 'microseconds': return compact(BigInt(value) / 1000n)
      case 'nanoseconds': return compact(BigInt(value) / 1_000_000n)
    }
  }

  #toUnix (ms: number | bigint): number | bigint {
    switch (this.#precision) {
      case 'milliseconds': return ms
      case 'seconds': return compact(BigInt(ms) / 1000n)
      case 'microseconds': return clamped(BigInt(ms) * 1000n)
      case 'nanoseconds': return clamped(BigInt(ms) * 1_000_000n)
    }
  }
}

/** Java's units stop at the ends of 64 bits. */
function clamped (value: bigint): number | bigint {
  return compact(value > maxLong ? maxLong : value < -maxLong - 1n ? -maxLong - 1n : value)
}
