import { BySchema, dataError, defineConverter, t } from '@tributary/plugin'
import type { Infer, Schema, SchemaAndValue } from '@tributary/plugin'
import { schemaOfNode, schemaText } from './json-envelope.ts'
import { EnvelopeReader } from './json-envelope-reader.ts'
import { parseExactly, parseJson } from './json-parse.ts'
import { compileReader, holdsDecimals } from './json-reader.ts'
import { jsonText } from './json-text.ts'
import { compileWriter, writeSchemaless } from './json-writer.ts'
import type { Writer } from './json-writer.ts'
import { valueAsHeader } from '../value-as-header.ts'

const config = t.object({
  'schemas.enable': t.boolean({
    description: 'Whether each text is an envelope {"schema":...,"payload":...}. Without, the whole text is the value and there is no schema.',
    default: true,
    importance: 'HIGH'
  }),
  'schemas.cache.size': t.int({ description: 'How many schemas of envelopes are remembered.', default: 1000, importance: 'HIGH' }),
  'schema.content': t.string({
    description: 'A schema in the form of an envelope\'s, for all texts read: then each text is a payload alone. Needs schemas.enable=true.',
    default: null,
    importance: 'HIGH'
  }),
  'decimal.format': t.enum(['BASE64', 'NUMERIC'], {
    description: 'How decimals are written: base64 of their bytes, or numbers. Both are read.',
    default: 'BASE64',
    importance: 'LOW',
    ignoreCase: true
  }),
  'replace.null.with.default': t.boolean({
    description: 'Whether a field that is null and has a default value gets it.',
    default: true,
    importance: 'LOW'
  }),
  'big.integers': t.enum(['keep', 'wrap'], {
    description: 'Integers without a schema that have more than 64 bits: keep them exactly, or wrap them around as Java does.',
    default: 'keep',
    importance: 'LOW'
  })
})

type Config = Infer<typeof config>

const nothing: SchemaAndValue = { schema: null, value: null }

/** Java's `org.apache.kafka.connect.json.JsonConverter`; numbers keep all their digits. */
export const jsonConverter = defineConverter({
  summary: 'JSON, with or without a schema beside each value.',
  config,
  create: config => new JsonConverter(config),
  createHeader: config => valueAsHeader(new JsonConverter(config))
})

class JsonConverter {
  readonly #hasEnvelope: boolean
  readonly #wraps: boolean
  readonly #envelopes: EnvelopeReader
  readonly #writers: BySchema<{ start: string, write: Writer, end: string }>
  /** Reads all texts with `schema.content`. */
  readonly #contentReader: ((bytes: Uint8Array) => SchemaAndValue) | null

  constructor (config: Config) {
    const replaceNull = config['replace.null.with.default']
    const options = { decimals: config['decimal.format'], replaceNull }
    this.#hasEnvelope = config['schemas.enable']
    this.#wraps = config['big.integers'] === 'wrap'
    this.#envelopes = new EnvelopeReader({ replaceNull, cacheSize: config['schemas.cache.size'] })
    this.#writers = new BySchema(schema => ({
      start: this.#hasEnvelope ? `{"schema":${schemaText(schema, options)},"payload":` : '',
      write: compileWriter(schema, options),
      end: this.#hasEnvelope ? '}' : ''
    }))
    const content = config['schema.content'] ?? ''
    this.#contentReader = content === '' || !this.#hasEnvelope ? null : contentReader(schemaOfNode(parseExactly(content, true), replaceNull), replaceNull)
  }

  toConnect (_topic: string, bytes: Uint8Array | null): SchemaAndValue {
    if (bytes === null) return nothing
    if (this.#contentReader !== null) return this.#contentReader(bytes)
    if (this.#hasEnvelope) return this.#finished(this.#envelopes.read(bytes))
    return this.#finished({ schema: null, value: parseJson(bytes) ?? null })
  }

  fromConnect (_topic: string, schema: Schema | null, value: unknown): Uint8Array | null {
    try {
      if (schema !== null) {
        const { start, write, end } = this.#writers.get(schema)
        return Buffer.from(start + write(value) + end)
      }
      if (value === null || value === undefined) return null
      const text = writeSchemaless(value, this.#wraps)
      return Buffer.from(this.#hasEnvelope ? `{"schema":null,"payload":${text}}` : text)
    } catch (error) {
      if (error instanceof RangeError) throw dataError('A value is nested too deep, or holds itself, and cannot be written as JSON.', { cause: error })
      throw error
    }
  }

  #finished (read: SchemaAndValue): SchemaAndValue {
    return this.#wraps && read.schema === null ? { schema: null, value: wrapped(read.value) } : read
  }
}

function contentReader (schema: Schema | null, replaceNull: boolean): ((bytes: Uint8Array) => SchemaAndValue) | null {
  if (schema === null) return null
  const read = compileReader(schema, replaceNull)
  const parse = holdsDecimals(schema) ? (bytes: Uint8Array) => parseExactly(jsonText(bytes), true) : parseJson
  return bytes => ({ schema, value: read(parse(bytes)) })
}

/** The value with integers cut to 64 bits, as Jackson's `longValue` does. */
function wrapped (value: unknown): unknown {
  if (typeof value === 'bigint') {
    const cut = BigInt.asIntN(64, value)
    return Number.isSafeInteger(Number(cut)) ? Number(cut) : cut
  }
  if (Array.isArray(value)) return value.map(wrapped)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, wrapped(item)]))
}
