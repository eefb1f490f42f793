import { dataError } from '@tributary/plugin'
import { bufferOf } from '../json/json-text.ts'
import { registryHttpOptions } from './registry-config.ts'
import type { RegistryConfig } from './registry-config.ts'
import { RegistryHttp } from './registry-http.ts'
import { SchemaRegistry } from './schema-registry.ts'
import type { RegisteredSchema, SchemaKind, SchemaStore } from './schema-store.ts'
import { subjectNameStrategy } from './subject-name.ts'
import type { SubjectName } from './subject-name.ts'

/** What Java says of data that cannot be read. */
const unreadable = {
  AVRO: (topic: string) => `Failed to deserialize data for topic ${topic} to Avro: `,
  JSON: (topic: string) => `Converting byte[] to Kafka Connect data failed due to serialization error of topic ${topic}: `,
  PROTOBUF: (topic: string) => `Failed to deserialize data for topic ${topic} to Protobuf: `
} as const

/** Confluent's schema registry. Bytes are 00, the schema's id in 4 bytes (big-endian), data. */
export class ConfluentSchemas implements SchemaStore {
  readonly magic = 0
  readonly headerLength = 5
  readonly hasBareBytes = true
  readonly unpack = null
  readonly pack = null
  readonly unreadable: (topic: string) => string
  readonly #kind: SchemaKind
  readonly #config: RegistryConfig
  readonly #registry: SchemaRegistry
  readonly #subjectName: SubjectName

  /** Throws config errors. */
  constructor (config: RegistryConfig, { isKey, kind }: { isKey: boolean, kind: SchemaKind }) {
    const key = isKey ? 'key.subject.name.strategy' : 'value.subject.name.strategy'
    this.#config = config
    this.#kind = kind
    this.unreadable = unreadable[kind]
    this.#subjectName = subjectNameStrategy(config[key], key)
    this.#registry = new SchemaRegistry(new RegistryHttp(registryHttpOptions(config)), { normalizes: config['normalize.schemas'] })
  }

  header (id: string): Buffer {
    const header = Buffer.alloc(this.headerLength)
    header.writeInt32BE(Number(id), 1)
    return header
  }

  hasHeader (bytes: Uint8Array, header: Buffer): boolean {
    return bytes.length >= 5 && bytes[4] === header[4] && bytes[3] === header[3] && bytes[2] === header[2] && bytes[1] === header[1] && bytes[0] === 0
  }

  idOf (bytes: Uint8Array, topic: string): string {
    if (bytes.length >= this.headerLength && bytes[0] === this.magic) return String(bufferOf(bytes).readInt32BE(1))
    const cause = Object.assign(new Error('Unknown magic byte!'), { javaClass: 'org.apache.kafka.common.errors.SerializationException' })
    throw dataError(this.unreadable(topic), { cause })
  }

  subject (topic: string, isKey: boolean, record: string | null): string { return this.#subjectName(topic, isKey, record) }

  async byId (id: string): Promise<RegisteredSchema> { return await this.#registry.byId(id) }

  readonly versions = async (id: string): Promise<ReadonlyMap<string, number>> => await this.#registry.versions(id)

  async toWrite (subject: string, text: string): Promise<RegisteredSchema> {
    const config = this.#config
    if (config['use.schema.id'] >= 0) return await this.#registry.byId(String(config['use.schema.id']))
    if (config['use.latest.version'] && !config['auto.register.schemas']) return await this.#registry.latest(subject)
    const schema = { type: this.#kind, text }
    const id = config['auto.register.schemas'] ? await this.#registry.register(subject, schema) : await this.#registry.lookup(subject, schema)
    return { id, ...schema, references: [] }
  }
}
