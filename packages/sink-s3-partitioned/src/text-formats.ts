import { dataError } from '@tributary/plugin'
import type { SinkRecord } from '@tributary/plugin'
import type { ByteBuffer } from './byte-buffer.ts'
import type { FileFormat } from './format.ts'
import type { DecimalFormat } from './json-line.ts'
import { jsonText } from './json-line.ts'

const newline = 10

/** Which part of a record a file holds. */
export type RecordPart = 'value' | 'key' | 'headers'

/** One JSON value a line. */
export function jsonFormat (part: RecordPart, decimals: DecimalFormat): FileFormat {
  const textOf = part === 'value'
    ? (record: SinkRecord) => jsonText(record.valueSchema, record.value, decimals)
    : part === 'key'
      ? (record: SinkRecord) => jsonText(record.keySchema, record.key, decimals)
      : (record: SinkRecord) => `[${record.headers.map(({ key, schema, value }) => `{${JSON.stringify(key)}:${jsonText(schema, value, decimals)}}`).join(',')}]`
  return {
    extension: '.json',
    contentType: 'application/json',
    compressible: true,
    shapeOf: () => null,
    adapts: null,
    append (record: SinkRecord, buffer: ByteBuffer) {
      buffer.appendText(textOf(record))
      buffer.appendByte(newline)
    },
    finish: null
  }
}

/** The bytes of each record as they are, and a separator behind each. Text counts as its UTF-8. */
export function bytesFormat (part: Exclude<RecordPart, 'headers'>, extension: string, separator: Uint8Array): FileFormat {
  return {
    extension,
    contentType: 'application/octet-stream',
    compressible: true,
    shapeOf (record) {
      const bytes = record[part]
      if (bytes instanceof Uint8Array || typeof bytes === 'string' || bytes === null) return null
      throw dataError(`The ${part} is not bytes, as ByteArrayFormat needs. Set ${part}.converter=org.apache.kafka.connect.converters.ByteArrayConverter, or use JsonFormat.`)
    },
    adapts: null,
    append (record: SinkRecord, buffer: ByteBuffer) {
      const bytes = record[part]
      if (bytes instanceof Uint8Array) buffer.appendBytes(bytes)
      else if (typeof bytes === 'string') buffer.appendText(bytes)
      buffer.appendBytes(separator)
    },
    finish: null
  }
}
