import type { SchemaAndValue } from './converter.ts'
import { dayMs, hybridDay } from './java-calendar.ts'
import { schema } from './schema.ts'

const dateSchema = schema.date()
const timeSchema = schema.time()
const timestampSchema = schema.timestamp()

const number = '[ \\t]*(-?\\d+)'
const dateForm = new RegExp(`^${number}-${number}-${number}`)
const timeForm = new RegExp(`^${number}:${number}:${number}\\.${number}Z`)
const timestampForm = new RegExp(`^${number}-${number}-${number}T${number}:${number}:${number}\\.${number}Z`)

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
  return { schema: of, value: new Date(of === timeSchema ? msOf(a, b, c, time[0]) : hybridDay(a, b, c) * dayMs + msOf(...time)) }
}
