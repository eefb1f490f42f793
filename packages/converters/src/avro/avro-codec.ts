import avro from 'avsc'
import type { Schema, Type } from 'avsc'
import { bufferOf } from '../json/json-text.ts'
import type { AvroJson } from './avro-names.ts'

/** avsc copies the bytes at once. */
const scratch = Buffer.alloc(8)

/** INT64 as a number while safe, else as a bigint: exact either way. */
const exactLong = avro.types.LongType.__with({
  fromBuffer (bytes: Buffer): number | bigint {
    const high = bytes.readInt32LE(4)
    return high >= -0x200000 && high < 0x200000 ? safe(high * 0x1_0000_0000 + bytes.readUInt32LE(0), bytes) : bytes.readBigInt64LE(0)
  },
  toBuffer (value: number | bigint): Buffer {
    if (typeof value === 'bigint' || !Number.isSafeInteger(value)) {
      // A default past 2^53 is a rounded number here, perhaps up to 2^63.
      scratch.writeBigInt64LE(BigInt.asIntN(64, BigInt(value)))
    } else {
      scratch.writeUInt32LE(value >>> 0)
      scratch.writeInt32LE(Math.floor(value / 0x1_0000_0000), 4)
    }
    return scratch
  },
  fromJSON: (value: number | bigint): number | bigint => value,
  toJSON: (value: number | bigint): number | bigint => value,
  isValid: (value: unknown): boolean => typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Number.isInteger(value) && Math.abs(value as number) <= 2 ** 63,
  compare: (a: number | bigint, b: number | bigint): number => a === b ? 0 : a < b ? -1 : 1
} as unknown as Parameters<typeof avro.types.LongType.__with>[0])

function safe (number: number, bytes: Buffer): number | bigint {
  return Number.isSafeInteger(number) ? number : bytes.readBigInt64LE(0)
}

/** Binary Avro of one schema. Values as avsc has them: unions wrapped, `{ string: 'x' }`. */
export interface AvroCodec {
  /** Throws for bytes that do not fit, or that are left over. */
  decode (bytes: Uint8Array): unknown
  encode (value: unknown): Buffer
}

/**
 * Makes avsc's codec of an Avro schema: it decides which schemas are valid, and is what our own reader and writer are compared with. `references`:
 * schemas that define names it uses. Throws for a schema that Avro refuses.
 */
export function avroCodec (schema: AvroJson, references: readonly AvroJson[]): AvroCodec {
  const options = { wrapUnions: true, registry: {} as Record<string, Type>, typeHook: (json: unknown) => json === 'long' || (json as { type?: unknown } | null)?.type === 'long' ? exactLong : undefined }
  for (const reference of references) avro.Type.forSchema(reference as Schema, options as Parameters<typeof avro.Type.forSchema>[1])
  const type = avro.Type.forSchema(schema as Schema, options as Parameters<typeof avro.Type.forSchema>[1])
  return { decode: bytes => type.fromBuffer(bufferOf(bytes)) as unknown, encode: value => type.toBuffer(value) }
}
