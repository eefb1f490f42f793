import { dataError } from '@tributary/plugin'
import { messageName, qualified } from './proto-file.ts'
import type { ProtoEnum, ProtoField, ProtoFile, ProtoMessage } from './proto-file.ts'
import { parseProto } from './proto-parser.ts'
import { mapEntryName } from './protobuf-names.ts'
import { wellKnownProto } from './well-known-protos.ts'

const scalarTypes = [
  'double', 'float', 'int32', 'int64', 'uint32', 'uint64', 'sint32', 'sint64', 'fixed32', 'fixed64', 'sfixed32', 'sfixed64', 'bool', 'string', 'bytes'
] as const
export type ScalarType = typeof scalarTypes[number]

/** A message with the types of its fields. */
export interface MessageType {
  readonly name: string
  readonly fullName: string
  /** Without those of oneofs. */
  readonly fields: readonly FieldType[]
  readonly oneofs: readonly { readonly name: string, readonly fields: readonly FieldType[] }[]
}

export interface EnumType {
  readonly name: string
  readonly fullName: string
  readonly values: ProtoEnum['values']
  /** Whether other numbers are left out when they are read. */
  readonly isClosed: boolean
}

export interface FieldType {
  readonly name: string
  readonly number: number
  readonly type: ScalarType | MessageType | EnumType
  readonly isRepeated: boolean
  readonly isRequired: boolean
  /** Whether it is optional by its syntax, so that unset differs from zero. */
  readonly isOptional: boolean
  /** The same by the word `optional` of proto3 alone. */
  readonly isProto3Optional: boolean
  /** Whether it is a member of a oneof. */
  readonly isMember: boolean
  /** Whether it stands in a proto3 file: zeros are not written, and numbers are kept that an enum does not have. */
  readonly isProto3: boolean
  /** Whether text that is no UTF-8 is refused: in proto3, and in maps. */
  readonly isUtf8: boolean
  readonly isPacked: boolean
  readonly default: string | null
  readonly parameters: ReadonlyMap<string, string>
}

export function isMessage (type: FieldType['type']): type is MessageType { return typeof type === 'object' && 'fields' in type }
export function isEnum (type: FieldType['type']): type is EnumType { return typeof type === 'object' && 'values' in type }

/** Whether the field is a map: repeated entries with a key and a value. */
export function isMap ({ type, isRepeated }: FieldType): boolean {
  if (!isRepeated || !isMessage(type) || !type.name.endsWith('Entry') || type.oneofs.length > 0 || type.fields.length !== 2) return false
  const [key, value] = type.fields
  return key!.name === 'key' && value!.name === 'value' && !key!.isRepeated && !value!.isRepeated
}

type Growing<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] }

/** A file with its imports: every message by its full name. */
export class ProtoTypes {
  /** What data of the file is told by: an empty file that only passes another on stands for that one. */
  readonly file: ProtoFile
  readonly #references: ReadonlyMap<string, string>
  readonly #imported = new Set<string>()
  readonly #messages = new Map<string, MessageType>()
  readonly #enums = new Map<string, EnumType>()
  /** Finishes the messages whose names are known by now. */
  readonly #unfinished: (() => void)[] = []

  /** `references`: texts of files by the paths they are imported by. Throws data errors. */
  constructor (file: ProtoFile, references: ReadonlyMap<string, string> = new Map()) {
    this.#references = references
    this.#declare(file)
    for (const path of [...file.imports, ...file.publicImports]) this.#import(path)
    for (const finish of this.#unfinished) finish()
    const isWrapper = file.messages.length === 0 && file.enums.length === 0 && file.imports.length === 0 && file.publicImports.length === 1
    const wrapped = isWrapper ? this.#textOf(file.publicImports[0]!) : null
    this.file = wrapped === null ? file : parseProto(wrapped)
  }

  /** Throws a data error if there is none. */
  message (fullName: string): MessageType {
    const found = this.#messages.get(fullName)
    if (found === undefined) throw dataError(`The Protobuf schema has no message ${fullName}.`)
    return found
  }

  #textOf (path: string): string | null { return this.#references.get(path) ?? wellKnownProto(path) }

  /** A file that is nowhere does no harm unless its types are used, as in Java. */
  #import (path: string): void {
    const text = this.#imported.has(path) ? null : this.#textOf(path)
    if (text === null) return
    this.#imported.add(path)
    const file = parseProto(text)
    this.#declare(file)
    for (const inner of [...file.imports, ...file.publicImports]) this.#import(inner)
  }

  #declare (file: ProtoFile): void {
    const scope = file.package ?? ''
    if (file.package !== null) for (const part of scope.split('.')) checkName(part, `package ${scope}`)
    for (const one of file.messages) this.#declareMessage(one, scope, file)
    for (const one of file.enums) this.#declareEnum(one, scope, file)
  }

  #declareMessage (message: ProtoMessage, scope: string, file: ProtoFile, isEntry = false): void {
    const fullName = this.#newName(message.name, scope)
    const type: Growing<MessageType> = { name: message.name, fullName, fields: [], oneofs: [] }
    this.#messages.set(fullName, type)
    for (const one of message.messages) this.#declareMessage(one, fullName, file)
    for (const one of message.enums) this.#declareEnum(one, fullName, file)
    for (const field of message.fields) if (field.keyType !== null) this.#declareMessage(entryOf(field, field.keyType), fullName, file, true)
    checkFields(message, fullName)
    this.#unfinished.push(() => {
      type.fields.push(...message.fields.map(field => ({ ...this.#field(field, fullName, file, false), ...isEntry ? { isUtf8: true } : {} })))
      type.oneofs.push(...message.oneofs.map(({ name, fields }) => ({ name, fields: fields.map(field => this.#field(field, fullName, file, true)) })))
    })
  }

  #declareEnum ({ name, values }: ProtoEnum, scope: string, { syntax }: ProtoFile): void {
    const fullName = this.#newName(name, scope)
    if (values.length === 0) throw dataError(`The Protobuf enum ${fullName} has no values.`)
    this.#enums.set(fullName, { name, fullName, values, isClosed: syntax === 'proto2' })
  }

  #newName (name: string, scope: string): string {
    const fullName = qualified(scope, name)
    checkName(name, fullName)
    if (this.#messages.has(fullName) || this.#enums.has(fullName)) throw dataError(`The Protobuf schema defines ${fullName} twice.`)
    return fullName
  }

  #field (field: ProtoField, scope: string, { syntax }: ProtoFile, isMember: boolean): FieldType {
    const { label, keyType } = field
    const isRepeated = label === 'repeated' || keyType !== null
    const isProto3 = syntax === 'proto3'
    const isProto3Optional = isProto3 && label === 'optional' && !isMember
    return {
      name: field.name,
      number: field.number,
      type: this.#type(keyType === null ? field.type : mapEntryName(field.name), scope),
      isRepeated,
      isRequired: label === 'required' && !isProto3,
      isOptional: isProto3Optional || (!isProto3 && !isRepeated && label !== 'required' && !isMember),
      isProto3Optional,
      isMember,
      isProto3,
      isUtf8: isProto3,
      isPacked: field.packed ?? isProto3,
      default: field.default,
      parameters: field.parameters
    }
  }

  /** A name stands for what is nearest: in the message, then in those around it, then in the package and those around it. */
  #type (name: string, scope: string): FieldType['type'] {
    if ((scalarTypes as readonly string[]).includes(name)) return name as ScalarType
    for (let around = scope; ; around = around.slice(0, Math.max(around.lastIndexOf('.'), 0))) {
      const full = name.startsWith('.') ? name.slice(1) : qualified(around, name)
      const found = this.#messages.get(full) ?? this.#enums.get(full)
      if (found !== undefined) return found
      if (around === '' || name.startsWith('.')) break
    }
    throw dataError(`The Protobuf schema uses the type ${name} in ${scope}, which neither it nor what it imports defines. Register what it lacks, as a reference of the schema.`)
  }
}

/** The message that Protobuf has for the entries of a map. */
function entryOf ({ name, type }: ProtoField, keyType: string): ProtoMessage {
  const field = (name: string, number: number, type: string): ProtoField => ({ name, number, type, label: null, keyType: null, default: null, packed: null, parameters: new Map() })
  return { name: mapEntryName(name), fields: [field('key', 1, keyType), field('value', 2, type)], oneofs: [], messages: [], enums: [] }
}

function checkName (name: string, place: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw dataError(`${JSON.stringify(name)} (${place}) is no name in Protobuf, where names have letters, digits and underscores: rename it, or set scrub.invalid.names=true.`)
}

/** Names and numbers of fields must differ, names also from those of nested types. */
function checkFields ({ fields, oneofs, messages, enums }: ProtoMessage, fullName: string): void {
  const names = new Set([...messages, ...enums].map(({ name }) => name))
  const numbers = new Map<number, string>()
  for (const { name, number } of [...fields, ...oneofs.flatMap(oneof => oneof.fields)]) {
    checkName(name, `${fullName}.${name}`)
    if (names.has(name)) throw dataError(`The Protobuf message ${fullName} has two parts with the name ${name}: each field and type within needs its own.`)
    names.add(name)
    if (number < 1 || number > 2 ** 29 - 1) throw dataError(`Field ${name} of the Protobuf message ${fullName} has the number ${number}: numbers go from 1 to 536870911. In Connect schemas the parameter io.confluent.connect.protobuf.Tag gives it.`)
    if (numbers.has(number)) throw dataError(`Fields ${numbers.get(number)} and ${name} of the Protobuf message ${fullName} have the same number ${number}. In Connect schemas the parameter io.confluent.connect.protobuf.Tag gives it.`)
    numbers.set(number, name)
  }
}

/** The message at these indexes: of the file, then of the messages within it. Null if there is none. */
export function messageAt (file: ProtoFile, indexes: readonly number[]): string | null {
  let name = ''
  let messages = file.messages
  for (const index of indexes) {
    const message = messages[index]
    if (message === undefined) return null
    name = name === '' ? messageName(file, message) : qualified(name, message.name)
    messages = message.messages
  }
  return name === '' ? null : name
}

/** The indexes of a message by its full name; those of the first where there is none. */
export function indexesOf (file: ProtoFile, fullName: string): readonly number[] {
  const indexes: number[] = []
  let messages = file.messages
  for (const part of fullName.split('.')) {
    const index = messages.findIndex(({ name }) => name === part)
    if (index === -1) continue
    indexes.push(index)
    messages = messages[index]!.messages
  }
  return indexes.length === 0 ? [0] : indexes
}
