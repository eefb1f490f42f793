import { ConnectError, dateAt } from '@tributary/plugin'
import { offsetText, zoneShortName } from './java-time-zone.ts'
import type { TimeZone } from './java-time-zone.ts'
import { textNames } from './joda-names.ts'
import type { TextNames } from './joda-names.ts'

type Part = { readonly text: string } | { readonly letter: string, readonly count: number }

const dayMs = 86_400_000
const letters = 'GCxyYMdahHkKmsSeEDwzZ'

/** Writes instants by a Joda-Time pattern, in the calendar Joda calls ISO. Made once, used for every record. */
export interface JodaFormatter {
  format (ms: number): string
}

/**
 * Compiles a pattern of Joda-Time's `DateTimeFormat`, such as `'year'=YYYY/'month'=MM`. `locale` as in `new Locale(locale)`: a language
 * such as `de`; anything Java does not know, `en-US` too, gives short English names. Throws a `config` error with Joda's sentence.
 */
export function jodaPattern (pattern: string, zone: TimeZone, locale = 'en'): JodaFormatter {
  if (pattern === '') throw patternError('Invalid pattern specification: Pattern is null or empty')
  const parts = parseJoda(pattern)
  const names = textNames(locale)
  return {
    format (ms) {
      const time = fieldsOf(ms, zone)
      let text = ''
      for (const part of parts) text += 'text' in part ? part.text : fieldText(part.letter, part.count, time, names)
      return text
    }
  }
}

/** Splits a pattern into runs of one letter and text. A quote left open ends with the pattern, as in Joda-Time. */
export function parseJoda (pattern: string): Part[] {
  const parts: Part[] = []
  let text = ''
  let quoted = false
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!
    if (c === "'" && pattern[i + 1] === "'") {
      text += "'"
      i++
    } else if (c === "'") {
      quoted = !quoted
    } else if (quoted || !/[A-Za-z]/.test(c)) {
      text += c
    } else {
      if (text !== '') parts.push({ text })
      text = ''
      let count = 1
      while (pattern[i + count] === c) count++
      if (!letters.includes(c)) throw patternError(`Illegal pattern component: ${c.repeat(count)}`)
      parts.push({ letter: c, count })
      i += count - 1
    }
  }
  if (text !== '') parts.push({ text })
  // A lone quote, as Joda-Time puts it.
  if (parts.length === 0 && pattern !== '') throw patternError('Both printing and parsing not supported')
  return parts
}

function patternError (message: string): ConnectError {
  return new ConnectError('PATH_FORMAT', 'config', message, { javaClass: 'java.lang.IllegalArgumentException' })
}

interface Fields {
  readonly ms: number
  readonly zone: TimeZone
  readonly year: number
  readonly month: number
  readonly day: number
  readonly dayOfYear: number
  /** 1 is Monday. */
  readonly dayOfWeek: number
  readonly weekYear: number
  readonly week: number
  readonly msOfDay: number
}

function fieldsOf (ms: number, zone: TimeZone): Fields {
  const local = dateAt(ms).getTime() + zone.offsetAt(ms)
  const date = dateAt(local)
  const dayNumber = Math.floor(local / dayMs)
  const dayOfWeek = mod(dayNumber + 3, 7) + 1
  // The year of a week is the year of its Thursday.
  const thursday = new Date((dayNumber + 4 - dayOfWeek) * dayMs)
  const weekYear = thursday.getUTCFullYear()
  return {
    ms,
    zone,
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    dayOfYear: dayNumber - firstDay(date.getUTCFullYear()) + 1,
    dayOfWeek,
    weekYear,
    week: Math.floor((thursday.getTime() / dayMs - firstDay(weekYear)) / 7) + 1,
    msOfDay: local - dayNumber * dayMs
  }
}

function firstDay (year: number): number {
  return new Date(0).setUTCFullYear(year, 0, 1) / dayMs
}

function fieldText (letter: string, count: number, f: Fields, names: TextNames): string {
  const yearOfEra = f.year > 0 ? f.year : 1 - f.year
  switch (letter) {
    case 'G': return names.eras[f.year > 0 ? 1 : 0]!
    case 'C': return pad(Math.floor(Math.abs(f.year) / 100), count)
    case 'x': return count === 2 ? twoDigits(f.weekYear) : pad(f.weekYear, count)
    case 'y': return count === 2 ? twoDigits(f.year) : pad(f.year, count)
    case 'Y': return count === 2 ? twoDigits(f.year) : pad(yearOfEra, count)
    case 'M': return count > 3 ? names.months[f.month - 1]! : count === 3 ? names.shortMonths[f.month - 1]! : pad(f.month, count)
    case 'd': return pad(f.day, count)
    case 'D': return pad(f.dayOfYear, count)
    case 'e': return pad(f.dayOfWeek, count)
    case 'E': return (count > 3 ? names.days : names.shortDays)[f.dayOfWeek - 1]!
    case 'w': return pad(f.week, count)
    case 'z': return count > 3 ? zoneLongName(f.zone, f.ms) : zoneShortName(f.zone, f.ms)
    case 'Z': return count > 2 ? f.zone.id : offsetText(f.zone.offsetAt(f.ms), count === 1 ? '' : ':')
    default: return timeText(letter, count, f.msOfDay, names)
  }
}

function timeText (letter: string, count: number, msOfDay: number, names: TextNames): string {
  const hour = Math.floor(msOfDay / 3_600_000)
  switch (letter) {
    case 'a': return names.halfDays[hour < 12 ? 0 : 1]!
    case 'h': return pad((hour + 11) % 12 + 1, count)
    case 'H': return pad(hour, count)
    case 'k': return pad(hour === 0 ? 24 : hour, count)
    case 'K': return pad(hour % 12, count)
    case 'm': return pad(Math.floor(msOfDay / 60_000) % 60, count)
    case 's': return pad(Math.floor(msOfDay / 1000) % 60, count)
    default: return String(msOfDay % 1000).padStart(3, '0').padEnd(count, '0').slice(0, count)
  }
}

function zoneLongName (zone: TimeZone, ms: number): string {
  if (/^[+-]/.test(zone.id)) return zone.id
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone.id, timeZoneName: 'long' }).formatToParts(ms)
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone.id
  // Java's names of Europe's zones do without the word.
  return name.replace('European Standard Time', 'European Time')
}

function twoDigits (year: number): string {
  return pad(Math.abs(year) % 100, 2)
}

function pad (value: number, width: number): string {
  return value < 0 ? '-' + String(-value).padStart(width, '0') : String(value).padStart(width, '0')
}

function mod (a: number, n: number): number {
  return a - n * Math.floor(a / n)
}
