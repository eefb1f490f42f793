import { defineConverter, parseValue, schema as make, t, valueText } from '@tributary/plugin'
import type { HeaderConverter } from '@tributary/plugin'
import { utf8 } from './java-charset.ts'
import { bufferOf } from './json/json-text.ts'

const bytesSchema = make.of('bytes')

const simpleHeaders: HeaderConverter = {
  toConnect (_topic, _key, bytes) {
    if (bytes === null) return { schema: null, value: null }
    try {
      return parseValue(bufferOf(bytes).toString('utf8'))
    } catch {
      // As in Java: a header that cannot be understood is no reason to lose its record.
      return { schema: bytesSchema, value: bytes }
    }
  },
  fromConnect: (_topic, _key, schema, value) => value === null || value === undefined ? null : utf8.encode(valueText(value, schema))
}

/** Java's `org.apache.kafka.connect.storage.SimpleHeaderConverter`. */
export const simpleHeaderConverter = defineConverter({
  summary: 'Headers as text; the schema is guessed from the text when they are read.',
  config: t.object({}),
  createHeader: () => simpleHeaders
})
