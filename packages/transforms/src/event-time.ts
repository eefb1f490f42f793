import { TypedNumber, dataError, gregorianDay } from '@tributary/plugin'
import type { TimeZone } from './time-zone.ts'

export const timeUnits = ['s', 'ms', 'us', 'ns', 'iso'] as const
/** What a time is counted in since 1970; `iso`: ISO 8601 text. */
export type TimeUnit = typeof timeUnits[number]

const perMs = { us: 1000, ns: 1_000_000 } as const
/** Instants that JavaScript dates reach. */
const maxMs = 8_640_000_000_000_000
const isoText = /^([+-]?\d{4,6})-(\d\d)-(\d\d)(?:[T ](\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?)?)?\s*(Z|z|[+-]\d\d(?::?\d\d)?)?$/

/** Makes a reader of event times in milliseconds since 1970. Connect's own Date values need no unit; text of digits counts as a number. */
export function eventTimeReader (unit: TimeUnit, zone: TimeZone, what: string): (value: unknown) => number {
  const refuse = (): never => { throw dataError(`${what} is not a time in the unit ${unit}.`) }
  const read = (value: unknown): number => {
    const raw = value instanceof TypedNumber ? value.value : value
    if (typeof raw === 'number' && unit !== 'iso') return fromNumber(raw, unit)
    if (raw instanceof Date) return raw.getTime()
    if (typeof raw === 'bigint' && unit !== 'iso') return fromBigint(raw, unit)
    if (typeof raw !== 'string') return refuse()
    if (unit === 'iso') return isoToMs(raw, zone) ?? refuse()
    return /^[+-]?\d{1,19}$/.test(raw) ? fromBigint(BigInt(raw), unit) : refuse()
  }
  return value => {
    const ms = read(value)
    return ms >= -maxMs && ms <= maxMs ? ms : refuse()
  }
}

function fromNumber (value: number, unit: Exclude<TimeUnit, 'iso'>): number {
  if (unit === 's') return Math.floor(value * 1000)
  return Math.floor(unit === 'ms' ? value : value / perMs[unit])
}

function fromBigint (value: bigint, unit: Exclude<TimeUnit, 'iso'>): number {
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
