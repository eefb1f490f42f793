import { dataError, defineConverter, javaClassOf, numberTypeOf, schema as make, t, TypedNumber } from '@tributary/plugin'
import type { ConnectError, Converter } from '@tributary/plugin'
import { bufferOf } from './json/json-text.ts'
import { valueAsHeader } from './value-as-header.ts'

interface NumberFormat {
  readonly type: 'int16' | 'int32' | 'int64' | 'float32' | 'float64'
  /** Java's word for the type, in messages. */
  readonly name: string
  readonly size: number
  /** Java's class that finds bytes of another length, in messages. */
  readonly deserializer: string
  read (bytes: Buffer): number | bigint
  write (bytes: Buffer, value: number | bigint): void
}

/** A converter of one number type in big-endian bytes. The value must be of exactly that type, as in Java. */
function numberConverter (format: NumberFormat) {
  const optional = make.of(format.type, { optional: true })
  const converter: Converter = {
    toConnect (_topic, bytes) {
      if (bytes === null) return { schema: optional, value: null }
      if (bytes.length !== format.size) throw wrongSize(format.name, format.deserializer, format.size)
      return { schema: optional, value: format.read(bufferOf(bytes)) }
    },
    fromConnect (_topic, schema, value) {
      if (value === null || value === undefined) return null
      if (numberTypeOf(value, schema) !== format.type) throw dataError(`Failed to serialize to ${format.name} (was class ${javaClassOf(value, schema)}): `)
      const bytes = Buffer.alloc(format.size)
      format.write(bytes, (value instanceof TypedNumber ? value.value : value) as number | bigint)
      return bytes
    }
  }
  return defineConverter({
    summary: `Numbers of type ${format.type} in ${format.size} bytes, big-endian.`,
    config: t.object({}),
    create: () => converter,
    createHeader: () => valueAsHeader(converter)
  })
}

/** The error for bytes of another length than the type has. */
export function wrongSize (name: string, deserializer: string, size: number): ConnectError {
  const cause = Object.assign(new Error(`Size of data received by ${deserializer} is not ${size}`), { javaClass: 'org.apache.kafka.common.errors.SerializationException' })
  return dataError(`Failed to deserialize ${name}: `, { cause })
}

function exactInt64 (value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

export const shortConverter = numberConverter({
  type: 'int16', name: 'short', size: 2, deserializer: 'ShortDeserializer',
  read: bytes => bytes.readInt16BE(),
  write: (bytes, value) => { bytes.writeInt16BE(Number(value)) }
})
export const integerConverter = numberConverter({
  type: 'int32', name: 'integer', size: 4, deserializer: 'IntegerDeserializer',
  read: bytes => bytes.readInt32BE(),
  write: (bytes, value) => { bytes.writeInt32BE(Number(value)) }
})
export const longConverter = numberConverter({
  type: 'int64', name: 'long', size: 8, deserializer: 'LongDeserializer',
  read: bytes => exactInt64(bytes.readBigInt64BE()),
  write: (bytes, value) => { bytes.writeBigInt64BE(BigInt(value)) }
})
export const floatConverter = numberConverter({
  type: 'float32', name: 'float', size: 4, deserializer: 'Deserializer',
  read: bytes => bytes.readFloatBE(),
  write: (bytes, value) => { bytes.writeFloatBE(Number(value)) }
})
export const doubleConverter = numberConverter({
  type: 'float64', name: 'double', size: 8, deserializer: 'Deserializer',
  read: bytes => bytes.readDoubleBE(),
  write: (bytes, value) => { bytes.writeDoubleBE(Number(value)) }
})
