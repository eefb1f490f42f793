import { ConnectError, defineConverter, javaText, schema, t } from '@tributary/plugin'
import type { Converter, Infer } from '@tributary/plugin'
import { charsetNames, javaCharset } from './java-charset.ts'
import type { Charset } from './java-charset.ts'
import { valueAsHeader } from './value-as-header.ts'

/** Kafka's own serializers, which Java's converter uses, let these go before. */
const serializerKeys = {
  'key.serializer.encoding': t.string({ description: 'Another character set to write keys in.', default: null, importance: 'LOW' }),
  'key.deserializer.encoding': t.string({ description: 'Another character set to read keys in.', default: null, importance: 'LOW' }),
  'value.serializer.encoding': t.string({ description: 'Another character set to write values in.', default: null, importance: 'LOW' }),
  'value.deserializer.encoding': t.string({ description: 'Another character set to read values in.', default: null, importance: 'LOW' })
} as const

const keys = t.object({
  'converter.encoding': t.string({
    description: `Character set of the text: ${charsetNames.join(', ')}.`,
    default: 'UTF-8',
    importance: 'HIGH'
  }),
  ...serializerKeys
})

const optionalString = schema.of('string', { optional: true })

/** Java's `org.apache.kafka.connect.storage.StringConverter`: text of any value, as Java's `toString` makes it. */
export const stringConverter = defineConverter({
  summary: 'Text. Other values are written in their text form.',
  config: keys,
  create: (config, { isKey }) => strings(config, isKey ? 'key' : 'value'),
  createHeader: config => valueAsHeader(strings(config, 'value'))
})

function charsetOf (name: string): Charset {
  const charset = javaCharset(name)
  if (charset !== null) return charset
  const cause = Object.assign(new Error(`Use one of ${charsetNames.join(', ')}.`), { javaClass: 'java.nio.charset.UnsupportedCharsetException' })
  throw new ConnectError('ENCODING', 'config', `Unsupported encoding ${name}`, { cause, javaClass: 'org.apache.kafka.common.errors.SerializationException' })
}

function strings (config: Infer<typeof keys>, part: 'key' | 'value'): Converter {
  const name = config['converter.encoding']
  const [writing, reading] = [charsetOf(config[`${part}.serializer.encoding`] ?? name), charsetOf(config[`${part}.deserializer.encoding`] ?? name)]
  return {
    toConnect: (_topic, bytes) => ({ schema: optionalString, value: bytes === null ? null : reading.decode(bytes) }),
    fromConnect: (_topic, schema, value) => value === null || value === undefined ? null : writing.encode(typeof value === 'string' ? value : javaText(value, schema))
  }
}
