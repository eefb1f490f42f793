import { dataError, defineConverter, javaClassOf, schema as make, t } from '@tributary/plugin'
import type { Converter } from '@tributary/plugin'
import { wrongSize } from './numbers.ts'
import { valueAsHeader } from './value-as-header.ts'

const optionalBoolean = make.of('boolean', { optional: true })

const booleans: Converter = {
  toConnect (_topic, bytes) {
    if (bytes === null) return { schema: optionalBoolean, value: null }
    if (bytes.length !== 1) throw wrongSize('boolean', 'BooleanDeserializer', 1)
    const byte = bytes[0]!
    if (byte > 1) throw dataError('Failed to deserialize boolean: ', { cause: new Error(`Unexpected byte received by BooleanDeserializer: ${byte}`) })
    return { schema: optionalBoolean, value: byte === 1 }
  },
  fromConnect (_topic, schema, value) {
    if (schema !== null && schema.type !== 'boolean') throw dataError(`Invalid schema type for BooleanConverter: ${schema.type.toUpperCase()}`)
    if (value === null || value === undefined) return null
    if (typeof value !== 'boolean') throw dataError(`BooleanConverter is not compatible with objects of type class ${javaClassOf(value, schema)}`)
    return Buffer.from([value ? 1 : 0])
  }
}

/** Java's `org.apache.kafka.connect.converters.BooleanConverter`. */
export const booleanConverter = defineConverter({
  summary: 'true and false as one byte, 01 and 00.',
  config: t.object({}),
  create: () => booleans,
  createHeader: () => valueAsHeader(booleans)
})
