import { ConnectError } from '@tributary/plugin'
import type { SinkRecord } from '@tributary/plugin'
import type { ByteBuffer } from './byte-buffer.ts'
import type { FileFormat } from './format.ts'
import { jsonText } from './json-line.ts'

/** Directory of refused records under `error.prefix`: one for each reason. */
export function errorDirectory (error: Error): string {
  return `reason=${error instanceof ConnectError ? error.code : 'DATA'}`
}

/**
 * Refused records, a JSON document each, in the manner of Firehose: `rawData` in base64 is the value as it was delivered, or its JSON where a
 * converter had taken it apart; `rawFormat` tells which.
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
    const raw = value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.length) : typeof value === 'string' ? Buffer.from(value) : Buffer.from(jsonOf(record))
    buffer.appendText(`${JSON.stringify({
      errorCode: error instanceof ConnectError ? error.code : 'DATA',
      errorMessage: error.message,
      arrivalTimestamp: record.timestamp,
      topic: record.originalTopic,
      partition: record.originalPartition,
      sequenceNumber: String(record.offset),
      rawFormat: value instanceof Uint8Array || typeof value === 'string' ? 'bytes' : 'json',
      rawData: raw.toString('base64')
    })}\n`)
  }
}

function jsonOf (record: SinkRecord): string {
  try {
    return jsonText(record.valueSchema, record.value, 'BASE64')
  } catch {
    return 'null'
  }
}
