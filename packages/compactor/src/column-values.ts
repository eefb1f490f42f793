import { logical, type Schema } from '@tributary/plugin'
import { exactJson } from '@tributary/sink-s3-partitioned/schemas'

/** Makes a value of JSON one that the Parquet writer takes. Throws an Error that says what the value should be, without the value. */
export type ColumnReader = (value: unknown) => unknown

/** JSON text with all digits of big integers. Throws for numbers such as 1e400, which no double holds and JSON would make null. */
export function jsonText (value: unknown): string {
  return exactJson(value, asDouble)
}

const asDouble = (number: number): number => finite(number, 'float64')

const whole = { int8: 8, int16: 16, int32: 32, int64: 64 } as const
const dayMs = 86_400_000

/** A reader of values of a schema. Names of fields are taken as they are, and else without regard to case, as Hive writes them small. */
export function columnReader (of: Schema): ColumnReader {
  const read = required(of)
  return value => {
    if (value !== null && value !== undefined) return read(value)
    if (!of.optional) throw new Error('is missing')
    return null
  }
}

function required (of: Schema): ColumnReader {
  switch (of.name) {
    case logical.date: return day
    case logical.timestamp: return value => instant(value, 'is no timestamp: neither milliseconds since 1970 nor such as 2019-11-12T15:37:35Z')
    case logical.decimal: return value => unscaled(value, Number(of.parameters?.scale ?? 0), Number(of.parameters?.['connect.decimal.precision'] ?? 38))
  }
  switch (of.type) {
    case 'boolean': return value => expected(typeof value === 'boolean', value, 'is not of type boolean')
    case 'int8': case 'int16': case 'int32': case 'int64': return value => integer(value, of.type as keyof typeof whole)
    case 'float32': return value => finite(Math.fround(double(value)), 'float32')
    case 'float64': return double
    case 'string': return text
    case 'array': return array(of)
    case 'struct': return struct(of)
    default: throw new Error(`has the type ${of.name ?? of.type}, which is not written to Parquet here`)
  }
}

function text (value: unknown): string {
  if (typeof value !== 'string') return jsonText(value)
  if (!value.isWellFormed()) throw new Error('has half a surrogate pair, which text in Parquet cannot have')
  return value
}

function expected (holds: boolean, value: unknown, otherwise: string): unknown {
  if (!holds) throw new Error(otherwise)
  return value
}

function integer (value: unknown, type: keyof typeof whole): number | bigint {
  if (typeof value !== 'bigint' && !(typeof value === 'number' && Number.isInteger(value))) throw new Error(`is not of type ${type}`)
  const exact = BigInt(value)
  if (BigInt.asIntN(whole[type], exact) !== exact) throw new Error(`does not fit into ${type}`)
  return type === 'int64' ? exact : Number(exact)
}

function double (value: unknown): number {
  if (typeof value !== 'number' && typeof value !== 'bigint') throw new Error('is no number')
  const number = finite(Number(value), 'float64')
  if (typeof value === 'bigint' && BigInt(number) !== value) throw new Error('has more digits than float64 holds: give its column another type, such as string')
  return number
}

function finite (value: number, type: string): number {
  if (!Number.isFinite(value)) throw new Error(`does not fit into ${type}`)
  return value
}

const hasTime = /T|\d \d/
const hasZone = /(?:Z|[+-]\d{2}:?\d{2})$/i

const beyondMs = /\.\d{3}\d*[1-9]/

function instant (value: unknown, otherwise: string): Date {
  const ms = typeof value === 'number' ? value : dateMs(value, otherwise)
  const date = new Date(ms)
  if (Number.isNaN(date.getTime())) throw new Error(otherwise)
  if (date.getTime() !== ms || (typeof value === 'string' && beyondMs.test(value))) throw new Error('is finer than milliseconds, which would be lost: give its column another type, such as string')
  return date
}

function day (value: unknown): Date {
  const date = instant(typeof value === 'number' ? value * dayMs : value, 'is no date: neither days since 1970 nor such as 2019-11-12')
  if (date.getTime() % dayMs !== 0) throw new Error('has a time of day, which a date would lose: give its column another type, such as timestamp')
  return date
}

function dateMs (value: unknown, otherwise: string): number {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}/.test(value)) throw new Error(otherwise)
  // Without a zone it is UTC, wherever this runs.
  const ms = Date.parse(hasTime.test(value) && !hasZone.test(value) ? `${value}Z` : value)
  if (Number.isNaN(ms)) throw new Error(otherwise)
  return ms
}

function unscaled (value: unknown, scale: number, precision: number): bigint {
  const text = typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string' ? String(value) : ''
  const [, sign = '', digits = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text) ?? []
  // A number of JSON has lost what it had beyond 15 digits; text keeps it.
  if (typeof value === 'number' && fraction !== '' && (digits + fraction).replace(/^0+/, '').length > 15) throw new Error('has more than 15 digits as a number, which are rounded: write it as text, "123.45"')
  if (digits === '' || fraction.replace(/0+$/, '').length > scale) throw new Error(`is no decimal with ${scale} digits behind the point`)
  if (digits.replace(/^0+/, '').length + scale > precision) throw new Error(`does not fit into decimal(${precision},${scale})`)
  return BigInt(`${sign}${digits}${fraction.slice(0, scale).padEnd(scale, '0')}`)
}

function array (of: Schema): ColumnReader {
  const read = columnReader(of.valueSchema!)
  return value => {
    if (!Array.isArray(value)) throw new Error('is no array')
    return value.map(read)
  }
}

function struct (of: Schema): ColumnReader {
  const read = rowReader(of, new Set())
  return value => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('is no object')
    const values = read(value as Record<string, unknown>)
    return Object.fromEntries(of.fields.map(({ name }, i) => [name, values[i]]))
  }
}

/** A reader of whole objects, to one value for each field. Fields that no column takes are an error, unless they are in `ignored` (in small letters). */
export function rowReader (of: Schema, ignored: ReadonlySet<string>): (row: Readonly<Record<string, unknown>>) => unknown[] {
  const readers = of.fields.map(field => columnReader(field.schema))
  const places = new Map<string, number>()
  for (const { name } of of.fields.toReversed()) places.set(name.toLowerCase(), of.fields.findIndex(field => field.name === name))
  const exact = new Map(of.fields.map(({ name }, i) => [name, i]))
  return row => {
    const found: unknown[] = Array.from({ length: readers.length })
    for (const [name, value] of Object.entries(row)) {
      const place = exact.get(name) ?? places.get(name.toLowerCase())
      if (place !== undefined) {
        if (value === null) continue
        if (found[place] !== undefined) throw new Error(`field ${name} is there twice, in other letters, but has one column`)
        found[place] = value
      } else if (value !== null && !ignored.has(name.toLowerCase())) throw new Error(`field ${name} is in no column, so its values would be lost`)
    }
    return readers.map((read, i) => {
      try {
        return read(found[i])
      } catch (error) {
        throw new Error(`field ${of.fields[i]!.name} ${(error as Error).message.replace(/^field /, 'with its field ')}`, { cause: error })
      }
    })
  }
}

/** The form in which a value that was read back from Parquet equals the one that went in. */
export function comparable (of: Schema, value: unknown, isBack: boolean): unknown {
  if (value === null || value === undefined) return null
  if (of.name === logical.decimal) {
    const scale = Number(of.parameters?.scale ?? 0)
    // The reader gives a double; whatever it rounds, it rounds here, too.
    return isBack ? value : Number(value as bigint) * 10 ** -scale
  }
  switch (of.type) {
    case 'int64': return value instanceof Date ? value : `${value as bigint}n`
    case 'array': return (value as unknown[]).map(item => comparable(of.valueSchema!, item, isBack))
    case 'struct': return of.fields.map(field => comparable(field.schema, (value as Record<string, unknown>)[field.name], isBack))
    default: return value
  }
}
