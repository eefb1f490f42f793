import { dayMs, hybridDay } from '@tributary/plugin'

/** Fields of `java.util.Calendar` that text can set. Months count from 0, days of the week from 1 (Sunday). */
export type CalendarField = 'era' | 'year' | 'weekYear' | 'month' | 'weekOfYear' | 'weekOfMonth' | 'dayOfMonth' | 'dayOfYear' | 'dayOfWeek'
  | 'dayOfWeekInMonth' | 'amPm' | 'hour' | 'hourOfDay' | 'minute' | 'second' | 'millisecond' | 'zoneOffset'

const unset = 0

/**
 * Finds the instant that fields stand for, as a lenient `GregorianCalendar` does: values beyond their range carry over, and of fields that
 * contradict each other those set last win. Weeks start on Sunday; the first of a year or month may be short.
 */
export class LenientCalendar {
  readonly #values = new Map<CalendarField, number>()
  readonly #stamps = new Map<CalendarField, number>()
  #stamp = 0

  /** Gives the instant of a local time, where a zone was named; null: the offset is a field. */
  #instantOf: ((localMs: number) => number) | null = null

  setZone (instantOf: (localMs: number) => number): void { this.#instantOf = instantOf }

  set (field: CalendarField, value: number): void {
    if (field === 'zoneOffset') this.#instantOf = null
    this.#values.set(field, value)
    this.#stamps.set(field, ++this.#stamp)
  }

  /** Moves the year on, and leaves it as early or late set as it was. */
  addYears (years: number): void {
    for (const field of ['year', 'weekYear'] as const) {
      if (this.#values.has(field)) this.#values.set(field, this.#values.get(field)! + years)
    }
  }

  /** Milliseconds since 1970; fields never set count as those of 1 January 1970, UTC. */
  instant (): number {
    const local = this.#day() * dayMs + this.#time()
    return this.#instantOf === null ? local - this.#get('zoneOffset', 0) : this.#instantOf(local)
  }

  #get (field: CalendarField, fallback: number): number { return this.#values.get(field) ?? fallback }

  #when (field: CalendarField): number { return this.#stamps.get(field) ?? unset }

  /** The later of two fields that only count together. */
  #together (a: CalendarField, b: CalendarField): number {
    return this.#when(a) === unset || this.#when(b) === unset ? unset : Math.max(this.#when(a), this.#when(b))
  }

  #time (): number {
    const half = this.#together('hour', 'amPm')
    let best = Math.max(half, this.#when('hourOfDay'))
    if (best === unset) best = Math.max(this.#when('hour'), this.#when('amPm'))
    const isWholeDay = best !== unset && best === this.#when('hourOfDay')
    const hours = isWholeDay ? this.#get('hourOfDay', 0) : best === unset ? 0 : this.#get('hour', 0) + 12 * this.#get('amPm', 0)
    return ((hours * 60 + this.#get('minute', 0)) * 60 + this.#get('second', 0)) * 1000 + this.#get('millisecond', 0)
  }

  #day (): number {
    if (this.#when('weekYear') > this.#when('year')) return this.#dayOfWeekDate()
    const year = this.#get('era', 1) === 0 ? 1 - this.#get('year', 1970) : this.#get('year', 1970)
    const kind = this.#deciding()
    if (kind === 'dayOfYear') return hybridDay(year, 1, 1) + this.#get('dayOfYear', 1) - 1
    if (kind === 'weekOfYear') return this.#dayInWeek(hybridDay(year, 1, 1), this.#get('weekOfYear', 1))
    const first = hybridDay(year, this.#get('month', 0) + 1, 1)
    if (kind === 'weekOfMonth') return this.#dayInWeek(first, this.#get('weekOfMonth', 1))
    if (kind === 'dayOfWeekInMonth') return this.#nthInMonth(year, first)
    return first + this.#get('dayOfMonth', 1) - 1
  }

  /** The field that, with those it needs, tells the day. */
  #deciding (): 'dayOfMonth' | 'weekOfMonth' | 'dayOfWeekInMonth' | 'dayOfYear' | 'weekOfYear' {
    const ofMonth = this.#when('dayOfMonth')
    let weekOfMonth = this.#together('weekOfMonth', 'dayOfWeek')
    let inMonth = this.#together('dayOfWeekInMonth', 'dayOfWeek')
    const ofYear = this.#when('dayOfYear')
    let weekOfYear = this.#together('weekOfYear', 'dayOfWeek')
    let best = Math.max(ofMonth, weekOfMonth, inMonth, ofYear, weekOfYear)
    if (best === unset) {
      weekOfMonth = this.#when('weekOfMonth')
      inMonth = Math.max(this.#when('dayOfWeekInMonth'), this.#when('dayOfWeek'))
      weekOfYear = this.#when('weekOfYear')
      best = Math.max(weekOfMonth, inMonth, weekOfYear)
      if (best === unset) return 'dayOfMonth'
    }
    if (best === ofMonth) return 'dayOfMonth'
    const isInMonth = (best === weekOfMonth && this.#when('weekOfMonth') >= this.#when('weekOfYear')) ||
      (best === inMonth && this.#when('dayOfWeekInMonth') >= this.#when('weekOfYear'))
    if (!isInMonth) return best === ofYear ? 'dayOfYear' : 'weekOfYear'
    if (weekOfMonth === inMonth) return this.#when('weekOfMonth') >= this.#when('dayOfWeekInMonth') ? 'weekOfMonth' : 'dayOfWeekInMonth'
    return best === weekOfMonth ? 'weekOfMonth' : 'dayOfWeekInMonth'
  }

  /** A day of the nth week counted from the week of `first`. */
  #dayInWeek (first: number, week: number): number {
    const sunday = onOrBefore(first, 1)
    return onOrBefore(sunday + 6, this.#get('dayOfWeek', 1)) + 7 * (week - 1)
  }

  #nthInMonth (year: number, first: number): number {
    const dayOfWeek = this.#get('dayOfWeek', 1)
    const nth = this.#when('dayOfWeekInMonth') === unset ? 1 : this.#get('dayOfWeekInMonth', 1)
    if (nth >= 0) return onOrBefore(first + 7 * nth - 1, dayOfWeek)
    const last = hybridDay(year, this.#get('month', 0) + 2, 1) - 1
    return onOrBefore(last + 7 * (nth + 1), dayOfWeek)
  }

  #dayOfWeekDate (): number {
    let week = this.#get('weekOfYear', 1)
    let dayOfWeek = this.#get('dayOfWeek', 1)
    if (dayOfWeek < 1 || dayOfWeek > 7) {
      if (dayOfWeek >= 8) {
        week += Math.floor((dayOfWeek - 1) / 7)
        dayOfWeek = (dayOfWeek - 1) % 7 + 1
      }
      while (dayOfWeek <= 0) {
        dayOfWeek += 7
        week--
      }
      // Only a number of ISO (Monday is 1) can be out of range here.
      dayOfWeek = dayOfWeek % 7 + 1
    }
    return onOrBefore(hybridDay(this.#get('weekYear', 1970), 1, 1), 1) + 7 * (week - 1) + dayOfWeek - 1
  }
}

/** The last day of a week, 1 being Sunday, that is not after `day`; values beyond a week are taken round it. */
function onOrBefore (day: number, dayOfWeek: number): number {
  // Day 0, 1 January 1970, was a Thursday.
  return day - ((day + 4 - (dayOfWeek - 1)) % 7 + 7) % 7
}
