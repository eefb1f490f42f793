import type { Converter, HeaderConverter } from '@tributary/plugin'

/** A header converter that treats header values as record values, as most of Java's converters do. */
export function valueAsHeader (converter: Pick<Converter, 'toConnect' | 'fromConnect'>): HeaderConverter {
  return {
    toConnect: (topic, _key, bytes) => converter.toConnect(topic, bytes, []),
    fromConnect: (topic, _key, schema, value) => converter.fromConnect(topic, schema, value)
  }
}
