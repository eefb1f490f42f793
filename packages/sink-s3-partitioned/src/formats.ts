import { configError } from '@tributary/plugin'
import type { ConfigProblem, Log, Schema } from '@tributary/plugin'
import { readFileSync } from 'node:fs'
import { avroCodecs, avroFormat } from './avro-format.ts'
import { schemaOfAvro } from './avro-schema.ts'
import type { S3SinkConfig } from './config.ts'
import type { FileFormat } from './format.ts'
import { parquetFormat } from './parquet-format.ts'
import type { RowsOptions } from './rows.ts'
import type { RecordPart } from './text-formats.ts'
import { bytesFormat, jsonFormat } from './text-formats.ts'

/** Our names of formats by the ones they go by: Confluent's classes, and short words. */
const names: Readonly<Record<string, 'json' | 'bytes' | 'avro' | 'parquet'>> = {
  'io.confluent.connect.s3.format.json.JsonFormat': 'json',
  'io.confluent.connect.s3.format.bytearray.ByteArrayFormat': 'bytes',
  'io.confluent.connect.s3.format.avro.AvroFormat': 'avro',
  'io.confluent.connect.s3.format.parquet.ParquetFormat': 'parquet',
  json: 'json',
  bytes: 'bytes',
  avro: 'avro',
  parquet: 'parquet'
}

/** Of the codecs that have levels. */
const highestLevels: Readonly<Record<string, number>> = { gzip: 9, zstd: 22 }

/** What is wrong with the keys of formats. */
export function formatProblems (config: S3SinkConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  for (const key of ['format.class', 'keys.format.class', 'headers.format.class'] as const) {
    if (names[config[key]] === undefined) problems.push({ key, message: `Invalid value ${config[key]} for configuration ${key}: not a known format. Use one of ${Object.keys(names).join(', ')}.` })
  }
  if (names[config['headers.format.class']] === 'bytes') {
    problems.push({ key: 'headers.format.class', message: `Invalid value ${config['headers.format.class']} for configuration headers.format.class: headers are no bytes. Use json, avro or parquet.` })
  }
  const codec = config['s3.compression.type']
  const most = highestLevels[codec]
  if (most !== undefined && config['s3.compression.level'] > most) {
    problems.push({ key: 's3.compression.level', message: `Invalid value ${config['s3.compression.level']} for configuration s3.compression.level: ${codec} has levels up to ${most}; -1 is its default.` })
  }
  if (config['avro.codec'] === 'bzip2') problems.push({ key: 'avro.codec', message: 'avro.codec=bzip2 is not supported; use null, deflate, snappy or zstandard.' })
  try {
    declaredSchema(config)
  } catch (error) {
    problems.push({ key: 'value.schema', message: (error as Error).message })
  }
  return problems
}

/** The schema of `value.schema`; null without one. Throws `config`. */
export function declaredSchema (config: S3SinkConfig): Schema | null {
  const text = config['value.schema']
  if (text === null || text === '') return null
  let json: unknown
  try {
    json = JSON.parse(text.trimStart().startsWith('{') ? text : readFileSync(text, 'utf8'))
  } catch (error) {
    throw configError(`value.schema is neither an Avro schema nor a file with one: ${(error as Error).message}`, { cause: error })
  }
  const declared = schemaOfAvro(json as Parameters<typeof schemaOfAvro>[0])
  if (declared.type !== 'struct') throw configError('value.schema must be an Avro record: its fields are the columns.')
  return declared
}

/** Bytes of rows in a row group of Parquet; as values they take several times as many. */
const maxGroupBytes = 16 * 1024 * 1024
const minGroupBytes = 1024 * 1024

/** Our name of the format of values. */
export function formatName (config: S3SinkConfig): 'json' | 'bytes' | 'avro' | 'parquet' { return names[config['format.class']] ?? 'json' }

/** The format of values, keys or headers. */
export function formatOf (config: S3SinkConfig, part: RecordPart, log: Log): FileFormat {
  const name = names[config[part === 'value' ? 'format.class' : part === 'key' ? 'keys.format.class' : 'headers.format.class']] ?? 'json'
  const rows: RowsOptions = { part, declared: part === 'value' ? declaredSchema(config) : null, compatibility: part === 'headers' ? 'NONE' : config['schema.compatibility'], log }
  if (name === 'avro') return avroFormat(avroCodecs.find(codec => codec === config['avro.codec']) ?? 'null', rows)
  if (name === 'parquet') return parquetFormat(config['parquet.codec'], Math.max(minGroupBytes, Math.min(maxGroupBytes, config['buffer.memory'] / 16)), rows)
  if (name === 'bytes' && part !== 'headers') return bytesFormat(part, config['format.bytearray.extension'], separatorOf(config['format.bytearray.separator']))
  return jsonFormat(part, config['json.decimal.format'])
}

/** Bytes of a separator as users write it. */
export function separatorOf (text: string | null): Uint8Array {
  if (text === null) return Buffer.from('\n')
  if (text === 'none') return Buffer.alloc(0)
  return Buffer.from(text.replaceAll('\\n', '\n').replaceAll('\\r', '\r').replaceAll('\\t', '\t'))
}
