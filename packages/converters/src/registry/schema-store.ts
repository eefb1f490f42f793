export type SchemaKind = 'AVRO' | 'JSON' | 'PROTOBUF'

/** A schema as a registry keeps it. */
export interface RegisteredSchema {
  readonly id: string
  readonly type: SchemaKind
  readonly text: string
  /** The schemas it refers to by name, those others need first. */
  readonly references: readonly { readonly name: string, readonly text: string }[]
}

/** A registry of schemas, and how bytes say which of its schemas they are in. Calls reject with ConnectErrors. */
export interface SchemaStore {
  /** The first byte of all data. */
  readonly magic: number
  /** Bytes before the data. */
  readonly headerLength: number
  /** Whether Avro of bytes alone stands without its length. */
  readonly hasBareBytes: boolean
  /** What stands before data of a schema. */
  header (id: string): Buffer
  /** Whether the bytes are in the schema of this header. */
  hasHeader (bytes: Uint8Array, header: Buffer): boolean
  /** The id of the schema in front of the data; throws a data error for bytes of another kind. */
  idOf (bytes: Uint8Array, topic: string): string
  /** The data alone where it is compressed, else null; throws for what cannot be decompressed. */
  readonly unpack: ((bytes: Uint8Array) => Uint8Array | null) | null
  /** Compresses data and puts the header in front; null: data follows its header as it is. */
  readonly pack: ((header: Buffer, data: Uint8Array) => Uint8Array) | null
  /** What Java says of data that cannot be read. */
  unreadable (topic: string): string
  /** The name under which the versions of a schema are kept. `record`: the full name of its record, null if it is none. */
  subject (topic: string, isKey: boolean, record: string | null): string
  byId (id: string): Promise<RegisteredSchema>
  /** The versions under which subjects have the schema; null: its data has no version. */
  readonly versions: ((id: string) => Promise<ReadonlyMap<string, number>>) | null
  /** The schema that values of this schema are written with, registered if need be and allowed. */
  toWrite (subject: string, text: string): Promise<RegisteredSchema>
}
