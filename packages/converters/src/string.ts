import { ConnectError, defineConverter, javaText, schema, t } from '@tributary/plugin'
import type { Converter, Infer } from '@tributary/plugin'
import { charsetNames, javaCharset } from './java-charset.ts'
import { valueAsHeader } from './value-as-header.ts'

const config = t.object({
  'converter.encoding': t.string({
    description: `Character set of the text: ${charsetNames.join(', ')}.`,
    default: 'UTF-8',
    importance: 'HIGH'
  })
})

const optionalString = schema.of('string', { optional: true })

/** Java's `org.apache.kafka.connect.storage.StringConverter`: text of any value, as Java's `toString` makes it. */
export const stringConverter = defineConverter({
  summary: 'Text. Other values are written in their text form.',
  config,
  create: config => strings(config),
  createHeader: config => valueAsHeader(strings(config))
})

function strings ({ 'converter.encoding': name }: Infer<typeof config>): Converter {
  const charset = javaCharset(name)
  if (charset === null) {
    const cause = Object.assign(new Error(`Use one of ${charsetNames.join(', ')}.`), { javaClass: 'java.nio.charset.UnsupportedCharsetException' })
    throw new ConnectError('ENCODING', 'config', `Unsupported encoding ${name}`, { cause, javaClass: 'org.apache.kafka.common.errors.SerializationException' })
  }
  return {
    toConnect: (_topic, bytes) => ({ schema: optionalString, value: bytes === null ? null : charset.decode(bytes) }),
    fromConnect: (_topic, schema, value) => value === null || value === undefined ? null : charset.encode(typeof value === 'string' ? value : javaText(value, schema))
  }
}
