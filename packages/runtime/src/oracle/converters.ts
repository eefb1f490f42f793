import {
  booleanConverter, byteArrayConverter, doubleConverter, floatConverter, integerConverter, jsonConverter, longConverter, shortConverter,
  simpleHeaderConverter, stringConverter
} from '@tributary/converters'
import { checkSchema, convertValue, parseValue, project, schema as make, validateValue } from '@tributary/plugin'
import type { ConversionTarget, ConverterDefinition, RawConfig, Schema, SchemaAndValue } from '@tributary/plugin'
import { configured } from './configured.ts'
import { readSchema, readValue, writeError, writeSchema, writeValue } from './value.ts'
import type { Kinds, OracleCase } from './cases.ts'

interface ConverterCase extends OracleCase {
  readonly converter: string
  readonly config?: RawConfig
  readonly isKey?: boolean
  readonly text?: string | null
  readonly bytes?: string | null
  readonly schema?: unknown
  readonly value?: unknown
}

interface ValueCase extends OracleCase {
  readonly text?: string | null
  readonly to?: ConversionTarget
  readonly scale?: number
  readonly field?: string
  readonly schema?: unknown
  readonly target?: unknown
  readonly value?: unknown
}

const converters: Readonly<Record<string, ConverterDefinition>> = {
  'org.apache.kafka.connect.storage.StringConverter': stringConverter as unknown as ConverterDefinition,
  'org.apache.kafka.connect.storage.SimpleHeaderConverter': simpleHeaderConverter,
  'org.apache.kafka.connect.converters.ByteArrayConverter': byteArrayConverter,
  'org.apache.kafka.connect.converters.BooleanConverter': booleanConverter,
  'org.apache.kafka.connect.converters.ShortConverter': shortConverter,
  'org.apache.kafka.connect.converters.IntegerConverter': integerConverter,
  'org.apache.kafka.connect.converters.LongConverter': longConverter,
  'org.apache.kafka.connect.converters.FloatConverter': floatConverter,
  'org.apache.kafka.connect.converters.DoubleConverter': doubleConverter,
  'org.apache.kafka.connect.json.JsonConverter': jsonConverter as unknown as ConverterDefinition
}

/** The definition and parsed configuration of a case. Throws what configuring throws. */
function configuredConverter ({ converter, config = {} }: ConverterCase) {
  const definition = converters[converter]
  if (definition === undefined) throw new Error(`Unknown converter ${converter}`)
  // Java wraps integers past 64 bits around; keeping them is ours alone.
  const raw = { 'big.integers': 'wrap', ...config }
  return { definition, raw, config: configured(definition.config, raw) }
}

function converterOf (given: ConverterCase) {
  const { definition, raw, config } = configuredConverter(given)
  return definition.create!(config, { isKey: given.isKey ?? false, raw })
}

function headerConverterOf (given: ConverterCase) {
  const { definition, raw, config } = configuredConverter(given)
  return definition.createHeader!(config, { raw })
}

/** Runs the phases of a case one after the other; the answer of the first that fails is its error. */
function phases<T> (phase: string, first: () => T, next: string, then: (made: T) => unknown): unknown {
  let made: T
  try {
    made = first()
  } catch (error) {
    return writeError(phase, error)
  }
  try {
    return then(made)
  } catch (error) {
    return writeError(next, error)
  }
}

function bytesOf ({ text, bytes }: ConverterCase): Uint8Array | null {
  if (typeof bytes === 'string') return Buffer.from(bytes, 'base64')
  return typeof text === 'string' ? Buffer.from(text) : null
}

function writePair ({ schema, value }: SchemaAndValue): unknown {
  return { schema: writeSchema(schema), value: writeValue(value, schema) }
}

function writeBytes (bytes: Uint8Array | null): unknown {
  return { bytes: bytes === null ? null : Buffer.from(bytes).toString('base64') }
}

function checkedSchema (tagged: unknown): Schema | null {
  const schema = readSchema(tagged)
  if (schema !== null) checkSchema(schema)
  return schema
}

/** A value whose list, map or struct keeps the schema it had. */
function converted (given: ValueCase): unknown {
  const schema = readSchema(given.schema)
  const { schema: to, value } = convertValue(given.to!, schema, readValue(given.value, schema), given.scale ?? 0)
  return { value: writeValue(value, to) }
}

/** Cases of the converters and of the data model. */
export const kinds: Kinds = {
  toConnectData: given => phases('configure', () => converterOf(given as ConverterCase), 'convert',
    converter => writePair(converter.toConnect('topic', bytesOf(given as ConverterCase), []))),
  fromConnectData: given => phases('configure', () => converterOf(given as ConverterCase), 'convert', converter => {
    const schema = readSchema(given['schema'])
    return writeBytes(converter.fromConnect('topic', schema, readValue(given['value'], schema)))
  }),
  toConnectHeader: given => phases('configure', () => headerConverterOf(given as ConverterCase), 'convert',
    converter => writePair(converter.toConnect('topic', 'header', bytesOf(given as ConverterCase)))),
  fromConnectHeader: given => phases('configure', () => headerConverterOf(given as ConverterCase), 'convert', converter => {
    const schema = readSchema(given['schema'])
    return writeBytes(converter.fromConnect('topic', 'header', schema, readValue(given['value'], schema)))
  }),
  'values.parse': given => phases('parse', () => given['text'], 'parse',
    text => writePair(typeof text === 'string' ? parseValue(text) : { schema: null, value: null })),
  'values.convert': given => phases('convert', () => given as ValueCase, 'convert', converted),
  project: given => phases('schema', () => [checkedSchema(given['schema'])!, checkedSchema(given['target'])!] as const, 'project',
    ([source, target]) => ({ value: writeValue(project(source, readValue(given['value'], source), target), target) })),
  validateValue: given => phases('schema', () => checkedSchema(given['schema']) ?? make.of('string'), 'validate', schema => {
    validateValue(schema, readValue(given['value'], schema), (given as ValueCase).field ?? null)
    return { valid: true }
  })
}
