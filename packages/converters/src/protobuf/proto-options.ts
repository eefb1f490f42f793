import type { ProtoTokens } from './proto-tokens.ts'

/** Strings, numbers and words as text, lists, and objects by the names of their members. */
export type ProtoOptionValue = string | readonly ProtoOptionValue[] | ReadonlyMap<string, ProtoOptionValue>

export interface ProtoOption {
  /** With its brackets, as in `(confluent.field_meta).params`. */
  readonly name: string
  readonly value: ProtoOptionValue
}

export function isOptionMap (value: ProtoOptionValue | undefined): value is ReadonlyMap<string, ProtoOptionValue> { return value instanceof Map }

/** Reads options of `.proto` texts. */
export class OptionReader {
  readonly #tokens: ProtoTokens

  constructor (tokens: ProtoTokens) { this.#tokens = tokens }

  /** The rest of a statement that begins with `option`. */
  statement (): void {
    this.#option()
    this.#tokens.expect(';')
  }

  /** Options in square brackets behind something else. */
  list (): ProtoOption[] {
    const options: ProtoOption[] = []
    this.#tokens.expect('[')
    while (!this.#tokens.takes(']')) {
      options.push(this.#option())
      this.#tokens.takes(',')
    }
    return options
  }

  #option (): ProtoOption {
    let name = ''
    while (this.#tokens.peek() !== '=') name += this.#tokens.next()
    this.#tokens.expect('=')
    return { name, value: this.#value() }
  }

  #value (): ProtoOptionValue {
    const tokens = this.#tokens
    if (tokens.isText()) return tokens.text()
    if (tokens.takes('{')) return this.#map('}')
    if (tokens.takes('<')) return this.#map('>')
    return tokens.takes('[') ? this.#items() : tokens.word()
  }

  #items (): ProtoOptionValue[] {
    const items: ProtoOptionValue[] = []
    while (!this.#tokens.takes(']')) {
      items.push(this.#value())
      this.#tokens.takes(',')
    }
    return items
  }

  /** Members may have a colon, or none before an object; a name that comes again makes a list. */
  #map (end: string): ReadonlyMap<string, ProtoOptionValue> {
    const tokens = this.#tokens
    const members = new Map<string, ProtoOptionValue>()
    while (!tokens.takes(end)) {
      let name = tokens.next()
      if (name === '[') {
        while (!tokens.takes(']')) name += tokens.next()
        name += ']'
      }
      tokens.takes(':')
      const value = this.#value()
      const before = members.get(name)
      members.set(name, before === undefined ? value : [...Array.isArray(before) ? before as readonly ProtoOptionValue[] : [before], value])
      if (!tokens.takes(',')) tokens.takes(';')
    }
    return members
  }
}
