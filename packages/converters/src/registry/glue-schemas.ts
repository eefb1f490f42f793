import { deflateSync, inflateSync } from 'node:zlib'
import { dataError } from '@tributary/plugin'
import type { GlueSchemaRegistry } from './glue-schema-registry.ts'
import { bufferOf } from '../json/json-text.ts'
import type { RegisteredSchema, SchemaStore } from './schema-store.ts'

const plain = 0
const zlib = 5
const idAt = 2
/** Data may not grow beyond this when it is inflated: a few bytes must not ask for all memory. */
const maxInflatedBytes = 256 * 1024 * 1024

/** AWS Glue's schema registry. Bytes are 03, 00 or 05 (compressed with zlib), the 16 bytes of the UUID of the schema's version, data. */
export class GlueSchemas implements SchemaStore {
  readonly magic = 3
  readonly headerLength = 18
  readonly hasBareBytes = false
  readonly versions = null
  readonly pack: SchemaStore['pack']
  readonly #registry: GlueSchemaRegistry
  readonly #schemaName: string | null

  /** `schemaName`: of all schemas; null: each topic's is called as the topic. */
  constructor (registry: GlueSchemaRegistry, { schemaName, compresses }: { schemaName: string | null, compresses: boolean }) {
    this.#registry = registry
    this.#schemaName = schemaName
    this.pack = compresses ? compressed : null
  }

  header (id: string): Buffer {
    return Buffer.concat([Buffer.from([this.magic, plain]), Buffer.from(id.replaceAll('-', ''), 'hex')])
  }

  hasHeader (bytes: Uint8Array, header: Buffer): boolean {
    if (bytes.length < this.headerLength || bytes[0] !== this.magic) return false
    for (let i = idAt; i < this.headerLength; i++) if (bytes[i] !== header[i]) return false
    return true
  }

  idOf (bytes: Uint8Array, topic: string): string {
    const mistake = bytes.length < this.headerLength
      ? `Data is not compatible with schema registry size: ${bytes.length}`
      : bytes[0] !== this.magic ? 'Invalid schema registry header version byte in data' : null
    if (mistake !== null) throw dataError(this.unreadable(topic), { cause: dataError(mistake) })
    const hex = bufferOf(bytes).toString('hex', idAt, this.headerLength)
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
  }

  readonly unpack = (bytes: Uint8Array): Uint8Array | null => {
    if (bytes[1] === plain) return null
    if (bytes[1] !== zlib) throw dataError('Invalid schema registry compression byte in data')
    try {
      return inflateSync(bytes.subarray(this.headerLength), { maxOutputLength: maxInflatedBytes })
    } catch (cause) {
      throw dataError(`Cannot inflate the data, or not within ${maxInflatedBytes} bytes.`, { cause })
    }
  }

  unreadable (_topic: string): string { return 'Converting byte[] to Kafka Connect data failed due to serialization error: ' }

  subject (topic: string): string { return this.#schemaName ?? topic }

  async byId (id: string): Promise<RegisteredSchema> { return await this.#registry.byId(id) }

  async toWrite (name: string, text: string): Promise<RegisteredSchema> {
    return { id: await this.#registry.idOf(name, text), type: 'AVRO', text, references: [] }
  }
}

function compressed (header: Buffer, data: Uint8Array): Uint8Array {
  const bytes = Buffer.concat([header, deflateSync(data)])
  bytes[1] = zlib
  return bytes
}
