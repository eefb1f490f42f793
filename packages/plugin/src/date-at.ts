import { dataError } from './errors.ts'

/** The Date at milliseconds since 1970 (UTC). Throws a data error beyond the year 275760, where those of JavaScript end and Java's do not. */
export function dateAt (ms: number): Date {
  const date = new Date(ms)
  if (Number.isNaN(date.getTime())) throw dataError('A date or time is beyond the year 275760, which dates do not reach here. Carry it as a number or as text instead.')
  return date
}
