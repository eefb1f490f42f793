import { ConnectError, dataError } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'
import { indexBytes, readIndexes } from './message-indexes.ts'
import type { ProtobufDialect } from './protobuf-dialect.ts'
import { logicalMessages } from './protobuf-logical.ts'
import { connectSchemaOf } from './protobuf-mapping.ts'
import { joinedParts } from './protobuf-parts.ts'
import { ProtobufReader } from './protobuf-reader.ts'
import { protoFileOf, wrapperOf } from './protobuf-schema-of.ts'
import { ReaderCompiler } from './protobuf-struct-reader.ts'
import type { ReadMessage } from './protobuf-struct-reader.ts'
import { structWriter, wrapperWriter } from './protobuf-struct-writer.ts'
import { ProtobufWriter } from './protobuf-writer.ts'
import { messageName } from './proto-file.ts'
import type { ProtoFile } from './proto-file.ts'
import { parseProto } from './proto-parser.ts'
import { protoText } from './proto-text.ts'
import { indexesOf, messageAt, ProtoTypes } from './proto-types.ts'
import type { MessageType } from './proto-types.ts'
import { wrappersText } from './wrappers-text.ts'
import type { Codec, Description, RegistryFormat, VersionOf, WriteData } from '../registry/registry-converter.ts'
import type { RegisteredSchema, SchemaStore } from '../registry/schema-store.ts'

/** A message that data was read by, or why it cannot be. */
type Known = { readonly schema: Schema, readonly message: MessageType, readonly read: ReadMessage } | { readonly error: unknown }

// Nothing waits between start and finish, so all converters share them.
const reader = new ProtobufReader()
const writer = new ProtobufWriter()

/** Protobuf, as ProtobufData of Confluent maps it. */
export class ProtobufFormat implements RegistryFormat {
  readonly kind = 'PROTOBUF'
  readonly title = 'Protobuf'
  readonly writesAsRegistered = false
  readonly #dialect: ProtobufDialect

  constructor (dialect: ProtobufDialect) { this.#dialect = dialect }

  describe (schema: Schema | null): Description {
    if (schema === null) throw dataError('A value without a schema has no Protobuf schema to register. Use a source that gives schemas, or another converter, such as org.apache.kafka.connect.json.JsonConverter with schemas.enable=false.')
    const { text, file, record } = this.#fileOf(schema)
    // Refuses what Protobuf cannot express.
    const own = this.#writer(schema, new ProtoTypes(file), record, false)
    return { text, record, writer: registered => registered.text === text ? own : this.#registeredWriter(schema, registered, record) }
  }

  /** A struct is a message of its own; a scalar alone is one of Google's wrappers. */
  #fileOf (schema: Schema): { readonly text: string, readonly file: ProtoFile, readonly record: string } {
    if (schema.type === 'struct') {
      const file = protoFileOf(schema, this.#dialect)
      return { text: protoText(file), file, record: messageName(file, file.messages[0]!) }
    }
    const wrapper = logicalMessages.has(schema.name) ? null : wrapperOf({ ...schema, parameters: null })
    if (wrapper === null) throw dataError(`A value of type ${schema.type.toUpperCase()}${schema.name === null ? '' : ` (${schema.name})`} cannot stand alone in Protobuf: put it into a struct, as the transform HoistField does.`)
    return { text: wrappersText, file: parseProto(wrappersText), record: wrapper }
  }

  #registeredWriter (schema: Schema, { text, references }: RegisteredSchema, record: string): WriteData {
    return this.#writer(schema, new ProtoTypes(parseProto(text), textsOf(references)), record, true)
  }

  /** `record`: the message to write; the first of the file where there is none of the name. */
  #writer (schema: Schema, types: ProtoTypes, record: string, dropsOthers: boolean): WriteData {
    const indexes = indexesOf(types.file, record)
    const message = types.message(messageAt(types.file, indexes) ?? record)
    const options = { dialect: this.#dialect, dropsOthers }
    const write = schema.type === 'struct' ? structWriter(schema, message, options) : wrapperWriter(schema, message, options)
    const prefix = indexBytes(indexes)
    return (header, value) => {
      writer.start()
      if (header !== null) writer.raw(header)
      writer.raw(prefix)
      write(writer, value)
      return writer.finish()
    }
  }

  codec ({ text, references }: RegisteredSchema, _store: SchemaStore, versionOf: VersionOf): Codec {
    const types = new ProtoTypes(parseProto(text), textsOf(references))
    const compiler = new ReaderCompiler(this.#dialect)
    const byName = new Map<string, Known>()
    const known = (name: string): Known => {
      try {
        const message = types.message(name)
        return { schema: connectSchemaOf(message, this.#dialect, versionOf(name)), message, read: compiler.root(message) }
      } catch (error) {
        return { error }
      }
    }
    return {
      read (bytes, at) {
        const { indexes, end } = readIndexes(bytes, at)
        const name = messageAt(types.file, indexes)
        if (name === null) throw dataError(`Invalid message indexes: the Protobuf schema has no message ${indexes.join('.')}.`)
        let found = byName.get(name)
        if (found === undefined) byName.set(name, found = known(name))
        if ('error' in found) throw found.error
        return { schema: found.schema, value: valueOf(bytes, end, found.read, found.message) }
      },
      write: null
    }
  }

  /** As in Java, null is never written, whatever the schema. */
  isTombstone (): boolean { return true }
}

function textsOf (references: RegisteredSchema['references']): ReadonlyMap<string, string> {
  return new Map(references.map(({ name, text }) => [name, text]))
}

function valueOf (bytes: Uint8Array, at: number, read: ReadMessage, message: MessageType): unknown {
  try {
    return readAll(bytes, at, read)
  } catch {
    // A message in parts may fit once they are joined, though its parts do not.
    return joinedValue(bytes.subarray(at), read, message)
  }
}

function joinedValue (bytes: Uint8Array, read: ReadMessage, message: MessageType): unknown {
  try {
    return readAll(joinedParts(bytes, message), 0, read)
  } catch (error) {
    throw error instanceof ConnectError ? error : dataError(`The bytes are no Protobuf of the message ${message.fullName}: ${(error as Error).message}.`)
  }
}

function readAll (bytes: Uint8Array, at: number, read: ReadMessage): unknown {
  reader.start(bytes, at)
  const value = read(reader)
  reader.finish()
  return value
}
