import { dataError } from '@tributary/plugin'
import type { ProtoEnum, ProtoField, ProtoFile, ProtoMessage, ProtoOneof } from './proto-file.ts'
import { isOptionMap, OptionReader } from './proto-options.ts'
import type { ProtoOption } from './proto-options.ts'
import { ProtoTokens } from './proto-tokens.ts'

const labels = new Set(['optional', 'required', 'repeated'])
const fieldMeta = /^\.?confluent\.field_meta$/

/** Parses a `.proto` text as a registry holds it: proto2 or proto3. Throws a data error that says where it is none. */
export function parseProto (text: string): ProtoFile {
  try {
    return new ProtoParser(text).file()
  } catch (error) {
    throw dataError(`A Protobuf schema is no .proto text: ${(error as Error).message}.`)
  }
}

interface Scope { readonly messages: ProtoMessage[], readonly enums: ProtoEnum[] }

class ProtoParser {
  readonly #tokens: ProtoTokens
  readonly #options: OptionReader

  constructor (text: string) {
    this.#tokens = new ProtoTokens(text)
    this.#options = new OptionReader(this.#tokens)
  }

  file (): ProtoFile {
    const tokens = this.#tokens
    const file = { syntax: 'proto2' as ProtoFile['syntax'], package: null as string | null, imports: [] as string[], publicImports: [] as string[], messages: [] as ProtoMessage[], enums: [] as ProtoEnum[] }
    while (!tokens.isAtEnd()) {
      const word = tokens.next()
      if (word === 'syntax') file.syntax = this.#syntax()
      else if (word === 'edition') throw new Error('it uses an edition, and only syntax = "proto2" and "proto3" can be read')
      else if (word === 'package') {
        file.package = tokens.word()
        tokens.expect(';')
      } else if (word === 'import') this.#import(file)
      else if (word === 'service') this.#skipBlock()
      else if (!this.#takesType(word, file) && word !== ';') throw new Error(`${word} stands where a message, an enum or an import should`)
    }
    return file
  }

  #syntax (): ProtoFile['syntax'] {
    this.#tokens.expect('=')
    const syntax = this.#tokens.text()
    this.#tokens.expect(';')
    if (syntax !== 'proto2' && syntax !== 'proto3') throw new Error(`its syntax is ${syntax}, and only proto2 and proto3 can be read`)
    return syntax
  }

  #import ({ imports, publicImports }: { imports: string[], publicImports: string[] }): void {
    const isPublic = this.#tokens.takes('public')
    if (!isPublic) this.#tokens.takes('weak')
    const path = this.#tokens.text()
    this.#tokens.expect(';')
    if (isPublic) publicImports.push(path)
    else imports.push(path)
  }

  /** Takes what may stand in a file and in a message; false: the word begins something else. */
  #takesType (word: string, { messages, enums }: Scope): boolean {
    if (word === 'message') messages.push(this.#message())
    else if (word === 'enum') enums.push(this.#enum())
    else if (word === 'extend') this.#skipBlock()
    else if (word === 'option') this.#options.statement()
    else return false
    return true
  }

  #message (): ProtoMessage {
    const tokens = this.#tokens
    const message = { name: tokens.word(), fields: [] as ProtoField[], oneofs: [] as ProtoOneof[], messages: [] as ProtoMessage[], enums: [] as ProtoEnum[] }
    tokens.expect('{')
    while (!tokens.takes('}')) {
      if (this.#takesSkipped()) continue
      const word = tokens.next()
      if (word === 'oneof') message.oneofs.push(this.#oneof())
      else if (!this.#takesType(word, message)) {
        const field = this.#field(word)
        if (field !== null) message.fields.push(field)
      }
    }
    return message
  }

  /** Takes what says nothing of the data. */
  #takesSkipped (): boolean {
    const tokens = this.#tokens
    if (tokens.takes(';')) return true
    if (tokens.peek() !== 'reserved' && tokens.peek() !== 'extensions') return false
    while (!tokens.takes(';')) {
      if (tokens.peek() === '[') this.#options.list()
      else tokens.next()
    }
    return true
  }

  #oneof (): ProtoOneof {
    const tokens = this.#tokens
    const name = tokens.word()
    const fields: ProtoField[] = []
    tokens.expect('{')
    while (!tokens.takes('}')) {
      if (tokens.takes(';')) continue
      const word = tokens.next()
      if (word === 'option') this.#options.statement()
      else {
        const field = this.#field(word)
        if (field !== null) fields.push(field)
      }
    }
    return { name, fields }
  }

  /** `first`: its label, or else its type. Null for a group, whose data is skipped. */
  #field (first: string): ProtoField | null {
    const tokens = this.#tokens
    const label = labels.has(first) ? first as ProtoField['label'] : null
    let type = label === null ? first : tokens.word()
    if (type === 'group') {
      this.#skipBlock()
      return null
    }
    let keyType: string | null = null
    if (type === 'map' && tokens.takes('<')) {
      keyType = tokens.word()
      tokens.expect(',')
      type = tokens.word()
      tokens.expect('>')
    }
    const name = tokens.word()
    tokens.expect('=')
    const number = tokens.integer()
    const options = tokens.peek() === '[' ? this.#options.list() : []
    tokens.expect(';')
    const text = (name: string): string | null => {
      const value = options.find(option => option.name === name)?.value
      return typeof value === 'string' ? value : null
    }
    const packed = text('packed')
    return { name, number, label, type, keyType, default: text('default'), packed: packed === null ? null : packed === 'true', parameters: parametersOf(options) }
  }

  #enum (): ProtoEnum {
    const tokens = this.#tokens
    const name = tokens.word()
    const values: { name: string, number: number }[] = []
    tokens.expect('{')
    while (!tokens.takes('}')) {
      if (this.#takesSkipped()) continue
      const word = tokens.word()
      if (word === 'option' && tokens.peek() !== '=') this.#options.statement()
      else {
        tokens.expect('=')
        values.push({ name: word, number: tokens.integer() })
        if (tokens.peek() === '[') this.#options.list()
        tokens.expect(';')
      }
    }
    return { name, values }
  }

  /** Skips up to a block in braces, and the block. */
  #skipBlock (): void {
    while (!this.#tokens.takes('{')) this.#tokens.next()
    for (let depth = 1; depth > 0;) {
      const token = this.#tokens.next()
      if (token === '{') depth++
      else if (token === '}') depth--
    }
  }
}

/** `params` of the option, which stand as one object or several, in one option or several. */
function parametersOf (options: readonly ProtoOption[]): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  for (const { name, value } of options) {
    const [, option, member] = /^\(([^)]*)\)(?:\.(.*))?$/.exec(name) ?? []
    if (option === undefined || !fieldMeta.test(option)) continue
    const params = member === 'params' ? value : member === undefined && isOptionMap(value) ? value.get('params') : undefined
    for (const entry of Array.isArray(params) ? params : [params]) {
      if (!isOptionMap(entry)) continue
      const [key, text] = [entry.get('key'), entry.get('value')]
      if (typeof key === 'string' && typeof text === 'string') parameters.set(key, text)
    }
  }
  return parameters
}
