import { BySchema, ConnectError, dataError, validateValue } from '@tributary/plugin'
import type { Converter, Schema, SchemaAndValue } from '@tributary/plugin'
import { anythingMapping, anythingSchema } from './avro-anything.ts'
import { avroCodec } from './avro-codec.ts'
import type { AvroFlavor } from './avro-flavor.ts'
import { avroMapping } from './avro-mapping.ts'
import type { AvroMapping } from './avro-mapping.ts'
import type { AvroJson, AvroObject } from './avro-names.ts'
import { AvroReader } from './avro-reader.ts'
import { avroSchemaOf } from './avro-schema.ts'
import type { AvroSchemas, RegisteredSchema } from './avro-schemas.ts'
import { AvroWriter } from './avro-writer.ts'
import { WaitingCache } from './waiting-cache.ts'

export interface AvroOptions {
  readonly isKey: boolean
  readonly flavor: AvroFlavor
  /** How many schemas are remembered, of those read and of those written. */
  readonly cacheSize: number
  /** Values are written with its schemas, and read where no other knows the bytes. */
  readonly schemas: AvroSchemas
  /** Another registry, for bytes of its kind: those written before a move from one to the other. */
  readonly secondary: AvroSchemas | null
}

// Nothing waits between start and finish, so all converters share them.
const reader = new AvroReader()
const writer = new AvroWriter()

/** What is known of one schema of a registry. */
interface Known {
  readonly schemas: AvroSchemas
  readonly id: string
  readonly header: Buffer
  readonly mapping: Pick<AvroMapping, 'read' | 'write'>
  /** Null: values without a schema. */
  readonly schema: Schema | null
  /** How bytes turn into a value where they stand without their length, as Confluent's serializers write them; null where they do not. */
  readonly bareBytes: Pick<AvroMapping, 'toConnect' | 'fromConnect'> | null
}

/** A Connect schema on its way out. */
interface Outgoing {
  readonly text: string
  /** Full name of the record; null: something else. */
  readonly record: string | null
  /** What the registry answered, by topic. */
  readonly byTopic: Map<string, Known>
}

/** Avro whose schemas are in a registry. */
export class AvroConverter implements Converter {
  readonly #options: AvroOptions
  readonly #byId: ReadonlyMap<AvroSchemas, WaitingCache<Known>>
  /** By subject, a line feed and the text of the schema. */
  readonly #bySchema: WaitingCache<Known>
  readonly #outgoing: BySchema<Outgoing>
  readonly #schemaless: Outgoing
  #last: Known | null = null

  constructor (options: AvroOptions) {
    const { flavor, schemas, secondary, cacheSize } = options
    this.#options = options
    this.#byId = new Map((secondary === null ? [schemas] : [schemas, secondary]).map(one => [one, new WaitingCache(cacheSize, async id => known(await one.byId(id), one, flavor))]))
    this.#bySchema = new WaitingCache(cacheSize, async key => {
      const [subject, text] = splitOnce(key)
      return known(await schemas.toWrite(subject, text), schemas, flavor)
    })
    this.#outgoing = new BySchema(schema => {
      const json = avroSchemaOf(schema, flavor)
      return { text: JSON.stringify(json), record: schema.type === 'struct' ? recordName(json) : null, byTopic: new Map() }
    })
    this.#schemaless = { text: JSON.stringify(anythingSchema(flavor)), record: flavor.names.anything, byTopic: new Map() }
  }

  toConnect (topic: string, bytes: Uint8Array | null): SchemaAndValue {
    if (bytes === null) return { schema: null, value: null }
    const { schemas, schema, mapping, bareBytes } = this.#knownOf(bytes, topic)
    try {
      const data = schemas.unpack?.(bytes) ?? bytes
      const at = data === bytes ? schemas.headerLength : 0
      if (bareBytes !== null) return { schema, value: bareBytes.toConnect(Buffer.from(data.subarray(at))) }
      reader.start(data, at)
      const value = mapping.read(reader)
      reader.finish()
      return { schema, value }
    } catch (error) {
      throw dataError(schemas.unreadable(topic), error instanceof ConnectError ? { cause: error } : {})
    }
  }

  fromConnect (topic: string, schema: Schema | null, value: unknown): Uint8Array | null {
    const isNull = value === null || value === undefined
    if (isNull && (schema === null || schema.optional)) return null
    const { schemas, id, header, mapping, bareBytes } = this.#registered(topic, schema === null ? this.#schemaless : this.#outgoing.get(schema))
    try {
      const own = isNull ? schema!.default : value
      if (bareBytes !== null) return Buffer.concat([header, bareBytes.fromConnect(own) as Buffer])
      writer.start()
      if (schemas.pack === null) writer.fixed(header, header.length)
      mapping.write(writer, own)
      const bytes = writer.finish()
      return schemas.pack === null ? bytes : schemas.pack(header, bytes)
    } catch (error) {
      if (error instanceof ConnectError) throw error
      if (schema !== null) validateValue(schema, value)
      throw dataError(`Failed to serialize Avro data from topic ${topic} : the value does not fit the schema of id ${id}.`)
    }
  }

  #knownOf (bytes: Uint8Array, topic: string): Known {
    // Nearly all records of a topic have one schema.
    if (this.#last === null || !this.#last.schemas.hasHeader(bytes, this.#last.header)) {
      const { schemas, secondary } = this.#options
      const own = secondary !== null && bytes[0] === secondary.magic ? secondary : schemas
      this.#last = this.#byId.get(own)!.get(own.idOf(bytes, topic))
    }
    return this.#last
  }

  #registered (topic: string, { text, record, byTopic }: Outgoing): Known {
    let found = byTopic.get(topic)
    if (found === undefined) {
      found = this.#bySchema.get(`${this.#options.schemas.subject(topic, this.#options.isKey, record)}\n${text}`)
      byTopic.set(topic, found)
    }
    return found
  }
}

function splitOnce (key: string): [string, string] {
  const at = key.indexOf('\n')
  return [key.slice(0, at), key.slice(at + 1)]
}

function recordName (json: unknown): string {
  const record = (Array.isArray(json) ? json.find(branch => branch !== 'null') : json) as AvroObject
  return record.namespace === undefined ? record.name! : `${record.namespace}.${record.name}`
}

function known ({ id, type, text, references }: RegisteredSchema, schemas: AvroSchemas, flavor: AvroFlavor): Known {
  if (type !== 'AVRO') throw dataError(`Schema ${id} is of type ${type}, not Avro: use the converter of that type.`)
  try {
    const json = exactSchema(text)
    const shared = { id, schemas, header: schemas.header(id) }
    if (recordNameOf(json) === flavor.names.anything) return { ...shared, mapping: anythingMapping, schema: null, bareBytes: null }
    const mapping = avroMapping(json, flavor, references.map(exactSchema))
    // Refuses what is no Avro schema.
    avroCodec(plainSchema(text), references.map(plainSchema))
    const isBytes = json === 'bytes' || (json as AvroObject).type === 'bytes'
    return { ...shared, mapping, schema: mapping.schema, bareBytes: schemas.hasBareBytes && isBytes ? mapping : null }
  } catch (cause) {
    throw cause instanceof ConnectError ? cause : dataError(`Schema ${id} is no Avro schema.`, { cause })
  }
}

function recordNameOf (json: AvroJson): string | null {
  return typeof json === 'object' && 'fields' in json ? recordName(json) : null
}

/** A schema may stand bare, such as string, which is no JSON. */
function plainSchema (text: string): AvroJson {
  return /^\s*[[{"]/.test(text) ? JSON.parse(text) as AvroJson : text.trim()
}

/** The same, whose defaults keep all digits: integers past 2^53 are bigints. */
function exactSchema (text: string): AvroJson {
  return /^\s*[[{"]/.test(text) ? JSON.parse(text, exactInteger as Parameters<typeof JSON.parse>[1]) as AvroJson : text.trim()
}

function exactInteger (_key: string, value: unknown, { source }: { source?: string }): unknown {
  return typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value
}
