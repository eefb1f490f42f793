import { ConnectError, Decimal, TypedNumber, configError, dataError, dayMs, logical } from '@tributary/plugin'
import type { Schema, SinkRecord } from '@tributary/plugin'
import { isInstant, patternReader } from '@tributary/transforms/event-time'
import { isoDateTime } from './iso-date-time.ts'
import { javaTimeZone } from './java-time-zone.ts'
import type { TimeZone } from './java-time-zone.ts'
import { jodaPattern } from './joda-pattern.ts'

export { javaTimeZone } from './java-time-zone.ts'
export { jodaPattern } from './joda-pattern.ts'

/** Tells the directory of a record below its topic, such as `year=2019/month=11`. */
export interface Partitioner {
  /** Encoded partition of a record. Throws a data error for a record that has none. `nowMs`: the clock, for the Wallclock extractor. */
  encode (record: SinkRecord, nowMs?: number): string
  /** Directory of an encoded partition below `topics.dir`. */
  path (topic: string, encoded: string): string
}

/** Keys of Confluent's storage partitioners, parsed. */
export interface PartitionerOptions {
  /** `directory.delim` */
  readonly delim: string
  /** `partition.field.name` */
  readonly fields: readonly string[]
  /** `partition.duration.ms` */
  readonly durationMs: number
  /** `path.format` */
  readonly pathFormat: string
  readonly locale: string
  readonly timezone: string
  /** `timestamp.extractor` */
  readonly extractor: string
  /** `timestamp.field` */
  readonly timestampField: string
  /** What numbers and texts of digits in the field are counted in since 1970; Confluent knows milliseconds only. `pattern`: texts and digits follow one. */
  readonly timestampUnit: 's' | 'ms' | 'us' | 'ns' | 'pattern'
  /** Of the unit `pattern`, in the letters of Java's SimpleDateFormat; a time without an offset is one of `timezone`. */
  readonly timestampPattern: string
}

/** Directories of HourlyPartitioner and DailyPartitioner, as `path.format` would have them. */
export const hourlyPath = ["'year'=YYYY", "'month'=MM", "'day'=dd", "'hour'=HH"] as const
export const dailyPath = hourlyPath.slice(0, 3)

const packageName = 'io.confluent.connect.storage.partitioner.'

/** Makes the partitioner of `partitioner.class`, a full or simple class name of Confluent's; null for a class that is not known. */
export function createPartitioner (className: string, options: PartitionerOptions): Partitioner | null {
  const { delim } = options
  const simple = className.startsWith(packageName) ? className.slice(packageName.length) : className
  switch (simple) {
    case 'DefaultPartitioner': return withPath(delim, record => `partition=${record.partition}`)
    case 'FieldPartitioner': return withPath(delim, fieldEncoder(options.fields, delim))
    case 'TimeBasedPartitioner': return withPath(delim, timeEncoder(options))
    case 'HourlyPartitioner': return withPath(delim, timeEncoder({ ...options, durationMs: 3_600_000, pathFormat: hourlyPath.join(delim) }))
    case 'DailyPartitioner': return withPath(delim, timeEncoder({ ...options, durationMs: dayMs, pathFormat: dailyPath.join(delim) }))
    default: return null
  }
}

type Encode = (record: SinkRecord, nowMs: number) => string

function withPath (delim: string, encode: Encode): Partitioner {
  return {
    encode: (record, nowMs = Date.now()) => encode(record, nowMs),
    path: (topic, encoded) => topic + delim + encoded
  }
}

function partitionError (message: string): ConnectError {
  return new ConnectError('PARTITION', 'data', message, { javaClass: 'io.confluent.connect.storage.errors.PartitionException' })
}

function isStruct (record: SinkRecord): boolean {
  return record.valueSchema?.type === 'struct' && typeof record.value === 'object' && record.value !== null
}

const integerTypes = new Set(['int8', 'int16', 'int32', 'int64'])

function fieldEncoder (fields: readonly string[], delim: string): (record: SinkRecord) => string {
  const paths = fields.map(field => ({ field, steps: stepsOf(field) }))
  return record => {
    if (!isStruct(record)) throw partitionError('Error encoding partition.')
    return paths.map(({ field, steps }) => {
      const schema = schemaAt(record.valueSchema!, steps)
      if (schema === null) throw dataError(`Field '${field}' is not present in the schema.`)
      const value = structValueAt(record.value, record.valueSchema!, steps)
      if (value === null) return `${field}=null`
      const isPlain = integerTypes.has(schema.type) ? typeof value === 'number' || typeof value === 'bigint' : typeof value === schema.type
      if (!isPlain) throw partitionError('Error encoding partition.')
      return `${field}=${value as string | number | bigint | boolean}`
    }).join(delim)
  }
}

/** Splits a path as Java's `split("\\.")` does: empty steps at the end do not count. */
function stepsOf (field: string): readonly string[] {
  return field.replace(/\.+$/, '').split('.')
}

/** The schema at a path through structs; null when there is none. */
function schemaAt (from: Schema, steps: readonly string[]): Schema | null {
  let current: Schema | undefined = from
  for (const step of steps) current = current?.fields.find(({ name }) => name === step)?.schema
  return current ?? null
}

/** The value at a path through structs, with defaults; null where anything on the way is null. */
function structValueAt (value: unknown, from: Schema, steps: readonly string[]): unknown {
  let current: unknown = value
  let schema: Schema | undefined = from
  for (const step of steps) {
    schema = schema?.fields.find(({ name }) => name === step)?.schema
    current = (isBag(current) && Object.hasOwn(current, step) ? current[step] : null) ?? schema?.default ?? null
  }
  return current
}

function isBag (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Paths of spans of time. Throws `config`, with the name of the key. */
export function timePaths (options: Pick<PartitionerOptions, 'delim' | 'durationMs' | 'pathFormat' | 'locale' | 'timezone'>): { at (ms: number): string } {
  const { delim, durationMs, locale, timezone } = options
  if (durationMs < 0) throw configError(`Invalid value ${durationMs} for configuration partition.duration.ms: Partition duration needs to be a positive.`)
  if (options.pathFormat.trim() === '' || options.pathFormat === delim) throw configError(`Invalid value ${options.pathFormat} for configuration path.format: Path format cannot be empty.`)
  const pathFormat = delim.trim() !== '' && options.pathFormat.endsWith(delim) ? options.pathFormat.slice(0, -delim.length) : options.pathFormat
  if (locale.trim() === '') throw configError(`Invalid value ${locale} for configuration locale: Locale cannot be empty.`)
  if (timezone.trim() === '') throw configError(`Invalid value ${timezone} for configuration timezone: Timezone cannot be empty.`)
  const zone = javaTimeZone(timezone)
  return new TimePaths(durationMs, zone, patternOf(pathFormat, zone, locale))
}

function timeEncoder (options: PartitionerOptions): Encode {
  const paths = timePaths(options)
  const extract = extractor(options)
  return (record, nowMs) => {
    const ms = extract(record, nowMs)
    if (ms === null) throw partitionError(`Unable to determine timestamp using timestamp.extractor ${options.extractor}: the record has no timestamp.`)
    return paths.at(ms)
  }
}

function patternOf (pathFormat: string, zone: TimeZone, locale: string): { format (ms: number): string } {
  try {
    return jodaPattern(pathFormat, zone, locale)
  } catch (error) {
    throw configError(`Invalid value ${pathFormat} for configuration path.format: ${(error as Error).message}`, { cause: error })
  }
}

/** Paths by time. Each is written once; the event times of a batch mostly fall into few partitions. */
class TimePaths {
  readonly #durationMs: number
  readonly #zone: TimeZone
  readonly #pattern: { format (ms: number): string }
  readonly #paths = new Map<number, string>()
  #lastStart = NaN
  #last = ''

  constructor (durationMs: number, zone: TimeZone, pattern: { format (ms: number): string }) {
    this.#durationMs = durationMs
    this.#zone = zone
    this.#pattern = pattern
  }

  at (ms: number): string {
    const local = ms + this.#zone.offsetAt(ms)
    // Java divides whole numbers, which cuts towards 1970.
    const start = Math.trunc(local / this.#durationMs) * this.#durationMs
    if (start === this.#lastStart) return this.#last
    let path = this.#paths.get(start)
    if (path === undefined) {
      if (Number.isNaN(start)) throw partitionError('The time of the record has no partition: partition.duration.ms must be above 0.')
      if (this.#paths.size >= 20_000) this.#paths.clear()
      path = this.#pattern.format(this.#zone.instantOf(start))
      this.#paths.set(start, path)
    }
    this.#lastStart = start
    this.#last = path
    return path
  }
}

type Extract = (record: SinkRecord, nowMs: number) => number | null

/** Reader of event times in milliseconds since 1970, by `timestamp.extractor`; null for a record without one. Throws `data` for a time that has no date. */
export function extractor (options: PartitionerOptions): Extract {
  const extract = anyExtractor(options)
  return (record, nowMs) => {
    const ms = extract(record, nowMs)
    if (ms !== null && !isInstant(ms)) throw partitionError(`The event time, ${ms} ms since 1970, is no date that can be written: does timestamp.unit say what the time is counted in?`)
    return ms
  }
}

function anyExtractor (options: PartitionerOptions): Extract {
  const { extractor: name } = options
  switch (name.replace(`${packageName}TimeBasedPartitioner$`, '').replace(/TimestampExtractor$/, '')) {
    case 'Wallclock': return (_record, nowMs) => nowMs
    case 'Record': return record => record.timestamp
    case 'RecordField': return fieldExtractor(options)
    default: throw configError(`Invalid timestamp extractor: ${name}`, {
      cause: new ConnectError('CLASS', 'config', name, { javaClass: 'java.lang.ClassNotFoundException' })
    })
  }
}

/** Reads texts and digits by a pattern; null where numbers are counted. */
function patternOfTime ({ timestampUnit, timestampPattern, timezone }: PartitionerOptions): ((text: string) => number | null) | null {
  if (timestampUnit !== 'pattern') return null
  const invalid = `Invalid value ${timestampPattern} for configuration timestamp.pattern`
  if (timestampPattern === '') throw configError(`${invalid}: timestamp.unit=pattern needs it, such as timestamp.pattern=yyyy-MM-dd HH:mm:ss.`)
  try {
    return patternReader(timestampPattern, javaTimeZone(timezone))
  } catch (error) {
    throw configError(`${invalid}: ${(error as Error).message}. It takes the letters of Java's SimpleDateFormat, and text in single quotes.`, { cause: error })
  }
}

function fieldExtractor (options: PartitionerOptions): Extract {
  const { timestampField: field } = options
  const unit = options.timestampUnit === 'pattern' ? 'ms' : options.timestampUnit
  const byPattern = patternOfTime(options)
  const steps = stepsOf(field)
  const refused = (): ConnectError => partitionError(`Error extracting timestamp from record field: ${field}`)
  return record => {
    const { value } = record
    if (!isBag(value) || (record.valueSchema !== null && record.valueSchema.type !== 'struct' && record.valueSchema.type !== 'map') || Array.isArray(value)) {
      throw partitionError('Error encoding partition.')
    }
    const schema = isStruct(record) ? schemaAt(record.valueSchema!, steps) : null
    const found = isStruct(record) ? structValueAt(value, record.valueSchema!, steps) : mapValueAt(value, steps)
    if (found === null || (isStruct(record) && schema === null)) throw dataError(`The field '${field}' does not exist.`)
    if (schema !== null && schema.name !== logical.timestamp && schema.type !== 'int32' && schema.type !== 'int64' && schema.type !== 'string') throw refused()
    if (found instanceof Date && (schema === null || schema.name === logical.timestamp)) return found.getTime()
    if (byPattern !== null) {
      const ms = byPattern(found instanceof TypedNumber ? String(found.value) : String(found))
      if (ms === null) throw partitionError(`Field ${field} is not a time of timestamp.pattern=${options.timestampPattern}.`)
      return ms
    }
    if (typeof found === 'string') return /^-?\d{1,19}$/.test(found) && isLong(BigInt(found)) ? toMs(BigInt(found), unit) : isoDateTime(found)
    const number = numberOf(found)
    if (number === null) throw refused()
    return toMs(number, unit)
  }
}

function isLong (value: bigint): boolean {
  return BigInt.asIntN(64, value) === value
}

function mapValueAt (value: unknown, steps: readonly string[]): unknown {
  let current: unknown = value
  for (const step of steps) {
    if (current instanceof Map) current = current.get(step) ?? null
    else current = isBag(current) && Object.hasOwn(current, step) ? current[step] ?? null : null
  }
  return current
}

function numberOf (value: unknown): number | bigint | null {
  if (typeof value === 'number' || typeof value === 'bigint') return value
  if (value instanceof TypedNumber) return value.value
  return value instanceof Decimal ? value.unscaled / 10n ** BigInt(Math.max(0, value.scale)) : null
}

function toMs (value: number | bigint, unit: Exclude<PartitionerOptions['timestampUnit'], 'pattern'>): number {
  if (typeof value === 'number' && !Number.isFinite(value)) return value
  if (unit === 'ms') return Math.trunc(Number(value))
  if (unit === 's') return Math.trunc(Number(value) * 1000)
  const perMs = unit === 'us' ? 1000n : 1_000_000n
  const exact = typeof value === 'bigint' ? value : BigInt(Math.trunc(value))
  return Number((exact - (exact % perMs + perMs) % perMs) / perMs)
}
