import { dataError } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'
import { parseExactly, parseJson } from '../json/json-parse.ts'
import type { JsonNode } from '../json/json-parse.ts'
import { holdsDecimals } from '../json/json-reader.ts'
import type { JsonSchemaDialect } from './json-schema-dialect.ts'
import { connectSchemaOf } from './json-schema-mapping.ts'
import { loadJsonSchema } from './json-schema-node.ts'
import { jsonSchemaOf } from './json-schema-of.ts'
import { compileJsonSchemaReader } from './json-schema-reader.ts'
import { compileJsonSchemaWriter } from './json-schema-writer.ts'
import { javaEscapes, jsonText } from '../json/json-text.ts'
import type { Codec, Description, RegistryFormat, VersionOf, WriteData } from '../registry/registry-converter.ts'
import type { RegisteredSchema, SchemaStore } from '../registry/schema-store.ts'

/** JSON with a JSON Schema, as JsonSchemaData of Confluent maps it. */
export class JsonSchemaFormat implements RegistryFormat {
  readonly kind = 'JSON'
  readonly title = 'JSON'
  readonly writesAsRegistered = false
  readonly #dialect: JsonSchemaDialect

  constructor (dialect: JsonSchemaDialect) { this.#dialect = dialect }

  describe (schema: Schema | null): Description {
    if (schema === null) throw dataError('A value without a schema has no JSON Schema to register. Use org.apache.kafka.connect.json.JsonConverter with schemas.enable=false, or a source that gives schemas.')
    const isBare = !schema.optional && schema.type === 'struct'
    const write = compileJsonSchemaWriter(schema, this.#dialect)
    const writer: WriteData = (header, value) => behind(header, write(value))
    return {
      text: javaEscapes(jsonSchemaOf(schema, this.#dialect)),
      record: isBare ? schema.name : null,
      writer: () => writer
    }
  }

  codec ({ text, references }: RegisteredSchema, _store: SchemaStore, versionOf: VersionOf): Codec {
    const json = loadJsonSchema(text, references)
    const schema = connectSchemaOf(json, this.#dialect, versionOf(json.title))
    const read = compileJsonSchemaReader(schema)
    const parse = holdsDecimals(schema) ? (bytes: Uint8Array): JsonNode => parseExactly(jsonText(bytes), true) : parseJson
    return { read: (bytes, at) => ({ schema, value: read(parse(bytes.subarray(at))) }), write: null }
  }

  isTombstone (schema: Schema | null): boolean {
    return schema === null || (!schema.optional && (schema.default == null || this.#dialect.ignoresDefaults))
  }
}

function behind (header: Buffer | null, text: string): Buffer {
  if (header === null) return Buffer.from(text)
  const bytes = Buffer.allocUnsafe(header.length + Buffer.byteLength(text))
  header.copy(bytes)
  bytes.write(text, header.length)
  return bytes
}
