import { dataError, entriesOf, schema as make } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'
import { isMembers, memberOf } from '../json/json-writer.ts'
import { isUnion } from './protobuf-dialect.ts'
import type { ProtobufDialect } from './protobuf-dialect.ts'
import { wrapped } from './protobuf-kinds.ts'
import { logicalMessages } from './protobuf-logical.ts'
import { scrubName } from './protobuf-names.ts'
import { isZero, scalarWriter } from './protobuf-scalar-writer.ts'
import type { Write } from './protobuf-scalar-writer.ts'
import { wireType } from './protobuf-scalars.ts'
import { isMessage } from './proto-types.ts'
import type { FieldType, MessageType } from './proto-types.ts'

export interface WriterOptions {
  readonly dialect: ProtobufDialect
  /** Whether members of structs are left out that the message has no field for; else they are refused. */
  readonly dropsOthers: boolean
}

/** A field of the message on its way into code: where its value is found, and what writes it. */
interface Part { readonly number: number, readonly code: string }

/** Compiles a struct schema into a function that writes its values as a message, by the names of the fields. What does not fit is refused when a value has it. */
export function structWriter (schema: Schema, message: MessageType, options: WriterOptions): Write {
  return new StructCode(schema, message, options).compile()
}

/** Whether nothing is written for zero: it cannot be told from unset. */
function omitsZero (field: FieldType): boolean {
  return field.isProto3 && !field.isProto3Optional && !field.isMember && !isMessage(field.type)
}

function refusal (message: string): Write {
  return () => { throw dataError(message) }
}

/** Code of its own for each struct, with its fields in the order of their numbers. The names stand in it as JSON, which is a string in JavaScript too. */
class StructCode {
  readonly #schema: Schema
  readonly #options: WriterOptions
  readonly #message: MessageType
  readonly #fields: ReadonlyMap<string, FieldType>
  readonly #constants: unknown[] = []

  constructor (schema: Schema, message: MessageType, options: WriterOptions) {
    this.#schema = schema
    this.#options = options
    this.#message = message
    this.#fields = new Map([...message.fields, ...message.oneofs.flatMap(({ fields }) => fields)].map(field => [field.name, field]))
  }

  compile (): Write {
    const unions: string[] = []
    const parts: Part[] = []
    for (const [i, { name, schema }] of this.#schema.fields.entries()) {
      if (schema.type !== 'struct' || !isUnion(schema)) parts.push(...this.#part('value', name, schema))
      else {
        unions.push(`const union${i} = ${this.#valueOf('value', name, schema)}, set${i} = ${this.#constant(memberFinder(schema, this.#options.dialect))}(union${i})`)
        for (const [j, member] of schema.fields.entries()) {
          parts.push(...this.#part(`union${i}`, member.name, member.schema).map(({ number, code }) => ({ number, code: `if (set${i} === ${j}) { ${code} }` })))
        }
      }
    }
    const body = `
      ${this.#constants.map((_, i) => `const constant${i} = constants[${i}]`).join('\n')}
      return (to, value) => {
        if (typeof value !== 'object' || value === null) throw new Error('no struct')
        ${unions.join('\n')}
        let one
        ${parts.toSorted((a, b) => a.number - b.number).map(({ code }) => code).join('\n')}
      }`
    // oxlint-disable-next-line no-new-func, no-implied-eval
    return (new Function('constants', body) as (constants: readonly unknown[]) => Write)(this.#constants)
  }

  #constant (value: unknown): string { return `constant${this.#constants.push(value) - 1}` }

  #valueOf (struct: string, name: string, schema: Schema): string {
    const key = JSON.stringify(name)
    const value = name in {} ? `(Object.hasOwn(${struct}, ${key}) ? ${struct}[${key}] : null)` : `${struct}[${key}]`
    return schema.default == null || this.#options.dialect.ignoresDefaults ? value : `(${value} ?? ${this.#constant(schema.default)})`
  }

  #part (struct: string, name: string, schema: Schema): Part[] {
    const { dialect, dropsOthers } = this.#options
    const field = this.#fields.get(dialect.scrubs ? scrubName(name) : name)
    if (field === undefined && dropsOthers) return []
    const write = field === undefined
      ? refusal(`Cannot find field with name ${name} in the Protobuf message ${this.#message.fullName}: two structs that differ have this name. Give one of them another.`)
      : fieldWriter(schema, field, this.#options)
    return [{ number: field?.number ?? 0, code: `one = ${this.#valueOf(struct, name, schema)}; if (one !== null && one !== undefined) ${this.#constant(write)}(to, one)` }]
  }
}

/** Finds the place of the member that is set; -1 where the union itself is not. */
function memberFinder (schema: Schema, { ignoresDefaults }: ProtobufDialect): (union: unknown) => number {
  return union => {
    if (union === null || union === undefined) return -1
    const found = schema.fields.findIndex(({ name, schema: own }) => memberOf(union as Record<string, unknown>, name, true) != null || (!ignoresDefaults && own.default != null))
    if (found === -1) throw dataError(`Cannot find non-null field in the union ${schema.name}: one of its members must be set.`)
    return found
  }
}

/** Writes the value of a field behind its tag. */
function fieldWriter (schema: Schema, field: FieldType, options: WriterOptions): Write {
  const tag = field.number * 8 + wireType(field)
  if (schema.type === 'array' || schema.type === 'map') {
    if (!field.isRepeated) return refusal(mismatch(schema, field))
    return schema.type === 'array' ? listWriter(schema, field, options) : mapWriter(schema, field, options)
  }
  if (field.isRepeated) return refusal(mismatch(schema, field))
  const write = contentWriter(schema, field, options)
  if (!omitsZero(field)) {
    return (to, value) => {
      to.varint(tag)
      write(to, value)
    }
  }
  const zero = isZero(schema, field, options.dialect)
  return (to, value) => {
    if (zero(value)) return
    to.varint(tag)
    write(to, value)
  }
}

function mismatch ({ type, name }: Schema, { name: field, type: own }: FieldType): string {
  return `A value of type ${type.toUpperCase()}${name === null ? '' : ` (${name})`} does not fit the field ${field} of the Protobuf schema, whose type is ${typeof own === 'string' ? own : own.fullName}.`
}

function listWriter (schema: Schema, field: FieldType, options: WriterOptions): Write {
  const write = schema.valueSchema!.type === 'map'
    ? refusal(`The field ${field.name} is a list of maps, which Protobuf does not have: put each into a struct.`)
    : contentWriter(schema.valueSchema!, field, options)
  const isPacked = field.isPacked && wireType(field) !== 2
  const tag = field.number * 8 + (isPacked ? 2 : wireType(field))
  const item: Write = (to, value) => {
    if (value === null || value === undefined) throw dataError(`The list ${field.name} holds null, which lists of Protobuf cannot: leave it out, or put each item into a struct.`)
    if (!isPacked) to.varint(tag)
    write(to, value)
  }
  return (to, value) => {
    if (!Array.isArray(value)) throw new Error('no list')
    if (!isPacked) for (let i = 0; i < value.length; i++) item(to, value[i])
    else if (value.length > 0) {
      to.varint(tag)
      const place = to.open()
      for (let i = 0; i < value.length; i++) item(to, value[i])
      to.close(place)
    }
  }
}

function mapWriter ({ keySchema, valueSchema }: Schema, field: FieldType, options: WriterOptions): Write {
  const entry = make.struct([['key', keySchema!], ['value', valueSchema!]])
  if (!isMessage(field.type)) return refusal(mismatch(entry, field))
  const write = messageWriter(structWriter(entry, field.type, options))
  const tag = field.number * 8 + 2
  return (to, value) => {
    if (!(value instanceof Map) && !isMembers(value)) throw new Error('no map')
    for (const [key, item] of entriesOf(value)) {
      to.varint(tag)
      write(to, { key, value: item })
    }
  }
}

/** Writes a value without its tag. */
function contentWriter (schema: Schema, field: FieldType, options: WriterOptions): Write {
  const { type } = field
  if (!isMessage(type)) return logicalMessages.has(schema.name) ? refusal(mismatch(schema, field)) : scalarWriter(schema, field, options.dialect) ?? refusal(mismatch(schema, field))
  const logical = logicalMessages.get(schema.name)
  if (logical !== undefined) {
    if (type.fullName !== logical.message) return refusal(mismatch(schema, field))
    const write = messageWriter(structWriter(logical.parts, type, options))
    return (to, value) => { write(to, logical.fromConnect(value)) }
  }
  if (schema.type === 'struct') return messageWriter(structWriter(schema, type, options))
  return wrapped(type) === null ? refusal(mismatch(schema, field)) : messageWriter(wrapperWriter(schema, type, options))
}

/** Writes a scalar as the wrapper that holds it. */
export function wrapperWriter (schema: Schema, message: MessageType, options: WriterOptions): Write {
  // Java writes this one as an Int32Value.
  const fields = message.fields.map(field => field.type === 'uint32' ? { ...field, type: 'int32' as const } : field)
  const write = structWriter(make.struct([['value', make.with(schema, { optional: false, default: undefined })]]), { ...message, fields }, options)
  return (to, value) => { write(to, { value }) }
}

function messageWriter (write: Write): Write {
  return (to, value) => {
    const place = to.open()
    write(to, value)
    to.close(place)
  }
}
