import { byteArrayConverter, jsonConverter, stringConverter } from '@tributary/converters'
import { configOf } from '@tributary/plugin'
import type { ConverterDefinition, RawConfig } from '@tributary/plugin'
import { readSchema, readValue, writeError, writeSchema, writeValue } from './value.ts'
import type { Kinds, OracleCase } from './main.ts'

interface ConverterCase extends OracleCase {
  converter: string
  config?: RawConfig
  isKey?: boolean
  text?: string | null
  bytes?: string | null
  schema?: unknown
  value?: unknown
}

const converters: Readonly<Record<string, ConverterDefinition<any>>> = {
  'org.apache.kafka.connect.storage.StringConverter': stringConverter,
  'org.apache.kafka.connect.converters.ByteArrayConverter': byteArrayConverter,
  'org.apache.kafka.connect.json.JsonConverter': jsonConverter
}

function configured ({ converter, config = {}, isKey = false }: ConverterCase) {
  const definition = converters[converter]
  if (definition === undefined) throw new Error(`Unknown converter ${converter}`)
  // Java wraps integers past 64 bits around; keeping them is ours alone.
  const raw = { 'big.integers': 'wrap', ...config }
  return definition.create!(configOf(definition.config, raw), { isKey, raw })
}

function bytesOf ({ text, bytes }: ConverterCase): Uint8Array | null {
  if (typeof bytes === 'string') return Buffer.from(bytes, 'base64')
  return typeof text === 'string' ? Buffer.from(text) : null
}

/** Cases of the converters and of the data model. */
export const kinds: Kinds = {
  toConnectData (given) {
    const one = given as ConverterCase
    let converter
    try { converter = configured(one) } catch (error) { return writeError('configure', error) }
    try {
      const { schema, value } = converter.toConnect('topic', bytesOf(one), [])
      return { schema: writeSchema(schema), value: writeValue(value, schema) }
    } catch (error) { return writeError('convert', error) }
  },
  fromConnectData (given) {
    const one = given as ConverterCase
    let converter
    try { converter = configured(one) } catch (error) { return writeError('configure', error) }
    try {
      const schema = readSchema(one.schema)
      const bytes = converter.fromConnect('topic', schema, readValue(one.value, schema))
      return { bytes: bytes === null ? null : Buffer.from(bytes).toString('base64') }
    } catch (error) { return writeError('convert', error) }
  }
}
