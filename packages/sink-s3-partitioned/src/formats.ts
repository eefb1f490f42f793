import type { ConfigProblem } from '@tributary/plugin'
import type { S3SinkConfig } from './config.ts'
import type { FileFormat } from './format.ts'
import type { RecordPart } from './text-formats.ts'
import { bytesFormat, jsonFormat } from './text-formats.ts'

/** Our names of formats by the ones they go by: Confluent's classes, and short words. */
const names: Readonly<Record<string, 'json' | 'bytes'>> = {
  'io.confluent.connect.s3.format.json.JsonFormat': 'json',
  'io.confluent.connect.s3.format.bytearray.ByteArrayFormat': 'bytes',
  json: 'json',
  bytes: 'bytes'
}

/** What is wrong with the keys of formats. */
export function formatProblems (config: S3SinkConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  for (const key of ['format.class', 'keys.format.class', 'headers.format.class'] as const) {
    if (names[config[key]] === undefined) problems.push({ key, message: `Invalid value ${config[key]} for configuration ${key}: not a known format. Use one of ${Object.keys(names).join(', ')}.` })
  }
  return problems
}

/** The format of values, keys or headers. */
export function formatOf (config: S3SinkConfig, part: RecordPart): FileFormat {
  const name = names[config[part === 'value' ? 'format.class' : part === 'key' ? 'keys.format.class' : 'headers.format.class']] ?? 'json'
  if (name === 'bytes' && part !== 'headers') return bytesFormat(part, config['format.bytearray.extension'], separatorOf(config['format.bytearray.separator']))
  return jsonFormat(part, config['json.decimal.format'])
}

function separatorOf (text: string | null): Uint8Array {
  if (text === null) return Buffer.from('\n')
  if (text === 'none') return Buffer.alloc(0)
  return Buffer.from(text.replaceAll('\\n', '\n').replaceAll('\\r', '\r').replaceAll('\\t', '\t'))
}
