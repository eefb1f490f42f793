import { ConnectError } from '@tributary/plugin'
import type { Schema, SinkRecord } from '@tributary/plugin'
import type { ByteBuffer } from './byte-buffer.ts'
import type { FileFormat } from './format.ts'
import { exactJson } from './infer-schema.ts'
import { jsonText } from './json-line.ts'

/** Directory of refused records under `error.prefix`: one for each reason. */
export function errorDirectory (error: Error): string {
  return `reason=${error instanceof ConnectError ? error.code : 'DATA'}`
}

/**
 * Refused records, a JSON document each, in the manner of Firehose: `rawData` in base64 is the value as it was delivered, or its JSON where a
 * converter had taken it apart; `rawFormat` tells which. `key` is the key in base64 likewise, null without one, and `headers` are as those of `store.kafka.headers`.
 */
export const errorFormat: FileFormat & { appendError (record: SinkRecord, error: Error, buffer: ByteBuffer): void } = {
  extension: '.json',
  contentType: 'application/json',
  compressible: true,
  shapeOf: () => null,
  adapts: null,
  append () { throw new Error('Refused records are appended with their error.') },
  finish: null,
  appendError (record, error, buffer) {
    const { value } = record
    const document = JSON.stringify({
      errorCode: error instanceof ConnectError ? error.code : 'DATA',
      errorMessage: error.message,
      arrivalTimestamp: record.timestamp,
      topic: record.originalTopic,
      partition: record.originalPartition,
      sequenceNumber: String(record.offset),
      rawFormat: value instanceof Uint8Array || typeof value === 'string' ? 'bytes' : 'json',
      rawData: bytesOf(record.valueSchema, value).toString('base64'),
      key: record.key === null ? null : bytesOf(record.keySchema, record.key).toString('base64')
    })
    const headers = record.headers.map(({ key, schema, value: content }) => `{${JSON.stringify(key)}:${jsonOf(schema, content)}}`)
    buffer.appendText(`${document.slice(0, -1)},"headers":[${headers.join(',')}]}\n`)
  }
}

function bytesOf (schema: Schema | null, value: unknown): Buffer {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length)
  return Buffer.from(typeof value === 'string' ? value : jsonOf(schema, value))
}

function jsonOf (schema: Schema | null, value: unknown): string {
  try {
    return jsonText(schema, value, 'BASE64')
  } catch {
    return lenientJson(value)
  }
}

/** What JSON has no form for stays readable, as text or with all its digits: such a value may be why the record was refused. */
function lenientJson (value: unknown): string {
  try {
    return exactJson(value, number => Number.isFinite(number) ? number : String(number)) ?? 'null'
  } catch {
    return 'null'
  }
}
