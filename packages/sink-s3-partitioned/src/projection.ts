import { configError, dayMs } from '@tributary/plugin'
import type { ConfigProblem, RawConfig } from '@tributary/plugin'
import { parsePattern } from '@tributary/transforms/simple-date-format'
import { timeZone } from '@tributary/transforms/time-zone'
import type { S3SinkConfig } from './config.ts'
import { partitionColumn } from './hive-types.ts'
import { javaTimeZone } from './java-time-zone.ts'
import type { TimeZone } from './java-time-zone.ts'
import { parseJoda } from './joda-pattern.ts'
import { dailyPath, hourlyPath } from './partitioner.ts'

type Part = ReturnType<typeof parseJoda>[number]

/** One directory of the path of a partition, such as `'month'=MM`: what stands before the equals sign, and what makes the value. */
export interface DirectoryPattern {
  readonly name: string
  readonly parts: readonly Part[]
  readonly zone: TimeZone
}

/** The directories that dates make, by the EventTimePartition transform or else the partitioner. */
export function directoryPatterns (config: S3SinkConfig, raw: RawConfig): DirectoryPattern[] {
  const transform = (raw.transforms ?? '').split(',').map(alias => `transforms.${alias.trim()}.`).findLast(prefix =>
    raw[`${prefix}type`] === 'tributary.transforms.EventTimePartition' && (raw[`${prefix}header`] ?? 'tributary.partition') === config['partition.header'])
  if (transform !== undefined) return patternsOf(parsePattern(raw[`${transform}format`] ?? "'ot='yyyyMMddHH/"), timeZone(raw[`${transform}zone`] ?? 'UTC')!)
  const format = /Hourly/.test(config['partitioner.class']) ? hourlyPath.join('/') : /Daily/.test(config['partitioner.class']) ? dailyPath.join('/') : /Time/.test(config['partitioner.class']) ? config['path.format'] : ''
  // Joda's year of an era is what others call a year.
  return patternsOf(parseJoda(format).map(part => 'letter' in part && part.letter === 'Y' ? { ...part, letter: 'y' } : part), javaTimeZone(config.timezone === '' ? 'UTC' : config.timezone))
}

function patternsOf (parts: readonly Part[], zone: TimeZone): DirectoryPattern[] {
  const directories: Part[][] = [[]]
  for (const part of parts) {
    const [first = '', ...more] = 'text' in part ? part.text.split('/') : []
    if ('letter' in part) directories.at(-1)!.push(part)
    else if (first !== '') directories.at(-1)!.push({ text: first })
    for (const text of more) directories.push(text === '' ? [] : [{ text }])
  }
  return directories.flatMap(([first, ...rest]) => {
    const at = first !== undefined && 'text' in first ? first.text.indexOf('=') : -1
    if (first === undefined || !('text' in first) || at <= 0) return []
    const text = first.text.slice(at + 1)
    return [{ name: first.text.slice(0, at), parts: text === '' ? rest : [{ text }, ...rest], zone }]
  })
}

/** Values of a directory that is one part of a date. */
const ranges: Readonly<Record<string, readonly [from: number, to: number]>> = { M: [1, 12], d: [1, 31], D: [1, 366], H: [0, 23], k: [1, 24], h: [1, 12], K: [0, 11], m: [0, 59], s: [0, 59] }
const units = ['YEARS', 'MONTHS', 'DAYS', 'HOURS', 'MINUTES', 'SECONDS'] as const
const dateLetters = 'yMdHms'
const hourMs = 3_600_000

/**
 * Properties that let Athena work partitions out instead of looking them up. `names`: of the directories of a partition, in order and in their own letters. A directory
 * that no date makes can be anything, so queries have to name its value (`injected`). Throws `config` where `from` is no such date.
 */
export function projectionProperties (names: readonly string[], options: { location: string, from: string, patterns: readonly DirectoryPattern[] }): Record<string, string> {
  const properties: Record<string, string> = { 'projection.enabled': 'true' }
  for (const name of names) {
    const column = partitionColumn(name)
    const values = valuesOf(options.patterns.find(pattern => pattern.name === name), options.from, column)
    for (const [key, value] of Object.entries(values)) properties[`projection.${column}.${key}`] = value
  }
  properties['storage.location.template'] = `${options.location}${names.map(name => `${name}=\${${partitionColumn(name)}}/`).join('')}`
  return properties
}

/** What is wrong with `glue.projection.from`. */
export function projectionProblems (config: S3SinkConfig, raw: RawConfig): ConfigProblem[] {
  const key = 'glue.projection.from'
  const from = config[key]
  if (from === '') return [{ key, message: `glue.projection needs ${key}, the first date in the format of the directories.` }]
  try {
    const patterns = directoryPatterns(config, raw)
    projectionProperties(patterns.map(({ name }) => name), { location: '', from, patterns })
    return []
  } catch (error) {
    return [{ key, message: (error as Error).message }]
  }
}

function valuesOf (pattern: DirectoryPattern | undefined, from: string, column: string): Record<string, string> {
  if (pattern === undefined) return { type: 'injected' }
  const { parts, zone } = pattern
  const dates = parts.filter(part => 'letter' in part)
  const [only] = dates
  if (only === undefined) return { type: 'enum', values: parts.map(part => 'text' in part ? part.text : '').join('') }
  const range = ranges[only.letter]
  if (parts.length === 1 && range !== undefined && only.count <= String(range[1]).length) {
    return { type: 'integer', range: range.join(','), ...only.count > 1 ? { digits: String(only.count) } : {} }
  }
  const smallest = Math.max(...dates.map(({ letter, count }) => letter !== 'y' && count > 2 ? NaN : dateLetters.indexOf(letter)))
  const isDate = smallest >= 0 && dates.every(({ letter }) => dateLetters.includes(letter)) && Array.from(dateLetters.slice(0, smallest + 1)).every(letter => dates.some(date => date.letter === letter))
  if (!isDate) return { type: 'injected' }
  const format = parts.map(part => 'letter' in part ? part.letter.repeat(part.count) : /[A-Za-z']/.test(part.text) ? `'${part.text.replaceAll("'", "''")}'` : part.text).join('')
  return { type: 'date', format, range: `${firstDate(parts, from, column, format)},NOW${ahead(zone)}`, interval: '1', 'interval.unit': units[smallest]! }
}

/** The start of `from` that is a date of this pattern: of 2019010100 a column of years takes 2019. */
function firstDate (parts: readonly Part[], from: string, column: string, format: string): string {
  const form = parts.map(part => 'text' in part ? part.text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : part.count === 1 ? '\\d+' : `\\d{${part.count}}`).join('')
  const [found] = new RegExp(`^${form}`).exec(from) ?? []
  if (found === undefined) throw configError(`Invalid value ${from} for configuration glue.projection.from: the column ${column} needs a date such as its directories have, in the form ${format}.`)
  return found
}

/** Athena's NOW is UTC. Ahead of it by the greatest offset of the zone, no directory of this hour is missed; one too many does no harm. */
function ahead (zone: TimeZone): string {
  const now = Date.now()
  const offsets = Array.from({ length: 53 }, (_, week) => zone.offsetAt(now + week * 7 * dayMs))
  const hours = Math.ceil(Math.max(...offsets) / hourMs)
  return hours > 0 ? `+${hours}HOURS` : ''
}
