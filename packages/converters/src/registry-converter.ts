import { BySchema, ConnectError, dataError, validateValue } from '@tributary/plugin'
import type { Converter, Schema, SchemaAndValue } from '@tributary/plugin'
import type { RegisteredSchema, SchemaKind, SchemaStore } from './schema-store.ts'
import { WaitingCache } from './waiting-cache.ts'

/** How values of one schema turn into bytes and back. */
export interface Codec {
  /** Null: values without a schema. */
  readonly schema: Schema | null
  /** Reads the data that begins at `at`. Throws for what does not fit. */
  read (bytes: Uint8Array, at: number): unknown
  /** Writes a value behind a header, or alone. Throws for what does not fit. */
  write (header: Buffer | null, value: unknown): Uint8Array
}

/** A kind of data that needs its schema to be read. */
export interface RegistryFormat {
  readonly kind: SchemaKind
  /** Its name in error messages. */
  readonly title: string
  /** The schema to register for values of a Connect schema, and the full name of its record, null if it is none. Throws data errors. */
  describe (schema: Schema | null): { readonly text: string, readonly record: string | null }
  /** Throws for what is no schema, or one that Connect cannot express. */
  codec (schema: RegisteredSchema, store: SchemaStore): Codec
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

/** What is known of one schema of a registry. */
interface Known { readonly store: SchemaStore, readonly id: string, readonly header: Buffer, readonly codec: Codec }

/** A Connect schema on its way out. */
interface Outgoing {
  readonly text: string
  readonly record: string | null
  /** What the registry answered, by topic. */
  readonly byTopic: Map<string, Known>
}

/** Data whose schemas are in a registry. */
export class RegistryConverter implements Converter {
  readonly #options: RegistryConverterOptions
  readonly #byId: ReadonlyMap<SchemaStore, WaitingCache<Known>>
  /** By subject, a line feed and the text of the schema. */
  readonly #bySchema: WaitingCache<Known>
  readonly #outgoing: BySchema<Outgoing>
  #schemaless: Outgoing | null = null
  #last: Known | null = null

  constructor (options: RegistryConverterOptions) {
    const { format, store, secondary, cacheSize } = options
    this.#options = options
    this.#byId = new Map((secondary === null ? [store] : [store, secondary]).map(one => [one, new WaitingCache(cacheSize, async id => known(await one.byId(id), one, format))]))
    this.#bySchema = new WaitingCache(cacheSize, async key => {
      const [subject, text] = splitOnce(key)
      return known(await store.toWrite(subject, text), store, format)
    })
    this.#outgoing = new BySchema(schema => ({ ...format.describe(schema), byTopic: new Map() }))
  }

  toConnect (topic: string, bytes: Uint8Array | null): SchemaAndValue {
    if (bytes === null) return { schema: null, value: null }
    const { store, codec } = this.#knownOf(bytes, topic)
    try {
      const data = store.unpack?.(bytes) ?? bytes
      return { schema: codec.schema, value: codec.read(data, data === bytes ? store.headerLength : 0) }
    } catch (error) {
      throw dataError(store.unreadable(topic), error instanceof ConnectError ? { cause: error } : {})
    }
  }

  fromConnect (topic: string, schema: Schema | null, value: unknown): Uint8Array | null {
    const isNull = value === null || value === undefined
    const { format } = this.#options
    if (isNull && format.isTombstone(schema)) return null
    const { store, id, header, codec } = this.#registered(topic, this.#outgoingOf(schema))
    try {
      const own = isNull ? schema!.default ?? null : value
      return store.pack === null ? codec.write(header, own) : store.pack(header, codec.write(null, own))
    } catch (error) {
      if (error instanceof ConnectError) throw error
      if (schema !== null) validateValue(schema, value)
      throw dataError(`Failed to serialize ${format.title} data from topic ${topic} : the value does not fit the schema of id ${id}.`)
    }
  }

  #knownOf (bytes: Uint8Array, topic: string): Known {
    // Nearly all records of a topic have one schema.
    if (this.#last === null || !this.#last.store.hasHeader(bytes, this.#last.header)) {
      const { store, secondary } = this.#options
      const own = secondary !== null && bytes[0] === secondary.magic ? secondary : store
      this.#last = this.#byId.get(own)!.get(own.idOf(bytes, topic))
    }
    return this.#last
  }

  #outgoingOf (schema: Schema | null): Outgoing {
    if (schema !== null) return this.#outgoing.get(schema)
    this.#schemaless ??= { ...this.#options.format.describe(null), byTopic: new Map() }
    return this.#schemaless
  }

  #registered (topic: string, { text, record, byTopic }: Outgoing): Known {
    let found = byTopic.get(topic)
    if (found === undefined) {
      found = this.#bySchema.get(`${this.#options.store.subject(topic, this.#options.isKey, record)}\n${text}`)
      byTopic.set(topic, found)
    }
    return found
  }
}

function splitOnce (key: string): [string, string] {
  const at = key.indexOf('\n')
  return [key.slice(0, at), key.slice(at + 1)]
}

function known (schema: RegisteredSchema, store: SchemaStore, format: RegistryFormat): Known {
  const { id, type } = schema
  if (type !== format.kind) throw dataError(`Schema ${id} is of type ${type}, not ${format.title}: use the converter of that type.`)
  try {
    return { store, id, header: store.header(id), codec: format.codec(schema, store) }
  } catch (cause) {
    throw cause instanceof ConnectError ? cause : dataError(`Schema ${id} is no ${format.title} schema.`, { cause })
  }
}
