import { asciiDigits } from '@tributary/plugin'
import { LenientCalendar } from './lenient-calendar.ts'
import type { CalendarField } from './lenient-calendar.ts'
import { dayNames, monthNames, parsePattern } from './simple-date-format.ts'
import type { PatternPart } from './simple-date-format.ts'
import { zoneNameAt } from './zone-names.ts'

const numbers: Readonly<Partial<Record<string, CalendarField>>> = {
  d: 'dayOfMonth', H: 'hourOfDay', k: 'hourOfDay', m: 'minute', s: 'second', S: 'millisecond', D: 'dayOfYear', F: 'dayOfWeekInMonth',
  w: 'weekOfYear', W: 'weekOfMonth', K: 'hour', h: 'hour', u: 'dayOfWeek', y: 'year', Y: 'weekYear', M: 'month', L: 'month'
}

/** Reads text by a pattern of `java.text.SimpleDateFormat`, as leniently as Java: English names, UTC unless the text has an offset. */
export class DateParser {
  readonly #parts: readonly PatternPart[]

  constructor (pattern: string) { this.#parts = parsePattern(pattern) }

  /** Milliseconds since 1970 of the time at the beginning of the text, null when it does not fit. What follows the time is not read. */
  parse (text: string): number | null { return this.#read(text)?.instant() ?? null }

  /** As {@link parse}, but null as well when something follows the time. */
  parseWhole (text: string): number | null {
    const run = this.#read(text)
    return run?.isAtEnd === true ? run.instant() : null
  }

  #read (text: string): Run | null {
    const run = new Run(text)
    for (let i = 0; i < this.#parts.length; i++) {
      const part = this.#parts[i]!
      const next = this.#parts[i + 1]
      if (!('text' in part ? run.literal(part.text) : run.field(part.letter, part.count, next !== undefined && isNumber(next)))) return null
    }
    return run
  }
}

/** Digits that directly follow digits are told apart by their counts alone. */
function isNumber (part: PatternPart): boolean {
  return 'letter' in part && (part.letter === 'M' || part.letter === 'L' ? part.count <= 2 : Object.hasOwn(numbers, part.letter))
}

function isNamed (letter: string, count: number): boolean {
  return 'GEa'.includes(letter) || ((letter === 'M' || letter === 'L') && count > 2)
}

/** One text being read. */
class Run {
  readonly #text: string
  readonly #calendar = new LenientCalendar()
  #at = 0
  /** The two digits of a year could belong to either end of the hundred years around now. */
  #isYearOpen = false

  constructor (text: string) { this.#text = text }

  get isAtEnd (): boolean { return this.#at === this.#text.length }

  instant (): number {
    const ms = this.#calendar.instant()
    if (!this.#isYearOpen || ms >= centuryStart().getTime()) return ms
    this.#calendar.addYears(100)
    return this.#calendar.instant()
  }

  literal (text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  field (letter: string, count: number, obeyCount: boolean): boolean {
    const start = this.#at
    while (this.#text[this.#at] === ' ' || this.#text[this.#at] === '\t') this.#at++
    if (this.#at >= this.#text.length) return false
    // Java skips blanks before numbers and zones only.
    if (isNamed(letter, count)) this.#at = start
    switch (letter) {
      case 'G': return this.#names('era', [['BC'], ['AD']], 0)
      case 'E': return this.#names('dayOfWeek', dayNames.map(name => [name, name.slice(0, 3)]), 1)
      case 'a': return this.#names('amPm', [['AM'], ['PM']], 0)
      case 'z':
      case 'Z': return this.#zone()
      case 'X': return this.#isoZone(count)
    }
    if (isNamed(letter, count)) return this.#names('month', monthNames.map(name => [name, name.slice(0, 3)]), 0)
    const from = this.#at
    const value = this.#integer(obeyCount ? start + count : null)
    if (value === null) return false
    this.#calendar.set(numbers[letter]!, this.#meaning(letter, count, value, this.#text.slice(from, this.#at)))
    return true
  }

  #meaning (letter: string, count: number, value: number, digits: string): number {
    switch (letter) {
      case 'M':
      case 'L': return value - 1
      case 'k': return value === 24 ? 0 : value
      case 'h': return value === 12 ? 0 : value
      case 'u': return value >= 1 && value <= 7 ? value % 7 + 1 : value
      case 'y':
      case 'Y': return count <= 2 && /^\d\d$/.test(digits) ? this.#fullYear(value) : value
      default: return value
    }
  }

  /** The year of two digits that lies within 80 years before and 20 years after now. */
  #fullYear (value: number): number {
    const firstYear = centuryStart().getUTCFullYear()
    this.#isYearOpen = value === firstYear % 100
    return value + Math.floor(firstYear / 100) * 100 + (value < firstYear % 100 ? 100 : 0)
  }

  /** A whole number that ends at `end` at the latest; as narrow as Java's int. */
  #integer (end: number | null): number | null {
    if (end !== null && end > this.#text.length) return null
    const match = /^-?\d+/.exec(asciiDigits(this.#text.slice(this.#at, end ?? undefined)))
    if (match === null) return null
    this.#at += match[0].length
    const exact = BigInt(match[0])
    if (BigInt.asIntN(64, exact) === exact) return Number(BigInt.asIntN(32, exact))
    return exact < 0n ? -0x80000000 : 0x7fffffff
  }

  /** The longest of some names, in any case. */
  #names (field: CalendarField, names: readonly (readonly string[])[], first: number): boolean {
    let best = -1
    let length = 0
    names.forEach((forms, i) => {
      for (const form of forms) {
        if (form.length > length && this.#startsWith(form)) {
          best = i
          length = form.length
        }
      }
    })
    if (best === -1) return false
    this.#at += length
    this.#calendar.set(field, best + first)
    return true
  }

  #startsWith (name: string): boolean {
    return this.#text.slice(this.#at, this.#at + name.length).toUpperCase() === name.toUpperCase()
  }

  #zone (): boolean {
    if (this.#startsWith('GMT')) {
      this.#at += 3
      const sign = this.#text[this.#at]
      return sign === '+' || sign === '-' ? this.#offset(/^[+-](\d{1,2}):(\d\d)/) : this.#setOffset(0)
    }
    if (/^[+-]/.test(this.#text.slice(this.#at))) return this.#offset(/^[+-](\d\d)(\d\d)/)
    const zone = zoneNameAt(this.#text, this.#at)
    if (zone === null) return false
    this.#at += zone.length
    this.#calendar.setZone(zone.instantOf)
    return true
  }

  #isoZone (count: number): boolean {
    if (this.#text[this.#at] === 'Z') {
      this.#at++
      return this.#setOffset(0)
    }
    return this.#offset(count === 1 ? /^[+-](\d\d)/ : count === 2 ? /^[+-](\d\d)(\d\d)/ : /^[+-](\d\d):(\d\d)/)
  }

  #offset (form: RegExp): boolean {
    const rest = this.#text.slice(this.#at)
    const match = form.exec(rest)
    if (match === null || Number(match[1]) > 23 || Number(match[2] ?? 0) > 59) return false
    this.#at += match[0].length
    const minutes = Number(match[1]) * 60 + Number(match[2] ?? 0)
    return this.#setOffset((rest.startsWith('-') ? -minutes : minutes) * 60_000)
  }

  #setOffset (ms: number): boolean {
    this.#calendar.set('zoneOffset', ms + 0)
    return true
  }
}

/** Java reads two digits of a year as within 100 years from this day on. */
function centuryStart (): Date {
  const start = new Date()
  start.setUTCFullYear(start.getUTCFullYear() - 80)
  return start
}
