/** The words a pattern may need. Months from January, days from Monday. */
export interface TextNames {
  readonly months: readonly string[]
  readonly shortMonths: readonly string[]
  readonly days: readonly string[]
  readonly shortDays: readonly string[]
  readonly halfDays: readonly string[]
  readonly eras: readonly string[]
}

const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']
const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const shortMonths = months.map(name => name.slice(0, 3))
const shortDays = days.map(name => name.slice(0, 3))

const english: TextNames = { months, shortMonths, days, shortDays, halfDays: ['AM', 'PM'], eras: ['BC', 'AD'] }
/** What Java has for a language it does not know. `new Locale("en-US")` is such a one, since it takes the whole text for a language. */
const noLanguage: TextNames = { months: shortMonths, shortMonths, days: shortDays, shortDays, halfDays: ['AM', 'PM'], eras: ['BCE', 'CE'] }

/** The words of a locale given as to Java's `new Locale(locale)`. */
export function textNames (locale: string): TextNames {
  const language = locale.toLowerCase()
  if (language === 'en') return english
  if (!/^[a-z]{2,3}$/.test(language) || Intl.DateTimeFormat.supportedLocalesOf(language).length === 0) return noLanguage
  const ask = (options: Intl.DateTimeFormatOptions, type: string, ms: number): string =>
    new Intl.DateTimeFormat(language, { ...options, timeZone: 'UTC', calendar: 'gregory', numberingSystem: 'latn' })
      .formatToParts(ms).find(part => part.type === type)?.value ?? ''
  const monthNames = (month: 'long' | 'short'): string[] => shortMonths.map((_, i) => ask({ day: 'numeric', month }, 'month', Date.UTC(2024, i, 1)))
  const dayNames = (weekday: 'long' | 'short'): string[] => shortDays.map((_, i) => ask({ weekday }, 'weekday', Date.UTC(2024, 0, 1 + i)))
  return {
    months: monthNames('long'),
    shortMonths: monthNames('short'),
    days: dayNames('long'),
    shortDays: dayNames('short'),
    halfDays: [0, 12].map(hour => ask({ hour: 'numeric', hour12: true }, 'dayPeriod', Date.UTC(2024, 0, 1, hour))),
    eras: [-1000, 2000].map(year => ask({ year: 'numeric', era: 'short' }, 'era', new Date(0).setUTCFullYear(year)))
  }
}
