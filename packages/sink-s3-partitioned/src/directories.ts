import type { ConfigProblem, SinkRecord } from '@tributary/plugin'
import { configError } from '@tributary/plugin'
import type { S3SinkConfig } from './config.ts'
import { fieldDirectories, hiveEscape } from './field-directories.ts'
import { createPartitioner, extractor } from './partitioner.ts'
import type { Partitioner, PartitionerOptions } from './partitioner.ts'

/** Sorts records into directories. */
export interface Directories {
  /** Directory of a record below its topic, without a separator at its end. Throws `data` for a record that has none. */
  directoryOf (record: SinkRecord, nowMs: number): string
  /** Event time in milliseconds since 1970, null where a record has none. */
  timeOf (record: SinkRecord, nowMs: number): number | null
  /** Whether a record that is read again goes to the same directory. */
  readonly isStable: boolean
}

const ownTimeAndField = 'tributary.s3.TimeAndFieldPartitioner'
const ownField = 'tributary.s3.FieldPartitioner'
const wallclock = /(^|\$)Wallclock(TimestampExtractor)?$/

/** Whether times are those of the machine's clock, which is other ones when records are read again. */
export function usesWallclock (config: S3SinkConfig): boolean { return wallclock.test(config['timestamp.extractor']) }

function optionsOf (config: S3SinkConfig): PartitionerOptions {
  const isOwn = config['partitioner.class'].startsWith('tributary.s3.')
  return {
    delim: config['directory.delim'],
    fields: config['partition.field.name'],
    durationMs: config['partition.duration.ms'] === -1 && isOwn ? 3_600_000 : config['partition.duration.ms'],
    pathFormat: config['path.format'],
    locale: config.locale === '' && isOwn ? 'en-US' : config.locale,
    timezone: config.timezone === '' && isOwn ? 'UTC' : config.timezone,
    extractor: config['timestamp.extractor'],
    timestampField: config['timestamp.field'],
    timestampUnit: config['timestamp.unit'] === 'iso' ? 'ms' : config['timestamp.unit'],
    timestampPattern: config['timestamp.pattern']
  }
}

function partitionerOf (config: S3SinkConfig): Pick<Partitioner, 'encode'> {
  const options = optionsOf(config)
  const name = config['partitioner.class']
  if (name === ownField || name === ownTimeAndField) {
    if (options.fields.length === 0) throw configError('Missing value for configuration partition.field.name: name the fields that make the directories.')
    const fields = fieldDirectories(options.fields, options.delim)
    if (name === ownField) return { encode: record => fields(record) }
    const time = createPartitioner('TimeBasedPartitioner', options)!
    return { encode: (record, nowMs) => time.encode(record, nowMs) + options.delim + fields(record) }
  }
  const partitioner = createPartitioner(name, options)
  if (partitioner === null) {
    throw configError(`Invalid value ${name} for configuration partitioner.class: not a known partitioner. Use DefaultPartitioner, FieldPartitioner, ` +
      'TimeBasedPartitioner, DailyPartitioner or HourlyPartitioner of io.confluent.connect.storage.partitioner, tributary.s3.FieldPartitioner or tributary.s3.TimeAndFieldPartitioner.')
  }
  return partitioner
}

/** Confluent's SchemaPartitioner, which gives the records of each schema directories of their own. */
function withSchemaName (partitioner: Pick<Partitioner, 'encode'>, config: S3SinkConfig): Pick<Partitioner, 'encode'> {
  const affix = config['s3.schema.partition.affix.type']
  const delim = config['directory.delim']
  if (affix === 'NONE') return partitioner
  const nameOf = (record: SinkRecord): string => `schema_name=${hiveEscape(record.valueSchema?.name ?? 'null')}`
  return {
    encode: affix === 'PREFIX'
      ? (record, nowMs) => nameOf(record) + delim + partitioner.encode(record, nowMs)
      : (record, nowMs) => partitioner.encode(record, nowMs) + delim + nameOf(record)
  }
}

/** What is wrong with the keys of the partitioner. */
export function directoryProblems (config: S3SinkConfig): ConfigProblem[] {
  try {
    directoriesOf(config)
    return []
  } catch (error) {
    const { message } = error as Error
    return [{ key: /for configuration ([\w.]+):/.exec(message)?.[1] ?? 'partitioner.class', message }]
  }
}

/** A record's header names its directory, if it has one; else the partitioner does. */
export function directoriesOf (config: S3SinkConfig): Directories {
  const partitioner = withSchemaName(partitionerOf(config), config)
  const header = config['partition.header']
  const delim = config['directory.delim']
  const isWallclock = usesWallclock(config)
  const isTimed = !/[.]?(Default|Field)Partitioner$/.test(config['partitioner.class'].replace('TimeAndField', 'Time'))
  const extract = !isWallclock ? extractor(optionsOf(config)) : (record: SinkRecord) => record.timestamp
  // Paths come from few distinct texts, so each is trimmed once.
  const trimmed = new Map<string, string>()
  const trim = (path: string): string => {
    let found = trimmed.get(path)
    if (found === undefined) {
      found = path.endsWith(delim) ? path.slice(0, -delim.length) : path
      if (trimmed.size >= 40_000) trimmed.clear()
      trimmed.set(path, found)
    }
    return found
  }
  return {
    isStable: (!isTimed || !isWallclock) && (config['late.after.ms'] < 0 || config['late.policy'] === 'accept'),
    directoryOf (record, nowMs) {
      const { headers } = record
      for (let i = headers.length - 1; i >= 0; i--) {
        const { key, value } = headers[i]!
        if (key === header && typeof value === 'string' && value !== '') return trim(value)
      }
      return partitioner.encode(record, nowMs)
    },
    timeOf: (record, nowMs) => extract(record, nowMs)
  }
}
