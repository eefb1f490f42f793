import type { Schema } from '@tributary/plugin'
import { anythingMapping, anythingSchema } from './avro-anything.ts'
import { avroCodec } from './avro-codec.ts'
import type { AvroFlavor } from './avro-flavor.ts'
import { avroMapping } from './avro-mapping.ts'
import type { AvroMapping } from './avro-values.ts'
import type { AvroJson, AvroObject } from './avro-names.ts'
import { AvroReader } from './avro-reader.ts'
import { avroSchemaOf } from './avro-schema.ts'
import { AvroWriter } from './avro-writer.ts'
import { javaEscapes } from '../json/json-text.ts'
import type { Codec, Description, RegistryFormat, VersionOf } from '../registry/registry-converter.ts'
import type { RegisteredSchema, SchemaStore } from '../registry/schema-store.ts'

// Nothing waits between start and finish, so all converters share them.
const reader = new AvroReader()
const writer = new AvroWriter()

/** Avro, as AvroData of Confluent and AWS maps it. */
export class AvroFormat implements RegistryFormat {
  readonly kind = 'AVRO'
  readonly title = 'Avro'
  readonly #flavor: AvroFlavor

  constructor (flavor: AvroFlavor) { this.#flavor = flavor }

  readonly writesAsRegistered = true

  describe (schema: Schema | null): Description {
    if (schema === null) return { text: JSON.stringify(anythingSchema(this.#flavor)), record: this.#flavor.names.anything, writer: null }
    const json = avroSchemaOf(schema, this.#flavor)
    return { text: javaEscapes(JSON.stringify(json)), record: schema.type === 'struct' ? recordName(json) : null, writer: null }
  }

  codec ({ text, references }: RegisteredSchema, { hasBareBytes }: SchemaStore, versionOf: VersionOf): Codec {
    const json = exactSchema(text)
    const record = recordNameOf(json)
    if (record === this.#flavor.names.anything) return codecOf(anythingMapping, null)
    const mapping = avroMapping(json, this.#flavor, references.map(reference => exactSchema(reference.text)), versionOf(record))
    // Refuses what is no Avro schema.
    avroCodec(plainSchema(text), references.map(reference => plainSchema(reference.text)))
    const isBytes = json === 'bytes' || (json as AvroObject).type === 'bytes'
    return hasBareBytes && isBytes ? bareBytes(mapping) : codecOf(mapping, mapping.schema)
  }

  isTombstone (schema: Schema | null): boolean { return schema === null || schema.optional }
}

function codecOf (mapping: Pick<AvroMapping, 'read' | 'write'>, schema: Schema | null): Codec {
  return {
    read (bytes, at) {
      reader.start(bytes, at)
      const value = mapping.read(reader)
      reader.finish()
      return { schema, value }
    },
    write (header, value) {
      writer.start()
      if (header !== null) writer.fixed(header, header.length)
      mapping.write(writer, value)
      return writer.finish()
    }
  }
}

/** Bytes alone stand without their length, as Confluent's serializers write them. */
function bareBytes ({ schema, toConnect, fromConnect }: AvroMapping): Codec {
  return {
    read: (bytes, at) => ({ schema, value: toConnect(Buffer.from(bytes.subarray(at))) }),
    write: (header, value) => Buffer.concat([header ?? Buffer.alloc(0), fromConnect(value) as Buffer])
  }
}

function recordName (json: unknown): string {
  const record = (Array.isArray(json) ? json.find(branch => branch !== 'null') : json) as AvroObject
  return record.namespace === undefined ? record.name! : `${record.namespace}.${record.name}`
}

function recordNameOf (json: AvroJson): string | null {
  return typeof json === 'object' && 'fields' in json ? recordName(json) : null
}

/** A schema may stand bare, such as string, which is no JSON. Without defaults: Java takes more of them than avsc does, and ignores others. */
function plainSchema (text: string): AvroJson {
  return /^\s*[[{"]/.test(text) ? JSON.parse(text, withoutDefaults) as AvroJson : text.trim()
}

function withoutDefaults (_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('default' in value) || !('type' in value)) return value
  const { default: _default, ...rest } = value
  return rest
}

/** The same, whose defaults keep all digits: integers past 2^53 are bigints. */
function exactSchema (text: string): AvroJson {
  return /^\s*[[{"]/.test(text) ? JSON.parse(text, exactInteger as Parameters<typeof JSON.parse>[1]) as AvroJson : text.trim()
}

function exactInteger (_key: string, value: unknown, { source }: { source?: string }): unknown {
  return typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value
}
