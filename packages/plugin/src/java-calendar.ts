export const dayMs = 86_400_000
/** 15 October 1582, the first day that Java's calendar counts as Gregorian; the day before is 4 October in the Julian count. */
const cutoverDay = -141_427

/** Fields of a wall-clock time as `java.util.GregorianCalendar` has them in an English (United States) locale: weeks start on Sunday. */
export interface CalendarFields {
  readonly era: 0 | 1
  readonly yearOfEra: number
  /** Astronomical: 0 is 1 BC. */
  readonly year: number
  /** From 1. */
  readonly month: number
  readonly day: number
  readonly dayOfYear: number
  /** 1 is Sunday. */
  readonly dayOfWeek: number
  readonly weekYear: number
  readonly weekOfYear: number
  readonly weekOfMonth: number
  readonly dayOfWeekInMonth: number
  /** Milliseconds since midnight. */
  readonly msOfDay: number
}

/** Days since 1970 of a date of the proleptic Gregorian calendar; months may be any whole number from 1 on. */
export function gregorianDay (year: number, month: number, day: number): number {
  const y = year + Math.floor((month - 1) / 12) - (mod(month - 1, 12) < 2 ? 1 : 0)
  const m = mod(month - 3, 12)
  return 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + Math.floor((153 * m + 2) / 5) + day - 1 - 719_468
}

/** The same in the Julian calendar. */
function julianDay (year: number, month: number, day: number): number {
  const y = year + Math.floor((month - 1) / 12) - (mod(month - 1, 12) < 2 ? 1 : 0)
  const m = mod(month - 3, 12)
  return 365 * y + Math.floor(y / 4) + Math.floor((153 * m + 2) / 5) + day - 1 - 719_470
}

/** Days since 1970 of a date written in the calendar of its time: Julian up to 4 October 1582, Gregorian after. */
export function hybridDay (year: number, month: number, day: number): number {
  const gregorian = gregorianDay(year, month, day)
  return gregorian >= cutoverDay ? gregorian : julianDay(year, month, day)
}

/** The date of a day since 1970 in the calendar of its time; the year is astronomical, the month from 1. */
export function hybridDate (dayNumber: number): { year: number, month: number, day: number } {
  return dayNumber >= cutoverDay ? gregorianDate(dayNumber) : julianDate(dayNumber)
}

/** The fields of a time given as milliseconds since 1970 of the wall clock. */
export function calendarFields (localMs: number): CalendarFields {
  const dayNumber = Math.floor(localMs / dayMs)
  const { year, month, day } = hybridDate(dayNumber)
  const firstOfYear = hybridDay(year, 1, 1)
  const dayOfYear = dayNumber - firstOfYear + 1
  const dayOfWeek = mod(dayNumber + 4, 7) + 1
  const nextYear = hybridDay(year + 1, 1, 1)
  const inNextWeekYear = dayNumber + 8 - dayOfWeek > nextYear
  return {
    era: year > 0 ? 1 : 0,
    yearOfEra: year > 0 ? year : 1 - year,
    year,
    month,
    day,
    dayOfYear,
    dayOfWeek,
    weekYear: inNextWeekYear ? year + 1 : year,
    weekOfYear: inNextWeekYear ? 1 : weekNumber(dayOfYear, dayOfWeek),
    weekOfMonth: weekNumber(day, dayOfWeek),
    dayOfWeekInMonth: Math.floor((day - 1) / 7) + 1,
    msOfDay: localMs - dayNumber * dayMs
  }
}

/** Number of the week that holds the nth day of a span, when weeks start on Sunday and the first may be short. */
function weekNumber (nth: number, dayOfWeek: number): number {
  return Math.floor((nth - dayOfWeek + 6) / 7) + 1
}

function gregorianDate (dayNumber: number): { year: number, month: number, day: number } {
  const z = dayNumber + 719_468
  const era = Math.floor(z / 146_097)
  const dayOfEra = z - era * 146_097
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365)
  return monthAndDay(yearOfEra + era * 400, dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100)))
}

function julianDate (dayNumber: number): { year: number, month: number, day: number } {
  const z = dayNumber + 719_470
  const era = Math.floor(z / 1461)
  const dayOfEra = z - era * 1461
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460)) / 365)
  return monthAndDay(yearOfEra + era * 4, dayOfEra - 365 * yearOfEra)
}

/** Month and day of a year that starts in March, which puts the leap day last. */
function monthAndDay (marchYear: number, dayOfYear: number): { year: number, month: number, day: number } {
  const m = Math.floor((5 * dayOfYear + 2) / 153)
  const month = m < 10 ? m + 3 : m - 9
  return { year: month <= 2 ? marchYear + 1 : marchYear, month, day: dayOfYear - Math.floor((153 * m + 2) / 5) + 1 }
}

function mod (a: number, n: number): number {
  return a - n * Math.floor(a / n)
}
