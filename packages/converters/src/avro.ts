import { BySchema, ConnectError, dataError, defineConverter, t, validateValue } from '@tributary/plugin'
import type { Infer, Schema, SchemaAndValue } from '@tributary/plugin'
import { avroCodec } from './avro-codec.ts'
import { AvroReader } from './avro-reader.ts'
import { AvroWriter } from './avro-writer.ts'
import { avroMapping } from './avro-mapping.ts'
import type { AvroMapping } from './avro-mapping.ts'
import type { AvroJson, AvroObject } from './avro-names.ts'
import { avroSchemaOf } from './avro-schema.ts'
import { registryHttpOptions, registryKeys } from './registry-config.ts'
import { RegistryHttp } from './registry-http.ts'
import { schemaIdOf, wireHeaderLength, withSchemaId } from './registry-wire.ts'
import { SchemaRegistry } from './schema-registry.ts'
import type { RegisteredSchema } from './schema-registry.ts'
import { subjectNameStrategy } from './subject-name.ts'
import type { SubjectName } from './subject-name.ts'
import { WaitingCache } from './waiting-cache.ts'

const config = t.object({
  ...registryKeys,
  'connect.meta.data': t.boolean({ description: 'Whether names, versions and docs of Connect schemas are kept in Avro schemas.', default: true, importance: 'LOW' })
})

type Config = Infer<typeof config>

/** Confluent's `io.confluent.connect.avro.AvroConverter`: Avro with the id of its schema in a registry. */
export const avroConverter = defineConverter({
  summary: 'Avro with a schema registry, in Confluent\'s wire format.',
  config,
  create: (config, { isKey }) => new AvroConverter(config, isKey)
})

// Nothing waits between start and finish, so all converters share them.
const reader = new AvroReader()
const writer = new AvroWriter()

/** What is known of one schema of the registry. */
interface Known {
  readonly id: number
  readonly mapping: AvroMapping
  /** Bytes alone stand without their length, as Confluent's serializers write them. */
  readonly isBytes: boolean
}

/** A Connect schema on its way out. */
interface Outgoing {
  readonly text: string
  readonly record: string | null
  /** What the registry answered, by topic. */
  readonly byTopic: Map<string, Known>
}

class AvroConverter {
  readonly #isKey: boolean
  readonly #subjectName: SubjectName
  readonly #byId: WaitingCache<Known>
  /** By subject, a line feed and the text of the schema. */
  readonly #bySchema: WaitingCache<Known>
  readonly #outgoing: BySchema<Outgoing>
  #last: Known | null = null

  constructor (config: Config, isKey: boolean) {
    const key = isKey ? 'key.subject.name.strategy' : 'value.subject.name.strategy'
    const registry = new SchemaRegistry(new RegistryHttp(registryHttpOptions(config)), { normalizes: config['normalize.schemas'] })
    const metadata = config['connect.meta.data']
    this.#isKey = isKey
    this.#subjectName = subjectNameStrategy(config[key], key)
    this.#byId = new WaitingCache(config['schemas.cache.config'], async id => known(await registry.byId(Number(id)), metadata))
    this.#bySchema = new WaitingCache(config['schemas.cache.config'], async key => {
      const [subject, text] = splitOnce(key)
      if (config['use.schema.id'] >= 0) return known(await registry.byId(config['use.schema.id']), metadata)
      if (config['use.latest.version'] && !config['auto.register.schemas']) return known(await registry.latest(subject), metadata)
      const schema = { type: 'AVRO', text } as const
      const id = config['auto.register.schemas'] ? await registry.register(subject, schema) : await registry.lookup(subject, schema)
      return known({ id, ...schema, references: [] }, metadata)
    })
    this.#outgoing = new BySchema(schema => {
      const json = avroSchemaOf(schema, metadata)
      const record = schema.type !== 'struct' ? null : recordName(json)
      return { text: JSON.stringify(json), record, byTopic: new Map() }
    })
  }

  toConnect (topic: string, bytes: Uint8Array | null): SchemaAndValue {
    if (bytes === null) return { schema: null, value: null }
    const { mapping, isBytes } = this.#knownOf(schemaIdOf(bytes, topic, 'Avro'))
    try {
      if (isBytes) return { schema: mapping.schema, value: mapping.toConnect(Buffer.from(bytes.subarray(wireHeaderLength))) }
      reader.start(bytes, wireHeaderLength)
      const value = mapping.read(reader)
      reader.finish()
      return { schema: mapping.schema, value }
    } catch (error) {
      throw dataError(`Failed to deserialize data for topic ${topic} to Avro: `, error instanceof ConnectError ? { cause: error } : {})
    }
  }

  fromConnect (topic: string, schema: Schema | null, value: unknown): Uint8Array | null {
    const isNull = value === null || value === undefined
    if (isNull && (schema === null || schema.optional)) return null
    if (schema === null) throw dataError('AvroConverter needs values with a schema: add one, or use another converter.')
    const { id, mapping, isBytes } = this.#registered(topic, this.#outgoing.get(schema))
    try {
      const own = isNull ? schema.default : value
      if (isBytes) return withSchemaId(id, mapping.fromConnect(own) as Buffer)
      writer.start()
      writer.header(id)
      mapping.write(writer, own)
      return writer.finish()
    } catch (error) {
      if (error instanceof ConnectError) throw error
      validateValue(schema, value)
      throw dataError(`Failed to serialize Avro data from topic ${topic} : the value does not fit the schema of id ${id}.`)
    }
  }

  #knownOf (id: number): Known {
    // Nearly all records of a topic have one schema.
    if (this.#last?.id !== id) this.#last = this.#byId.get(String(id))
    return this.#last
  }

  #registered (topic: string, { text, record, byTopic }: Outgoing): Known {
    let found = byTopic.get(topic)
    if (found === undefined) {
      found = this.#bySchema.get(`${this.#subjectName(topic, this.#isKey, record)}\n${text}`)
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

function known ({ id, type, text, references }: RegisteredSchema, metadata: boolean): Known {
  if (type !== 'AVRO') throw dataError(`Schema ${id} is of type ${type}, not Avro: use the converter of that type.`)
  const others = references.map(reference => JSON.parse(reference) as AvroJson)
  // A schema may stand bare, such as string, which is no JSON.
  const json = (/^\s*[[{"]/.test(text) ? JSON.parse(text) : text.trim()) as AvroJson
  try {
    const mapping = avroMapping(json, metadata, others)
    // Refuses what is no Avro schema.
    avroCodec(json, others)
    return { id, mapping, isBytes: json === 'bytes' || (json as AvroObject).type === 'bytes' }
  } catch (cause) {
    throw cause instanceof ConnectError ? cause : dataError(`Schema ${id} is no Avro schema.`, { cause })
  }
}
