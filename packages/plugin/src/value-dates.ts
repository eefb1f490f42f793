import type { SchemaAndValue } from './converter.ts'
import { schema } from './schema.ts'

const dateSchema = schema.date()
const timeSchema = schema.time()
const timestampSchema = schema.timestamp()
const msPerDay = 86_400_000
/** Days since 1970 of 1582-10-15, the first day of the Gregorian calendar; before it Java counts as Julius Caesar did. */
const firstGregorianDay = -141_427

const number = '[ \\t]*(-?\\d+)'
const dateForm = new RegExp(`^${number}-${number}-${number}`)
const timeForm = new RegExp(`^${number}:${number}:${number}\\.${number}Z`)
const timestampForm = new RegExp(`^${number}-${number}-${number}T${number}:${number}:${number}\\.${number}Z`)

/** Days since 1970; months and days out of range run over into the next, as in a lenient Java calendar. */
function dayOf (year: number, month: number, day: number): number {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const days = date.getTime() / msPerDay
  if (days >= firstGregorianDay) return days
  const normalYear = year + Math.floor((month - 1) / 12)
  const normalMonth = ((month - 1) % 12 + 12) % 12 + 1
  const late = normalMonth <= 2 ? 1 : 0
  const shifted = normalYear + 4800 - late
  const julianDay = day + Math.floor((153 * (normalMonth + 12 * late - 3) + 2) / 5) + 365 * shifted + Math.floor(shifted / 4) - 32_083
  return julianDay - 2_440_588
}

function msOf (hours = 0, minutes = 0, seconds = 0, ms = 0): number {
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms
}

/**
 * Text as a Date, Time or Timestamp, told apart by its length (10, 13, 24); null if it is none. Java's SimpleDateFormat in UTC: what follows the
 * date is ignored, `2019-13-01` is the first of January 2020.
 */
export function parseTemporal (text: string): SchemaAndValue | null {
  const plain = text.replaceAll('\\:', ':')
  const [of, form] = plain.length === 13 ? [timeSchema, timeForm] as const : plain.length === 24 ? [timestampSchema, timestampForm] as const : [dateSchema, dateForm] as const
  if (of === dateSchema && plain.length !== 10) return null
  const parts = form.exec(plain)?.slice(1).map(Number)
  if (parts === undefined) return null
  const [a = 0, b = 0, c = 0, ...time] = parts
  return { schema: of, value: new Date(of === timeSchema ? msOf(a, b, c, time[0]) : dayOf(a, b, c) * msPerDay + msOf(...time)) }
}
