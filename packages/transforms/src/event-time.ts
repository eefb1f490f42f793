import { TypedNumber, dataError, gregorianDay } from '@tributary/plugin'
import { parsePattern } from './simple-date-format.ts'
import { DateParser } from './simple-date-parse.ts'
import type { TimeZone } from './time-zone.ts'

export const timeUnits = ['s', 'ms', 'us', 'ns', 'iso', 'pattern'] as const
/** What a time is counted in since 1970; `iso`: ISO 8601 text; `pattern`: text or digits in the letters of a pattern. */
export type TimeUnit = typeof timeUnits[number]
type Counted = Exclude<TimeUnit, 'iso' | 'pattern'>

const perMs = { us: 1000, ns: 1_000_000 } as const
/** Instants that JavaScript dates reach, less a day for time zones. */
const maxMs = 8_640_000_000_000_000 - 86_400_000
const isoText = /^([+-]?\d{4,6})-(\d\d)-(\d\d)(?:[T ](\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?)?)?\s*(Z|z|[+-]\d\d(?::?\d\d)?)?$/

/** Whether a number of milliseconds since 1970 is an instant that has a date. */
export function isInstant (ms: number): boolean { return ms >= -maxMs && ms <= maxMs }

/**
 * Makes a reader of event times in milliseconds since 1970. Connect's own Date values need no unit; text of digits counts as a number. `pattern`: of the
 * unit `pattern`, in the letters of Java's SimpleDateFormat. Throws `Error` for one that is none.
 */
export function eventTimeReader ({ unit, pattern, zone, what }: { unit: TimeUnit, pattern: string, zone: TimeZone, what: string }): (value: unknown) => number {
  const refuse = (): never => { throw dataError(`${what} is not a time in the unit ${unit === 'pattern' ? `pattern ${pattern}` : unit}.`) }
  const textToMs = unit === 'pattern' ? patternReader(pattern, zone) : unit === 'iso' ? (text: string) => isoToMs(text, zone) : null
  const read = (value: unknown): number => {
    const raw = value instanceof TypedNumber ? value.value : value
    if (typeof raw === 'number' && textToMs === null) return fromNumber(raw, unit as Counted)
    if (raw instanceof Date) return raw.getTime()
    if (textToMs !== null) return typeof raw === 'string' || unit === 'pattern' ? textToMs(String(raw)) ?? refuse() : refuse()
    if (typeof raw === 'bigint') return fromBigint(raw, unit as Counted)
    return typeof raw === 'string' && /^[+-]?\d{1,19}$/.test(raw) ? fromBigint(BigInt(raw), unit as Counted) : refuse()
  }
  return value => {
    const ms = read(value)
    return isInstant(ms) ? ms : refuse()
  }
}

/**
 * Makes a reader of texts, the whole of each, by a pattern of Java's SimpleDateFormat, into milliseconds since 1970; null where one does not fit. What a text
 * says without an offset is a time in `zone`. Throws `Error` for a pattern that is none.
 */
export function patternReader (pattern: string, zone: TimeZone): (text: string) => number | null {
  const parser = new DateParser(pattern)
  const hasOffset = parsePattern(pattern).some(part => 'letter' in part && 'zZX'.includes(part.letter))
  return text => {
    const ms = parser.parseWhole(text)
    return ms === null || hasOffset || !isInstant(ms) ? ms : zone.instantOf(ms)
  }
}

function fromNumber (value: number, unit: Counted): number {
  if (unit === 's') return Math.floor(value * 1000)
  return Math.floor(unit === 'ms' ? value : value / perMs[unit])
}

function fromBigint (value: bigint, unit: Counted): number {
  if (unit === 's') return Number(value) * 1000
  if (unit === 'ms') return Number(value)
  const divisor = BigInt(perMs[unit])
  const quotient = value / divisor
  return Number(value < 0n && value % divisor !== 0n ? quotient - 1n : quotient)
}

/** Milliseconds since 1970 of an ISO 8601 date or date-time; without an offset it is a time in `zone`. null when it is neither. */
export function isoToMs (text: string, zone: TimeZone): number | null {
  const match = isoText.exec(text)
  if (match === null) return null
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', offset] = match
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > daysIn(Number(year), Number(month))) return null
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null
  const time = ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3))
  const local = gregorianDay(Number(year), Number(month), Number(day)) * 86_400_000 + time
  if (offset === undefined) return zone.instantOf(local)
  if (offset === 'Z' || offset === 'z') return local
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.replace(':', '').slice(3, 5) || 0)
  return offset.startsWith('-') ? local + minutes * 60_000 : local - minutes * 60_000
}

function daysIn (year: number, month: number): number {
  return gregorianDay(year, month + 1, 1) - gregorianDay(year, month, 1)
}
