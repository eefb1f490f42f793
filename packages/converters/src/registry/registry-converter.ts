import { BySchema, ConnectError, dataError, validateValue } from '@tributary/plugin'
import type { Converter, Schema, SchemaAndValue } from '@tributary/plugin'
import type { RegisteredSchema, SchemaKind, SchemaStore } from './schema-store.ts'
import { WaitingCache } from './waiting-cache.ts'

/** How values of one schema turn into bytes and back. */
export interface Codec {
  /** Reads the data that begins at `at`; its schema is null where it has none. Throws for what does not fit. */
  read (bytes: Uint8Array, at: number): SchemaAndValue
  /** Null where values are written by their own schema. */
  readonly write: WriteData | null
}

/** Writes a value behind a header, or alone. Throws for what does not fit. */
export type WriteData = (header: Buffer | null, value: unknown) => Uint8Array

/** What is known of values of a Connect schema before a registry is asked. */
export interface Description {
  /** The schema to register. */
  readonly text: string
  /** The full name of its record, null if it is none. */
  readonly record: string | null
  /** How values are written under the schema that the registry gives for theirs; null: by the codec of that schema. Throws data errors. */
  readonly writer: ((registered: RegisteredSchema) => WriteData) | null
}

/** The version of a schema in its subject, null if there is none. `record`: the full name of the record that the schema describes, null if it is none. */
export type VersionOf = (record: string | null) => number | null

/** A kind of data that needs its schema to be read. */
export interface RegistryFormat {
  readonly kind: SchemaKind
  /** Its name in error messages. */
  readonly title: string
  /** Whether values are written by the codec of the schema that the registry gives for theirs. */
  readonly writesAsRegistered: boolean
  /** Throws data errors. */
  describe (schema: Schema | null): Description
  /** Throws for what is no schema, or one that Connect cannot express. */
  codec (schema: RegisteredSchema, store: SchemaStore, versionOf: VersionOf): Codec
  /** Whether this null is told by no bytes at all. */
  isTombstone (schema: Schema | null): boolean
}

export interface RegistryConverterOptions {
  readonly isKey: boolean
  readonly format: RegistryFormat
  /** How many schemas are remembered, of those read and of those written. */
  readonly cacheSize: number
  /** Values are written with its schemas, and read where no other knows the bytes. */
  readonly store: SchemaStore
  /** Another registry, for bytes of its kind: those written before a move from one to the other. */
  readonly secondary: SchemaStore | null
}

/** A schema that data is read by. */
interface Known { readonly topic: string, readonly store: SchemaStore, readonly header: Buffer, readonly codec: Codec }

/** A schema that data is written by, or under the id of. */
interface Target { readonly id: string, readonly header: Buffer, readonly write: WriteData }

/** A Connect schema on its way out. */
interface Outgoing extends Description {
  /** What the registry answered, by topic. */
  readonly byTopic: Map<string, Target>
}

/** Data whose schemas are in a registry. */
export class RegistryConverter implements Converter {
  readonly #options: RegistryConverterOptions
  /** By topic, a line feed and the id of the schema. */
  readonly #byId: ReadonlyMap<SchemaStore, WaitingCache<Known>>
  /** By subject, a line feed and the text of the schema; the codec is null where values are not written by that schema. */
  readonly #bySchema: WaitingCache<{ readonly schema: RegisteredSchema, readonly header: Buffer, readonly codec: Codec | null }>
  readonly #outgoing: BySchema<Outgoing>
  #schemaless: Outgoing | null = null
  #last: Known | null = null

  constructor (options: RegistryConverterOptions) {
    const { format, store, secondary, cacheSize } = options
    this.#options = options
    this.#byId = new Map((secondary === null ? [store] : [store, secondary]).map(one => [one, new WaitingCache(cacheSize, async key => await this.#known(key, one))]))
    this.#bySchema = new WaitingCache(cacheSize, async key => {
      const [subject, text] = splitOnce(key)
      const schema = await store.toWrite(subject, text)
      return { schema, header: store.header(schema.id), codec: format.writesAsRegistered ? codecOf(format, schema, store, noVersion) : null }
    })
    this.#outgoing = new BySchema(schema => ({ ...format.describe(schema), byTopic: new Map() }))
  }

  toConnect (topic: string, bytes: Uint8Array | null): SchemaAndValue {
    if (bytes === null) return { schema: null, value: null }
    const { store, codec } = this.#knownOf(bytes, topic)
    try {
      const data = store.unpack?.(bytes) ?? bytes
      return codec.read(data, data === bytes ? store.headerLength : 0)
    } catch (error) {
      throw dataError(store.unreadable(topic), error instanceof ConnectError ? { cause: error } : {})
    }
  }

  fromConnect (topic: string, schema: Schema | null, value: unknown): Uint8Array | null {
    const isNull = value === null || value === undefined
    const { format } = this.#options
    if (isNull && format.isTombstone(schema)) return null
    const { store } = this.#options
    const { id, header, write } = this.#target(topic, this.#outgoingOf(schema))
    try {
      const own = isNull ? null : value
      return store.pack === null ? write(header, own) : store.pack(header, write(null, own))
    } catch (error) {
      if (error instanceof ConnectError) throw error
      if (schema !== null) validateValue(schema, value)
      throw dataError(`Failed to serialize ${format.title} data from topic ${topic} : the value does not fit the schema of id ${id}.`)
    }
  }

  #knownOf (bytes: Uint8Array, topic: string): Known {
    const last = this.#last
    // Nearly all records of a topic have one schema.
    if (last !== null && last.topic === topic && last.store.hasHeader(bytes, last.header)) return last
    const { store, secondary } = this.#options
    const own = secondary !== null && bytes[0] === secondary.magic ? secondary : store
    return this.#last = this.#byId.get(own)!.get(`${topic}\n${own.idOf(bytes, topic)}`)
  }

  async #known (key: string, store: SchemaStore): Promise<Known> {
    const { format, isKey } = this.#options
    const [topic, id] = splitOnce(key)
    const schema = await store.byId(id)
    const header = store.header(id)
    if (store !== this.#options.store || store.versions === null) return { topic, store, header, codec: codecOf(format, schema, store, noVersion) }
    const versions = await store.versions(id)
    const versionOf: VersionOf = record => {
      const subject = versions.size === 0 ? null : subjectOrNull(() => store.subject(topic, isKey, record))
      return subject === null ? null : versions.get(subject) ?? null
    }
    return { topic, store, header, codec: codecOf(format, schema, store, versionOf) }
  }

  #outgoingOf (schema: Schema | null): Outgoing {
    if (schema !== null) return this.#outgoing.get(schema)
    this.#schemaless ??= { ...this.#options.format.describe(null), byTopic: new Map() }
    return this.#schemaless
  }

  #target (topic: string, { text, record, writer, byTopic }: Outgoing): Target {
    let found = byTopic.get(topic)
    if (found === undefined) {
      const { schema, header, codec } = this.#bySchema.get(`${this.#options.store.subject(topic, this.#options.isKey, record)}\n${text}`)
      found = { id: schema.id, header, write: (writer?.(schema) ?? codec?.write)! }
      byTopic.set(topic, found)
    }
    return found
  }
}

function noVersion (): null { return null }

function splitOnce (key: string): [string, string] {
  const at = key.indexOf('\n')
  return [key.slice(0, at), key.slice(at + 1)]
}

/** A strategy that names subjects by records has none for data of another kind. */
function subjectOrNull (subject: () => string): string | null {
  try {
    return subject()
  } catch (error) {
    if (error instanceof ConnectError) return null
    throw error
  }
}

function codecOf (format: RegistryFormat, schema: RegisteredSchema, store: SchemaStore, versionOf: VersionOf): Codec {
  const { id, type } = schema
  if (type !== format.kind) throw dataError(`Schema ${id} is of type ${type}, not ${format.title}: use the converter of that type.`)
  try {
    return format.codec(schema, store, versionOf)
  } catch (cause) {
    throw cause instanceof ConnectError ? cause : dataError(`Schema ${id} is no ${format.title} schema.`, { cause })
  }
}
