import { calendarFields, ConnectError } from '@tributary/plugin'
import type { CalendarFields } from '@tributary/plugin'
import type { TimeZone } from './time-zone.ts'

const letters = 'GyMdkHmsSEDFwWahKzZYuXL'
export const monthNames = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']
export const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

/** One piece of a pattern: text as it stands, or a letter and how often it is repeated. */
export type PatternPart = { readonly text: string } | { readonly letter: string, readonly count: number }

/** Splits a pattern as `java.text.SimpleDateFormat` does. Throws with Java's sentence for an unknown letter or an open quote. */
export function parsePattern (pattern: string): PatternPart[] {
  const parts: PatternPart[] = []
  let text = ''
  let quoted = false
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!
    if (c === "'") {
      if (pattern[i + 1] === "'") {
        text += "'"
        i++
      } else {
        quoted = !quoted
      }
      continue
    }
    if (quoted || !/[a-zA-Z]/.test(c)) {
      text += c
      continue
    }
    if (!letters.includes(c)) throw illegalPattern(`Illegal pattern character '${c}'`)
    if (text !== '') parts.push({ text })
    text = ''
    let count = 1
    while (pattern[i + count] === c) count++
    if (c === 'X' && count > 3) throw illegalPattern(`invalid ISO 8601 format: length=${count}`)
    parts.push({ letter: c, count })
    i += count - 1
  }
  if (quoted) throw illegalPattern('Unterminated quote')
  if (text !== '') parts.push({ text })
  return parts
}

/** Writes instants by a pattern of `java.text.SimpleDateFormat` in English; the zone's name (`z`) is written for UTC only. */
export class DateFormatter {
  readonly pattern: string
  readonly parts: readonly PatternPart[]
  readonly #zone: TimeZone

  constructor (pattern: string, zone: TimeZone) {
    this.pattern = pattern
    this.parts = parsePattern(pattern)
    this.#zone = zone
  }

  format (ms: number): string {
    const offset = this.#zone.offsetAt(ms)
    const fields = calendarFields(ms + offset)
    let text = ''
    for (const part of this.parts) text += 'text' in part ? part.text : fieldText(part.letter, part.count, fields, offset)
    return text
  }
}

function fieldText (letter: string, count: number, f: CalendarFields, offset: number): string {
  switch (letter) {
    case 'G': return f.era === 0 ? 'BC' : 'AD'
    case 'y': return count === 2 ? pad(f.yearOfEra % 100, 2) : pad(f.yearOfEra, count)
    case 'Y': return count === 2 ? pad(f.weekYear % 100, 2) : pad(f.weekYear, count)
    case 'M':
    case 'L': return count >= 3 ? named(monthNames, f.month - 1, count) : pad(f.month, count)
    case 'd': return pad(f.day, count)
    case 'D': return pad(f.dayOfYear, count)
    case 'F': return pad(f.dayOfWeekInMonth, count)
    case 'w': return pad(f.weekOfYear, count)
    case 'W': return pad(f.weekOfMonth, count)
    case 'E': return named(dayNames, f.dayOfWeek - 1, count)
    case 'u': return pad(f.dayOfWeek === 1 ? 7 : f.dayOfWeek - 1, count)
    case 'z': return zoneName(offset, count)
    case 'Z': return offsetText(offset, '')
    case 'X': return isoOffset(offset, count)
    default: return timeText(letter, count, f.msOfDay)
  }
}

function timeText (letter: string, count: number, msOfDay: number): string {
  const hour = Math.floor(msOfDay / 3_600_000)
  switch (letter) {
    case 'a': return hour < 12 ? 'AM' : 'PM'
    case 'H': return pad(hour, count)
    case 'k': return pad(hour === 0 ? 24 : hour, count)
    case 'K': return pad(hour % 12, count)
    case 'h': return pad(hour % 12 === 0 ? 12 : hour % 12, count)
    case 'm': return pad(Math.floor(msOfDay / 60_000) % 60, count)
    case 's': return pad(Math.floor(msOfDay / 1000) % 60, count)
    default: return pad(msOfDay % 1000, count)
  }
}

function zoneName (offset: number, count: number): string {
  if (offset === 0) return count >= 4 ? 'Coordinated Universal Time' : 'UTC'
  return 'GMT' + offsetText(offset, ':')
}

function isoOffset (offset: number, count: number): string {
  if (offset === 0) return 'Z'
  const text = offsetText(offset, count === 3 ? ':' : '')
  return count === 1 ? text.slice(0, 3) : text
}

function offsetText (offset: number, separator: string): string {
  const minutes = Math.floor(Math.abs(offset) / 60_000)
  return `${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60), 2)}${separator}${pad(minutes % 60, 2)}`
}

function named (names: readonly string[], index: number, count: number): string {
  return count >= 4 ? names[index]! : names[index]!.slice(0, 3)
}

function pad (value: number, width: number): string {
  return value < 0 ? '-' + String(-value).padStart(width, '0') : String(value).padStart(width, '0')
}

/** The error Java has for a wrong pattern, before a transform wraps it. */
function illegalPattern (message: string): ConnectError {
  return new ConnectError('DATE_PATTERN', 'config', message, { javaClass: 'java.lang.IllegalArgumentException' })
}
