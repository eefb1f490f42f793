import { BySchema, configError, dataError, defineTransform, noHeaders, schema, t, withParts } from '@tributary/plugin'
import type { Header, Schema, Transform } from '@tributary/plugin'
import { eventTimeReader, patternReader, timeUnits } from './event-time.ts'
import type { TimeUnit } from './event-time.ts'
import { compilePath } from './field-path.ts'
import { isBag, membersOf, setMember, valuePart } from './record-part.ts'
import type { Bag } from './record-part.ts'
import { DateFormatter } from './simple-date-format.ts'
import { structSchema } from './struct-schema.ts'
import { timeZone } from './time-zone.ts'
import type { TimeZone } from './time-zone.ts'

/** Header that carries a record's partition path to the S3 sink. */
export const partitionHeader = 'tributary.partition'

const config = t.object({
  field: t.string({
    description: 'Field of the value that holds the time of the event. Dots lead into nested fields; a field whose own name holds the dots goes first.',
    importance: 'HIGH',
    nonEmpty: true
  }),
  unit: t.enum(timeUnits, {
    description: 'What the field is counted in since 1970: s, ms, us, ns; or iso for ISO 8601 text; or pattern, for text and digits by the key pattern. Connect timestamps are understood with any unit.',
    default: 'ms',
    importance: 'HIGH'
  }),
  pattern: t.string({
    description: "How the unit pattern reads the field, in the letters of Java's SimpleDateFormat, such as yyyy-MM-dd HH:mm:ss. All of the text has to fit; without an offset in it, it is a time in the zone.",
    default: '',
    check: value => value === '' ? null : patternProblem(value)
  }),
  zone: t.string({
    description: 'Time zone of the partitions, and of text without an offset: an IANA name such as Asia/Shanghai, or a fixed offset such as +08:00.',
    default: 'UTC',
    importance: 'HIGH',
    check: value => timeZone(value) === null ? 'Not a known time zone. Use an IANA name such as Asia/Shanghai, or an offset such as +08:00.' : null
  }),
  format: t.string({
    description: "Path of a partition, in the letters of Java's SimpleDateFormat; text stands in quotes.",
    default: "'ot='yyyyMMddHH/",
    importance: 'HIGH',
    nonEmpty: true,
    check: formatProblem
  }),
  header: t.string({
    description: `Header to put the path in. The S3 sink takes the header ${partitionHeader} as the path of the record.`,
    default: partitionHeader,
    nonEmpty: true
  }),
  'target.field': t.string({
    description: 'Puts the path in this field of the value too, for targets that know no headers.',
    default: null
  })
})

/** Works out in which event-time partition a record belongs, such as `ot=2019111215/`. */
export const eventTimePartition = defineTransform({
  summary: 'Puts the path of the event-time partition, such as ot=2019111215/, into a header.',
  config,
  create: options => createEventTimePartition({ ...options, targetField: options['target.field'] })
})

function formatProblem (format: string): string | null {
  try {
    const { parts } = new DateFormatter(format, timeZone('UTC')!)
    return parts.some(part => 'letter' in part && part.letter === 'z') ? 'Time zone names (z) are not supported in paths; use X or Z.' : null
  } catch (error) {
    return `${(error as Error).message}. Put text in single quotes, as in 'ot='yyyyMMddHH/`
  }
}

function patternProblem (pattern: string): string | null {
  try {
    patternReader(pattern, timeZone('UTC')!)
    return null
  } catch (error) {
    return `${(error as Error).message}. Put text in single quotes, as in yyyy-MM-dd'T'HH:mm:ss`
  }
}

interface Options { field: string, unit: TimeUnit, pattern: string, zone: string, format: string, header: string, targetField: string | null }

function createEventTimePartition ({ field, unit, pattern, zone: zoneId, format, header, targetField }: Options): Transform {
  const zone = timeZone(zoneId)
  if (zone === null) throw configError(`Unknown time zone ${zoneId}. Use an IANA name such as Asia/Shanghai, or an offset such as +08:00.`)
  if (unit === 'pattern' && pattern === '') throw configError('unit=pattern needs the key pattern, such as pattern=yyyy-MM-dd HH:mm:ss.')
  const read = compilePath(field)
  const toMs = eventTimeReader({ unit, pattern, zone, what: `Field ${field}` })
  const paths = new PathCache(format, zone, header)
  const put = targetField === null ? null : fieldPutter(targetField)
  return record => {
    const { value } = record
    if (value === null) return record
    const time = read(value)
    if (time === undefined) throw dataError(`Field ${field}, which tells the partition, is missing or null.`)
    const path = paths.at(toMs(time))
    const headers = record.headers.length === 0 ? path.only : [...record.headers.filter(({ key }) => key !== header), path.header]
    if (put === null) return withParts(record, { headers })
    return withParts(valuePart.replace(record, ...put(record.valueSchema, value, path.header.value as string)), { headers })
  }
}

interface Path {
  readonly header: Header
  /** The header list of a record that had no other header; shared, so never changed. */
  readonly only: readonly Header[]
}

const quarterMs = 900_000
const maxPaths = 40_000
const text = schema.of('string')

/** Writes paths once per span of time in which they are equal, which for most formats is an hour or more. */
class PathCache {
  readonly #formatter: DateFormatter
  readonly #zone: TimeZone
  readonly #headerName: string
  /** Length of the spans: no letter of the format changes inside one. 0: each instant may differ. */
  readonly #spanMs: number
  readonly #bySpan = new Map<number, Path | null>()
  readonly #byText = new Map<string, Path>()
  #lastSpan = NaN
  #last: Path | null = null

  constructor (format: string, zone: TimeZone, headerName: string) {
    this.#formatter = new DateFormatter(format, zone)
    this.#zone = zone
    this.#headerName = headerName
    const letters = this.#formatter.parts.map(part => 'letter' in part ? part.letter : '')
    this.#spanMs = letters.includes('S') ? 0 : letters.includes('s') ? 1000 : letters.includes('m') ? 60_000 : quarterMs
  }

  at (ms: number): Path {
    if (this.#spanMs === 0) return this.#make(ms)
    const span = Math.floor(ms / this.#spanMs)
    if (span === this.#lastSpan && this.#last !== null) return this.#last
    let path = this.#bySpan.get(span)
    if (path === undefined) {
      if (this.#bySpan.size >= maxPaths) this.#bySpan.clear()
      path = this.#isUniform(span) ? this.#make(ms) : null
      this.#bySpan.set(span, path)
    }
    if (path === null) return this.#make(ms)
    this.#lastSpan = span
    this.#last = path
    return path
  }

  /** Whether the zone keeps one offset of whole spans all through a span, so that wall-clock spans are spans of time. */
  #isUniform (span: number): boolean {
    const offset = this.#zone.offsetAt(span * this.#spanMs)
    return offset % this.#spanMs === 0 && this.#zone.offsetAt((span + 1) * this.#spanMs - 1) === offset
  }

  #make (ms: number): Path {
    const value = this.#formatter.format(ms)
    let path = this.#byText.get(value)
    if (path === undefined) {
      if (this.#byText.size >= maxPaths) this.#byText.clear()
      const header = Object.freeze({ key: this.#headerName, schema: text, value })
      path = { header, only: noHeaders.concat(header) }
      this.#byText.set(value, path)
    }
    return path
  }
}

function fieldPutter (field: string): (from: Schema | null, value: unknown, path: string) => [Schema | null, unknown] {
  const schemas = new BySchema(from => structSchema([...from.fields.filter(({ name }) => name !== field).map(f => [f.name, f.schema] as const), [field, text]], from))
  return (from, value, path) => {
    if (!isBag(value) || (from !== null && from.type !== 'struct')) throw dataError('target.field needs a value that is a map or a struct.')
    const copy: Record<string, unknown> = {}
    for (const [name, member] of membersOf(value)) setMember(copy, String(name), member)
    setMember(copy, field, path)
    return [from === null ? null : schemas.get(from), copy as Bag]
  }
}
