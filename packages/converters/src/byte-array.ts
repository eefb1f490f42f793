import { dataError, defineConverter, javaClassOf, schema, t } from '@tributary/plugin'
import type { Converter } from '@tributary/plugin'
import { valueAsHeader } from './value-as-header.ts'

const optionalBytes = schema.of('bytes', { optional: true })

const byteArrays: Converter = {
  toConnect: (_topic, bytes) => ({ schema: optionalBytes, value: bytes }),
  fromConnect (_topic, schema, value) {
    if (schema !== null && schema.type !== 'bytes') throw dataError(`Invalid schema type for ByteArrayConverter: ${schema.type.toUpperCase()}`)
    if (value === null || value === undefined) return null
    if (value instanceof Uint8Array) return value
    throw dataError(`ByteArrayConverter is not compatible with objects of type class ${javaClassOf(value, schema)}`)
  }
}

/** Java's `org.apache.kafka.connect.converters.ByteArrayConverter`. */
export const byteArrayConverter = defineConverter({
  summary: 'Bytes as they are.',
  config: t.object({}),
  create: () => byteArrays,
  createHeader: () => valueAsHeader(byteArrays)
})
