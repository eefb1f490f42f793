import { ConnectError } from '@tributary/plugin'

const dayMs = 86_400_000
const datePattern = /^([+-]?\d{1,9})(?:-(\d{3})(?!\d)|-[Ww](\d{1,2})(?:-(\d))?|-(\d{1,2})(?:-(\d{1,2}))?)?/
const timePattern = /^(\d{1,2})(?::(\d{1,2})(?::(\d{1,2}))?)?(?:[.,](\d{1,9}))?/
const offsetPattern = /^(?:([Zz])|([+-])([01]\d|2[0-3])(?:(?::([0-5]\d)(?::([0-5]\d)(?:[.,](\d{1,3}))?)?)|(?:([0-5]\d)(?:([0-5]\d)(\d{1,3})?)?))?)(?!:?\d)/

/**
 * Reads text as Joda-Time's `ISODateTimeFormat.dateTimeParser()` does, into milliseconds since 1970: dates of calendar, week or day of
 * year, `T`, a time with a fraction of its last part, an offset; every part after the first may lack. Without an offset it is UTC.
 */
export function isoDateTime (text: string): number {
  const date = datePattern.exec(text)
  let ms = date === null ? 0 : dateMs(date)
  let rest = text.slice(date?.[0].length ?? 0)
  if (date === null && !/^[Tt]\d/.test(rest)) throw malformed(0)
  if (rest === '') return ms
  if (!/^[Tt]/.test(rest)) throw malformed(text.length - rest.length)
  rest = rest.slice(1)
  const time = timePattern.exec(rest)
  if (time !== null) {
    ms += timeMs(time)
    rest = rest.slice(time[0].length)
  }
  const offset = offsetPattern.exec(rest)
  if (offset !== null) {
    ms -= offsetMs(offset)
    rest = rest.slice(offset[0].length)
  }
  if (rest !== '') throw malformed(text.length - rest.length)
  return ms
}

function dateMs ([, yearText, dayOfYear, week, weekday, month, day]: RegExpExecArray): number {
  const year = Number(yearText)
  const first = firstDay(year)
  if (dayOfYear !== undefined) {
    return (first + ranged('dayOfYear', dayOfYear, 1, firstDay(year + 1) - first) - 1) * dayMs
  }
  if (week !== undefined) {
    const start = firstWeek(year)
    const weeks = (firstWeek(year + 1) - start) / 7
    return (start + (ranged('weekOfWeekyear', week, 1, weeks) - 1) * 7 + ranged('dayOfWeek', weekday ?? '1', 1, 7) - 1) * dayMs
  }
  const monthNumber = ranged('monthOfYear', month ?? '1', 1, 12)
  const monthStart = new Date(0).setUTCFullYear(2000 + mod(year, 400), monthNumber - 1, 1)
  const monthEnd = new Date(0).setUTCFullYear(2000 + mod(year, 400), monthNumber, 1)
  const monthOffset = monthStart / dayMs - firstDay(2000 + mod(year, 400))
  return (first + monthOffset + ranged('dayOfMonth', day ?? '1', 1, (monthEnd - monthStart) / dayMs) - 1) * dayMs
}

function timeMs ([, hour, minute, second, fraction]: RegExpExecArray): number {
  const whole = ((ranged('hourOfDay', hour!, 0, 23) * 60 + ranged('minuteOfHour', minute ?? '0', 0, 59)) * 60 + ranged('secondOfMinute', second ?? '0', 0, 59)) * 1000
  if (fraction === undefined) return whole
  const unitMs = second !== undefined ? 1000 : minute !== undefined ? 60_000 : 3_600_000
  let value = 0
  let share = unitMs * 10
  // Digit by digit, each cut to whole tenths of milliseconds, as Joda-Time adds them up.
  for (const digit of fraction) {
    share = Math.floor(share / 10)
    value += Number(digit) * share
  }
  return whole + Math.floor(value / 10)
}

function offsetMs ([, utc, sign, hours, ...parts]: RegExpExecArray): number {
  if (utc !== undefined) return 0
  // With separators, or without.
  const [minutes = '0', seconds = '0', fraction = '0'] = parts[0] === undefined ? parts.slice(3) : parts
  const size = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(fraction.padEnd(3, '0'))
  return sign === '-' ? -size : size
}

/** Days since 1970 of 1 January, also of years that Date cannot hold. */
function firstDay (year: number): number {
  const before = year - 1
  return 365 * before + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400) - 719_162
}

/** The Monday of the week of 4 January. */
function firstWeek (year: number): number {
  const fourth = firstDay(year) + 3
  return fourth - mod(fourth + 3, 7)
}

function ranged (field: string, digits: string, min: number, max: number): number {
  const value = Number(digits)
  if (value >= min && value <= max) return value
  throw new ConnectError('TIME_FORMAT', 'data', `The text is not a time: ${field} must be in the range [${min},${max}].`, {
    javaClass: 'org.joda.time.IllegalFieldValueException'
  })
}

function malformed (at: number): ConnectError {
  return new ConnectError('TIME_FORMAT', 'data', `Invalid format: the text is not a time of ISO 8601 from character ${at + 1} on.`, {
    javaClass: 'java.lang.IllegalArgumentException'
  })
}

function mod (a: number, n: number): number {
  return a - n * Math.floor(a / n)
}
