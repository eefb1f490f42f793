import { dataError, defineTransform, javaClassOf, t } from '@tributary/plugin'
import { valuePart } from './record-part.ts'

const lineFeed = 0x0a

/** Ends text and bytes with a line feed, so that consumers that join records, such as Firehose or Hive, see one record per line. */
export const newline = defineTransform({
  summary: 'Ends a value of text or bytes with a line feed, unless it already does.',
  config: t.object({}),
  create: () => record => {
    const { value } = record
    if (value === null) return record
    if (typeof value === 'string') return value.endsWith('\n') ? record : valuePart.replace(record, record.valueSchema, value + '\n')
    if (value instanceof Uint8Array) {
      return value.at(-1) === lineFeed ? record : valuePart.replace(record, record.valueSchema, withLineFeed(value))
    }
    throw dataError(`Newline works on text and bytes, found: ${javaClassOf(value, record.valueSchema)}. Use StringConverter or ByteArrayConverter as value.converter.`)
  }
})

function withLineFeed (bytes: Uint8Array): Uint8Array {
  // Not from Buffer's shared pool: a sink may keep it long, which would hold the whole pool block.
  const line = new Uint8Array(bytes.length + 1)
  line.set(bytes)
  line[bytes.length] = lineFeed
  return line
}
