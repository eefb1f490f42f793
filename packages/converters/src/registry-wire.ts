import { dataError } from '@tributary/plugin'
import { bufferOf } from './json-text.ts'

/** Bytes before the data: 00 and the schema's id, big-endian. */
export const wireHeaderLength = 5

/** The id of the schema in front of the data; throws a data error for bytes that are not in Confluent's wire format. */
export function schemaIdOf (bytes: Uint8Array, topic: string, format: string): number {
  if (bytes.length < wireHeaderLength || bytes[0] !== 0) {
    const cause = Object.assign(new Error('Unknown magic byte!'), { javaClass: 'org.apache.kafka.common.errors.SerializationException' })
    throw dataError(`Failed to deserialize data for topic ${topic} to ${format}: `, { cause })
  }
  return bufferOf(bytes).readInt32BE(1)
}

/** Data with the id of its schema in front. */
export function withSchemaId (id: number, data: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(wireHeaderLength + data.length)
  bytes[0] = 0
  bytes.writeInt32BE(id, 1)
  bytes.set(data, wireHeaderLength)
  return bytes
}
