import type { ConfigProblem, RawRecord } from '@tributary/plugin'
import { isInstant } from '@tributary/transforms/event-time'
import type { Codec } from './compression.ts'
import type { S3SinkConfig } from './config.ts'
import type { FileFormat } from './format.ts'
import { separatorOf } from './formats.ts'
import type { NameOptions } from './object-name.ts'
import type { OpenFile } from './open-file.ts'
import { timePaths } from './partitioner.ts'
import type { RotationRules } from './rotation.ts'
import { bytesFormat } from './text-formats.ts'

/** Directory of records whose feed tells no time, or none that has a date. */
const undated = 'undated'
/** No directory spans less. */
const minuteMs = 60_000

/** How bytes are kept as the feed delivered them. They are in files of their own, but commits and positions are those of all files. */
export interface RawCopy {
  readonly names: Pick<NameOptions, 'prefix' | 'template'>
  readonly format: FileFormat
  readonly codec: Codec
  readonly rules: RotationRules
  /** Directory by the time of arrival, in milliseconds since 1970: the same whenever the record is read again. */
  directoryOf (timestamp: number | null): string
  append (value: NonNullable<RawRecord['value']>, file: OpenFile): void
}

/** The raw copy of a configuration; null where `raw.copy` is off. Throws `config`. */
export function rawCopyOf (config: S3SinkConfig): RawCopy | null {
  if (!config['raw.copy']) return null
  const separator = separatorOf(config['raw.copy.format.bytearray.separator'])
  const paths = timePaths({ durationMs: minuteMs, pathFormat: config['raw.copy.path.format'], delim: config['directory.delim'], timezone: config['raw.copy.timezone'], locale: 'en' })
  return {
    names: { prefix: config['raw.copy.topics.dir'], template: config['raw.copy.file.name.template'] },
    format: bytesFormat('value', config['raw.copy.format.bytearray.extension'], separator),
    codec: config['raw.copy.s3.compression.type'],
    rules: { records: null, bytes: config['raw.copy.rotate.bytes'], spanMs: null, ageMs: config['raw.copy.rotate.age.ms'], idleMs: null, schedule: null },
    directoryOf: timestamp => timestamp !== null && isInstant(timestamp) ? paths.at(timestamp) : undated,
    append (value, { values }) {
      values.appendBytes(value)
      values.appendBytes(separator)
    }
  }
}

/** What is wrong with the keys of the raw copy. */
export function rawCopyProblems (config: S3SinkConfig): ConfigProblem[] {
  try {
    rawCopyOf(config)
    return []
  } catch (error) {
    const message = (error as Error).message.replace('for configuration ', 'for configuration raw.copy.')
    return [{ key: /for configuration ([\w.]+):/.exec(message)?.[1] ?? 'raw.copy', message }]
  }
}
