import { ProtobufReader } from './protobuf-reader.ts'

const first = [0]
const from = new ProtobufReader()

/** A number of up to 32 bits as a varint. */
export function varintBytes (value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value >>> 0; ; rest >>>= 7) {
    bytes.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest)
    if (rest <= 0x7f) return Buffer.from(bytes)
  }
}

/** What stands between the id of a schema and the data: which message of the file it is. A single zero is the first, as most are. */
export function indexBytes (indexes: readonly number[]): Buffer {
  if (indexes.length === 1 && indexes[0] === 0) return varintBytes(0)
  return Buffer.concat([indexes.length, ...indexes].map(value => varintBytes((value << 1) ^ (value >> 31))))
}

/** The indexes that stand at `at`, and where the data begins. Throws for bytes that are none. */
export function readIndexes (bytes: Uint8Array, at: number): { readonly indexes: readonly number[], readonly end: number } {
  from.start(bytes, at)
  const count = from.sint32()
  if (count < 0) throw new Error('a negative count of message indexes')
  const indexes: number[] = []
  for (let i = 0; i < count; i++) indexes.push(from.sint32())
  return { indexes: count === 0 ? first : indexes, end: from.place() }
}
