import { setMember } from '../json/json-parse.ts'
import { kindOf, wrapped } from './protobuf-kinds.ts'
import type { ProtobufDialect } from './protobuf-dialect.ts'
import { logicalMessages } from './protobuf-logical.ts'
import type { LogicalMessage } from './protobuf-logical.ts'
import { unionField } from './protobuf-mapping.ts'
import { ProtobufReader } from './protobuf-reader.ts'
import { defaultOf, enumReader, readCode, wireType } from './protobuf-scalars.ts'
import { isMessage } from './proto-types.ts'
import type { FieldType, MessageType } from './proto-types.ts'

/** Reads a message up to where it ends. */
export type ReadMessage = (from: ProtobufReader) => unknown

/** Thrown for a message in several parts, which are to be joined first. */
const messageInParts = new Error('a message within comes in several parts')

const noBytes = new Uint8Array()
const logicalByMessage = new Map<string, LogicalMessage>([...logicalMessages.values()].map(one => [one.message, one]))

/** Compiles messages into functions that read them as Connect values. Their schemas must be known to Connect: no message may hold itself. */
export class ReaderCompiler {
  readonly #dialect: ProtobufDialect
  readonly #done = new Map<MessageType, ReadMessage>()

  constructor (dialect: ProtobufDialect) { this.#dialect = dialect }

  /** What the message is read as: a struct, or what a wrapper holds. */
  root (message: MessageType): ReadMessage {
    return this.#dialect.rawWrappers && wrapped(message) !== null ? this.#wrapper(message) : this.#struct(message)
  }

  #wrapper (message: MessageType): ReadMessage {
    const read = this.#struct(only(message, ['value']))
    return from => (read(from) as { value: unknown }).value
  }

  /** Reads the message that is the type of a field. */
  #content (field: FieldType): ReadMessage {
    const message = field.type as MessageType
    const kind = kindOf(field, this.#dialect)
    if (kind === 'struct' || kind === 'map') return this.#struct(message)
    if (kind === 'wrapper') return this.#wrapper(message)
    const logical = logicalByMessage.get(message.fullName)
    if (logical === undefined) return this.#struct(only(message, ['metadata', 'value']))
    const read = this.#struct(only(message, logical.parts.fields.map(({ name }) => name)))
    return from => logical.toConnect(read(from) as Record<string, unknown>)
  }

  #struct (message: MessageType): ReadMessage {
    let read = this.#done.get(message)
    if (read === undefined) {
      read = new StructCode(message, this.#dialect, field => this.#content(field)).compile()
      this.#done.set(message, read)
    }
    return read
  }
}

/** The message with these fields alone, as far as they are scalars. */
function only (message: MessageType, names: readonly string[]): MessageType {
  return { ...message, oneofs: [], fields: message.fields.filter(({ name, type, isRepeated }) => names.includes(name) && typeof type === 'string' && !isRepeated) }
}

/** The default of a message: as if read from no bytes. `mayLack`: whatever it requires. */
function empty (read: ReadMessage, mayLack: boolean): unknown {
  const from = new ProtobufReader({ mayLack })
  from.start(noBytes, 0)
  return read(from)
}

/** Reads an entry of a map into it. */
function entryReader (readEntry: ReadMessage, valueOf: (entry: Record<string, unknown>) => unknown, isObject: boolean): (from: ProtobufReader, map: Map<unknown, unknown> | Record<string, unknown>) => void {
  return (from, map) => {
    const entry = readEntry(from) as Record<string, unknown>
    if (isObject) setMember(map as Record<string, unknown>, entry['key'] as string, valueOf(entry))
    else (map as Map<unknown, unknown>).set(entry['key'], valueOf(entry))
  }
}

/**
 * Code of its own for each message, with a variable for each field: several times as fast as a loop over tables, and objects of one shape. What stands in
 * it beside our own words are numbers, and names as JSON.
 */
class StructCode {
  readonly #message: MessageType
  readonly #dialect: ProtobufDialect
  readonly #content: (field: FieldType) => ReadMessage
  readonly #parts: unknown[] = []
  readonly #variables: string[] = []
  readonly #cases: string[] = []
  readonly #members: string[] = []

  constructor (message: MessageType, dialect: ProtobufDialect, content: (field: FieldType) => ReadMessage) {
    this.#message = message
    this.#dialect = dialect
    this.#content = content
  }

  compile (): ReadMessage {
    for (const [i, { name, fields }] of this.#message.oneofs.entries()) {
      if (this.#dialect.flattensUnions) this.#flatUnion(fields)
      else this.#union(unionField(name, i, this.#dialect), fields)
    }
    for (const field of this.#message.fields) {
      if (field.isRepeated) this.#list(field)
      else this.#single(field)
    }
    const body = `
      ${this.#parts.map((_, i) => `const part${i} = parts[${i}]`).join('\n')}
      return from => {
        ${this.#variables.map(one => `let ${one}`).join('\n')}
        while (from.more()) {
          const tag = from.tag()
          switch (tag) {
            ${this.#cases.join('\n')}
            default: from.skip(tag)
          }
        }
        return { ${this.#members.join(', ')} }
      }`
    // oxlint-disable-next-line no-new-func, no-implied-eval
    return (new Function('parts', body) as (parts: readonly unknown[]) => ReadMessage)(this.#parts)
  }

  /** The name of something made before. */
  #part (value: unknown): string { return `part${this.#parts.push(value) - 1}` }

  #variable (initial: string): string {
    const name = `v${this.#variables.length}`
    this.#variables.push(`${name} = ${initial}`)
    return name
  }

  #member (name: string, value: string): void { this.#members.push(`${keyOf(name)}: ${value}`) }

  /** Code for the value of a field, to stand behind `const value =`. Where it is undefined nothing was read. */
  #value (field: FieldType): { readonly code: string, readonly mayLack: boolean } {
    if (typeof field.type === 'string') return { code: readCode(field), mayLack: false }
    if (kindOf(field, this.#dialect) === 'enum') return { code: `${this.#part(enumReader(field, this.#dialect.intEnums))}(from)`, mayLack: true }
    return { code: `${this.#part(this.#content(field))}(from)`, mayLack: false }
  }

  /** A case that reads the value of a field and then does `set`, which finds it as `value`. `guard`: stands before. */
  #case (field: FieldType, set: string, guard = ''): void {
    const { code, mayLack } = this.#value(field)
    const read = isMessage(field.type) ? `const end = from.enter(); const value = ${code}; from.leave(end)` : `const value = ${code}`
    this.#cases.push(`case ${tagOf(field, wireType(field))}: { ${guard}${read}; ${mayLack ? `if (value !== undefined) { ${set} }` : set}; break }`)
  }

  #single (field: FieldType): void {
    const { structsForNulls, optionalProto2, intEnums } = this.#dialect
    if (isMessage(field.type)) {
      const variable = this.#variable('null')
      this.#case(field, `${variable} = value`, `if (${variable} !== null) throw ${this.#part(messageInParts)}; `)
      const content = this.#content(field)
      const fallback = structsForNulls ? `${this.#part(() => empty(content, true))}()` : 'null'
      this.#member(field.name, field.isRequired ? `${variable} ?? from.lacks(${JSON.stringify(field.name)}, ${fallback})` : `${variable} ?? ${fallback}`)
      return
    }
    const initial = this.#part(defaultOf(field, intEnums))
    const mayBeUnset = field.isProto3Optional || (optionalProto2 && field.isOptional)
    const variable = this.#variable(field.isRequired ? 'undefined' : mayBeUnset && !structsForNulls ? 'null' : initial)
    this.#case(field, `${variable} = value`)
    this.#member(field.name, field.isRequired ? `${variable} === undefined ? from.lacks(${JSON.stringify(field.name)}, ${initial}) : ${variable}` : variable)
  }

  #list (field: FieldType): void {
    if (kindOf(field, this.#dialect) === 'map') {
      this.#map(field)
      return
    }
    const variable = this.#variable('[]')
    this.#case(field, `${variable}.push(value)`)
    if (wireType(field) !== 2) {
      const { code, mayLack } = this.#value(field)
      this.#cases.push(`case ${tagOf(field, 2)}: {
        const end = from.enter()
        while (from.more()) { const value = ${code}; ${mayLack ? 'if (value !== undefined) ' : ''}${variable}.push(value) }
        from.leave(end)
        break }`)
    }
    this.#member(field.name, variable)
  }

  #map (field: FieldType): void {
    const entry = field.type as MessageType
    const [key, value] = entry.fields
    // A key or value that is not there is zero, whatever the syntax; a message that is not there may lack nothing.
    const fields = entry.fields.map(one => ({ ...one, isOptional: false, isProto3Optional: false }))
    const readEntry = new StructCode({ ...entry, fields }, { ...this.#dialect, structsForNulls: false }, this.#content).compile()
    const isObject = key!.type === 'string'
    const variable = this.#variable(isObject ? '{}' : 'new Map()')
    const content = isMessage(value!.type) ? this.#content(value!) : null
    const read = entryReader(readEntry, content === null ? entry => entry['value'] : entry => entry['value'] ?? empty(content, false), isObject)
    this.#cases.push(`case ${tagOf(field, 2)}: { const end = from.enter(); ${this.#part(read)}(from, ${variable}); from.leave(end); break }`)
    this.#member(field.name, variable)
  }

  /** A struct with the member that came last. */
  #union (name: string, fields: readonly FieldType[]): void {
    const variable = this.#variable('null')
    const last = this.#variable('0')
    for (const field of fields) {
      const members = fields.map(one => `${keyOf(one.name)}: ${one === field ? 'value' : 'null'}`).join(', ')
      const guard = isMessage(field.type) ? `if (${last} === ${field.number}) throw ${this.#part(messageInParts)}; ` : ''
      this.#case(field, `${last} = ${field.number}; ${variable} = { ${members} }`, guard)
    }
    this.#member(name, variable)
  }

  #flatUnion (fields: readonly FieldType[]): void {
    const variables = fields.map(() => this.#variable('null'))
    for (const [i, field] of fields.entries()) {
      const guard = isMessage(field.type) ? `if (${variables[i]} !== null) throw ${this.#part(messageInParts)}; ` : ''
      this.#case(field, variables.map((one, j) => `${one} = ${i === j ? 'value' : 'null'}`).join('; '), guard)
      this.#member(field.name, variables[i]!)
    }
  }
}

function tagOf ({ number }: FieldType, wire: number): number { return number * 8 + wire }

/** In brackets a member may be called __proto__. */
function keyOf (name: string): string { return name === '__proto__' ? '["__proto__"]' : JSON.stringify(name) }
