import { hash } from 'node:crypto'
import { isUtf8 } from 'node:buffer'
import type { Schema, SinkRecord } from '@tributary/plugin'
import { jsonText } from './json.ts'

const lineFeed = 0x0a
/** Longest partition key Kinesis takes, in characters. */
const maxKeyLength = 256

/** The bytes to put: bytes unchanged, text as UTF-8, all else as JSON; with a line feed at the end if asked. */
export function payloadOf (schema: Schema | null, value: unknown, appendLineBreak: boolean): Uint8Array {
  if (value instanceof Uint8Array) return appendLineBreak ? withLineFeed(value) : value
  const text = typeof value === 'string' ? value : jsonText(schema, value)
  return Buffer.from(appendLineBreak ? `${text}\n` : text)
}

function withLineFeed (bytes: Uint8Array): Uint8Array {
  const out = Buffer.allocUnsafe(bytes.length + 1)
  out.set(bytes)
  out[bytes.length] = lineFeed
  return out
}

/**
 * The partition key of a record: its key as trimmed text, as in awslabs' connector. Without one: the Kafka partition number, or with
 * `spread` partition and offset, which a replay repeats. A key past Kinesis' 256 characters is replaced by its SHA-256.
 */
export function partitionKeyOf (record: SinkRecord, nullKey: 'partition' | 'spread'): string {
  const text = keyText(record).trim()
  if (text === '') return nullKey === 'partition' ? String(record.originalPartition) : `${record.originalPartition}-${record.offset}`
  return text.length <= maxKeyLength ? text : hash('sha256', text, 'hex')
}

function keyText ({ key, keySchema }: SinkRecord): string {
  if (key === null || key === undefined) return ''
  if (typeof key === 'string') return key
  if (!(key instanceof Uint8Array)) return jsonText(keySchema, key)
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength)
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'hex')
}
