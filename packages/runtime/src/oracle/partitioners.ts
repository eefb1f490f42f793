import { createPartitioner, javaTimeZone, jodaPattern } from '@tributary/sink-s3-partitioned/partitioner'
import type { Partitioner } from '@tributary/sink-s3-partitioned/partitioner'
import type { SinkRecord } from '@tributary/plugin'
import { readRecord, writeError } from './value.ts'
import type { Kinds, OracleCase } from './cases.ts'

interface PartitionerCase extends OracleCase { class: string, config: Record<string, string>, record: unknown }
interface JodaCase extends OracleCase { pattern: string, timezone: string, millis: string }

function configure ({ class: className, config }: PartitionerCase): Partitioner {
  const partitioner = createPartitioner(className, {
    delim: config['directory.delim'] ?? '/',
    fields: (config['partition.field.name'] ?? '').split(',').map(name => name.trim()).filter(name => name !== ''),
    durationMs: Number(config['partition.duration.ms'] ?? -1),
    pathFormat: config['path.format'] ?? '',
    locale: config['locale'] ?? '',
    timezone: config['timezone'] ?? '',
    extractor: config['timestamp.extractor'] ?? 'Wallclock',
    timestampField: config['timestamp.field'] ?? 'timestamp',
    timestampUnit: 'ms',
    timestampPattern: ''
  })
  if (partitioner === null) throw new Error(`Unknown partitioner ${className}`)
  return partitioner
}

function partition (given: PartitionerCase): unknown {
  let partitioner: Partitioner
  try {
    partitioner = configure(given)
  } catch (error) {
    return writeError('configure', error)
  }
  try {
    const encoded = partitioner.encode(readRecord(given.record) as SinkRecord)
    return { partition: encoded, path: partitioner.path('topic', encoded) }
  } catch (error) {
    return writeError('encode', error)
  }
}

function joda ({ pattern, timezone, millis }: JodaCase): unknown {
  try {
    return { text: jodaPattern(pattern, javaTimeZone(timezone)).format(Number(millis)) }
  } catch (error) {
    return writeError('format', error)
  }
}

/** Cases of the storage partitioners and of their date patterns. */
export const kinds: Kinds = {
  partitioner: given => partition(given as PartitionerCase),
  joda: given => joda(given as JodaCase)
}
