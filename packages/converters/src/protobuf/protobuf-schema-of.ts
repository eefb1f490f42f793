import { dataError, logical } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'
import { connectType, enumOf, isUnion, precisionParameter, tagParameter, typeParameter, wrapperParameter } from './protobuf-dialect.ts'
import type { ProtobufDialect } from './protobuf-dialect.ts'
import { variant, wrapperPath } from './protobuf-kinds.ts'
import type { WrapperName } from './protobuf-kinds.ts'
import { logicalMessages } from './protobuf-logical.ts'
import { mapEntryName, scrubName } from './protobuf-names.ts'
import type { ProtoEnum, ProtoField, ProtoFile, ProtoMessage, ProtoOneof } from './proto-file.ts'

const defaultName = 'ConnectDefault'
const plainTypes = { float32: 'float', float64: 'double', boolean: 'bool', string: 'string', bytes: 'bytes' } as const

/** The file that Confluent's ProtobufData makes of a struct. Throws data errors. */
export function protoFileOf (schema: Schema, dialect: ProtobufDialect): ProtoFile { return new Builder(dialect).file(schema) }

/** The wrapper that optional values of a scalar schema are written in; of others too, where they stand alone. Null if there is none. */
export function wrapperOf ({ type, parameters }: Schema): WrapperName | null {
  switch (type) {
    case 'int8': case 'int16': case 'int32': return 'google.protobuf.Int32Value'
    case 'int64': switch (parameters?.[typeParameter]) {
      case 'uint32': case 'fixed32': return 'google.protobuf.UInt32Value'
      case 'uint64': case 'fixed64': return 'google.protobuf.UInt64Value'
      default: return 'google.protobuf.Int64Value'
    }
    case 'float32': return 'google.protobuf.FloatValue'
    case 'float64': return 'google.protobuf.DoubleValue'
    case 'boolean': return 'google.protobuf.BoolValue'
    case 'string': return 'google.protobuf.StringValue'
    case 'bytes': return 'google.protobuf.BytesValue'
    default: return null
  }
}

interface Growing {
  readonly name: string
  readonly fields: ProtoField[]
  readonly oneofs: ProtoOneof[]
  readonly messages: ProtoMessage[]
  readonly enums: ProtoEnum[]
}

class Builder {
  readonly #dialect: ProtobufDialect
  readonly #imports = new Set<string>()
  #unnamed = 0

  constructor (dialect: ProtobufDialect) { this.#dialect = dialect }

  file (schema: Schema): ProtoFile {
    const parts = this.#nameOf(schema.name).split('.').map(part => this.#scrub(part))
    const name = parts.pop()!
    const message = this.#message(schema, name)
    return { syntax: 'proto3', package: parts.length === 0 ? null : parts.join('.'), imports: [...this.#imports], publicImports: [], messages: [message], enums: [] }
  }

  #scrub (name: string): string { return this.#dialect.scrubs ? scrubName(name) : name }

  /** What has no name is numbered. */
  #nameOf (name: string | null): string { return name === null || name === '' ? `${defaultName}${++this.#unnamed}` : name }

  #simpleName (name: string | null): string {
    const full = this.#nameOf(name)
    return this.#scrub(full.slice(full.lastIndexOf('.') + 1))
  }

  #message (schema: Schema, name: string): ProtoMessage {
    const message: Growing = { name, fields: [], oneofs: [], messages: [], enums: [] }
    // Fields of a union bring their numbers along, but it counts.
    let next = 1
    for (const { name, schema: own } of schema.fields) {
      const number = tagOf(own) ?? next++
      const field = this.#field(message, this.#scrub(name), own, number, false)
      if (field !== null) message.fields.push(field)
    }
    return message
  }

  /** Null for a union, whose members are added to the message. */
  #field (message: Growing, name: string, schema: Schema, number: number, isMember: boolean): ProtoField | null {
    const content = schema.type === 'array' ? schema.valueSchema! : schema
    const parameters = new Map<string, string>()
    const type = this.#type(content, name, parameters, isMember)
    if (content.type === 'struct' && isUnion(content)) {
      this.#union(message, content)
      return null
    }
    this.#define(message, content, type)
    const isOptional = this.#dialect.optionalLabels && schema.optional && !isMember
    const label = schema.type === 'array' || schema.type === 'map' ? 'repeated' : isOptional ? 'optional' : null
    return { name, number, label, type, keyType: null, default: null, packed: null, parameters }
  }

  /** Adds the definition of a type to the message that uses it, unless it is there. */
  #define (message: Growing, schema: Schema, type: string): void {
    if (logicalMessages.has(schema.name)) this.#imports.add(logicalMessages.get(schema.name)!.path)
    else if (schema.name === variant.name) this.#imports.add(variant.path)
    else if (schema.type === 'struct') {
      if (message.name !== type && message.messages.every(({ name }) => name !== type)) message.messages.push(this.#message(schema, type))
    } else if (schema.type === 'map') message.messages.push(this.#entry(schema, type))
    else if (enumOf(schema) !== null) this.#defineEnum(message, schema)
    else if (type.startsWith('google.protobuf.')) this.#imports.add(wrapperPath)
  }

  #union (message: Growing, schema: Schema): void {
    const { unionParameter, unionPrefix } = this.#dialect.names
    const name = unionParameter === null
      ? schema.name?.startsWith(unionPrefix) === true ? this.#simpleName(schema.name.slice(unionPrefix.length)) : undefined
      : schema.parameters?.[unionParameter]
    if (name === undefined) throw dataError(`The union ${schema.name} has no name that ProtobufConverter knows${unionParameter === null ? ': set generalized.sum.type.support=true' : ': set generalized.sum.type.support=false'}.`)
    const place: Growing = { ...message, fields: [] }
    const oneof = { name, fields: place.fields }
    message.oneofs.push(oneof)
    for (const { name: member, schema: own } of schema.fields) {
      const tag = tagOf(own)
      if (tag === null) throw dataError(`Field ${member} of the union ${name} has no number: the parameter ${tagParameter} of its schema gives it.`)
      const field = this.#field(place, this.#scrub(member), own, tag, true)
      if (field !== null) oneof.fields.push({ ...field, label: null })
    }
  }

  /** Entries are written as messages like others. */
  #entry (schema: Schema, name: string): ProtoMessage {
    const entry: Growing = { name, fields: [], oneofs: [], messages: [], enums: [] }
    for (const [i, [part, own]] of ([['key', schema.keySchema!], ['value', schema.valueSchema!]] as const).entries()) {
      const field = this.#field(entry, part, own, i + 1, false)
      if (field === null) throw dataError('A map cannot hold unions in Protobuf: put each into a struct.')
      entry.fields.push(field.label === 'optional' ? { ...field, label: null } : field)
    }
    return entry
  }

  #defineEnum (message: Growing, { name, parameters }: Schema): void {
    const enumName = this.#simpleName(name)
    if (message.enums.some(one => one.name === enumName)) return
    const start = `${this.#dialect.names.enum}.`
    const symbols = Object.entries(parameters ?? {}).filter(([key]) => key.startsWith(start))
    message.enums.push({ name: enumName, values: symbols.map(([key, number]) => ({ name: key.slice(start.length), number: enumNumber(number, enumName) })) })
  }

  /** What a field is of; sets what Confluent's `field_meta` says of it. */
  #type (schema: Schema, fieldName: string, parameters: Map<string, string>, isMember: boolean): string {
    const message = logicalMessages.get(schema.name)?.message
    if (schema.name === logical.decimal) {
      for (const [key, name] of [[precisionParameter, 'precision'], ['scale', 'scale']] as const) {
        const text = schema.parameters?.[key]
        if (text !== undefined) parameters.set(name, text)
      }
    }
    if (message !== undefined) return message
    if (schema.name === variant.name) return variant.message
    switch (schema.type) {
      case 'array': throw dataError('Array cannot be nested: Protobuf has no lists of lists. Put the inner ones into structs.')
      case 'map': return mapEntryName(this.#simpleName(schema.name))
      case 'struct': {
        const name = this.#simpleName(schema.name)
        // A type and a field may not share a name.
        return name === fieldName ? `${name}Message` : name
      }
      case 'int8': case 'int16': parameters.set(connectType, schema.type); break
      default: {
        const name = enumOf(schema)
        if (name !== null) return name
      }
    }
    return this.#isWrapped(schema, isMember) ? wrapperOf(schema)! : scalarOf(schema)
  }

  /** Whether an optional scalar is written in a wrapper. Members of oneofs are optional anyway: only those that came in one. */
  #isWrapped ({ optional, parameters }: Schema, isMember: boolean): boolean {
    return this.#dialect.optionalWrappers && optional && (!isMember || isWrapperMember(parameters))
  }
}

/** Whether a member of a union came in a wrapper. */
function isWrapperMember (parameters: Schema['parameters']): boolean { return parameters?.[wrapperParameter]?.toLowerCase() === 'true' }

function scalarOf ({ type, parameters }: Schema): string {
  if (type === 'int8' || type === 'int16') return 'int32'
  if (type === 'int32' || type === 'int64') return parameters?.[typeParameter] ?? type
  return plainTypes[type as keyof typeof plainTypes]
}

function tagOf ({ parameters }: Schema): number | null {
  const text = parameters?.[tagParameter]
  if (text === undefined) return null
  if (!/^[+-]?\d{1,10}$/.test(text)) throw dataError(`The parameter ${tagParameter} of a schema is ${text}, which is no number of a field.`)
  return Number(text)
}

function enumNumber (text: string, name: string): number {
  if (!/^[+-]?\d{1,10}$/.test(text) || (Number(text) | 0) !== Number(text)) throw dataError(`The enum ${name} has a symbol whose number is ${text}: the parameters of its schema give a whole number for each symbol.`)
  return Number(text)
}
