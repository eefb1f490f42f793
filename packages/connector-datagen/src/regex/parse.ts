/** A regular expression of dk.brics, as a tree. */
export type Expression =
  | { readonly kind: 'union' | 'concatenation' | 'intersection', readonly parts: readonly Expression[] }
  /** `max` null: without end. */
  | { readonly kind: 'repeat', readonly part: Expression, readonly min: number, readonly max: number | null }
  | { readonly kind: 'complement', readonly part: Expression }
  | { readonly kind: 'range', readonly from: number, readonly to: number }
  | { readonly kind: 'text', readonly text: string }
  /** No text at all, not even the empty one. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'anyText' }
  /** Whole numbers; `digits` 0: leading zeros at will. */
  | { readonly kind: 'interval', readonly min: number, readonly max: number, readonly digits: number }

const anyCharacter: Expression = { kind: 'range', from: 0, to: 0xffff }

/** What Generex makes of shorthands, in the order in which it replaces them. They are replaced anywhere, within brackets too. */
const shorthands: readonly (readonly [string, string])[] = [
  ['\\d', '[0-9]'], ['\\D', '[^0-9]'], ['\\s', '[ \t\n\f\r]'], ['\\S', '[^ \t\n\f\r]'], ['\\w', '[a-zA-Z_0-9]'], ['\\W', '[^a-zA-Z_0-9]']
]

/** `\Q...\E` quotes; only these characters need a backslash then. */
function unquote (pattern: string): string {
  return pattern.replaceAll(/\\Q(.*?)\\E/g, (_all, text: string) => text.replaceAll(/[.^$*+?(){|[\\@]/g, '\\$&'))
}

/**
 * Reads a regular expression in the syntax of Generex, which is that of dk.brics (its class RegExp documents it) with `\d \s \w` and `\Q...\E`.
 * Not the usual one: `^` and `$` are plain characters, `@` is any text, `#` none, `&` intersects, `~` complements, `"..."` quotes, `<1-12>`
 * counts. Throws a SyntaxError that says what was expected at which place.
 */
export function parseExpression (pattern: string): Expression {
  let text = unquote(pattern)
  for (const [short, long] of shorthands) text = text.replaceAll(short, () => long)
  return new Parser(text).whole()
}

class Parser {
  readonly #text: string
  #at = 0

  constructor (text: string) { this.#text = text }

  whole (): Expression {
    if (this.#text === '') return { kind: 'text', text: '' }
    const expression = this.#union()
    if (this.#more()) throw this.#expected('the end')
    return expression
  }

  #more (): boolean { return this.#at < this.#text.length }

  #peek (characters: string): boolean { return this.#more() && characters.includes(this.#text.charAt(this.#at)) }

  #take (character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #expected (what: string): SyntaxError { return new SyntaxError(`expected ${what} at position ${this.#at}`) }

  #require (character: string): void { if (!this.#take(character)) throw this.#expected(`"${character}"`) }

  #until (character: string): string {
    const end = this.#text.indexOf(character, this.#at)
    if (end === -1) {
      this.#at = this.#text.length
      throw this.#expected(`"${character}"`)
    }
    const text = this.#text.slice(this.#at, end)
    this.#at = end + 1
    return text
  }

  #union (): Expression {
    const parts = [this.#intersection()]
    while (this.#take('|')) parts.push(this.#intersection())
    return parts.length === 1 ? parts[0]! : { kind: 'union', parts }
  }

  #intersection (): Expression {
    const parts = [this.#concatenation()]
    while (this.#take('&')) parts.push(this.#concatenation())
    return parts.length === 1 ? parts[0]! : { kind: 'intersection', parts }
  }

  #concatenation (): Expression {
    const parts = [this.#repeat()]
    while (this.#more() && !this.#peek(')|&')) parts.push(this.#repeat())
    return parts.length === 1 ? parts[0]! : { kind: 'concatenation', parts }
  }

  #repeat (): Expression {
    let part = this.#complement()
    for (;;) {
      if (this.#take('?')) part = { kind: 'repeat', part, min: 0, max: 1 }
      else if (this.#take('*')) part = { kind: 'repeat', part, min: 0, max: null }
      else if (this.#take('+')) part = { kind: 'repeat', part, min: 1, max: null }
      else if (this.#take('{')) part = this.#counted(part)
      else return part
    }
  }

  #counted (part: Expression): Expression {
    const min = this.#digits()
    if (min === null) throw this.#expected('a number')
    const max = this.#take(',') ? this.#digits() : min
    this.#require('}')
    return { kind: 'repeat', part, min, max }
  }

  #digits (): number | null {
    const start = this.#at
    while (this.#peek('0123456789')) this.#at++
    return start === this.#at ? null : Number(this.#text.slice(start, this.#at))
  }

  #complement (): Expression {
    return this.#take('~') ? { kind: 'complement', part: this.#complement() } : this.#characterClass()
  }

  #characterClass (): Expression {
    if (!this.#take('[')) return this.#simple()
    const negated = this.#take('^')
    const parts = [this.#range()]
    while (this.#more() && !this.#peek(']')) parts.push(this.#range())
    this.#require(']')
    const union: Expression = { kind: 'union', parts }
    return negated ? { kind: 'intersection', parts: [anyCharacter, { kind: 'complement', part: union }] } : union
  }

  #range (): Expression {
    const from = this.#character()
    if (!this.#take('-')) return { kind: 'range', from, to: from }
    if (!this.#peek(']')) return { kind: 'range', from, to: this.#character() }
    const hyphen = 45
    return { kind: 'union', parts: [{ kind: 'range', from, to: from }, { kind: 'range', from: hyphen, to: hyphen }] }
  }

  #simple (): Expression {
    if (this.#take('.')) return anyCharacter
    if (this.#take('#')) return { kind: 'nothing' }
    if (this.#take('@')) return { kind: 'anyText' }
    if (this.#take('"')) return { kind: 'text', text: this.#until('"') }
    if (this.#take('<')) return this.#interval()
    if (!this.#take('(')) {
      const character = this.#character()
      return { kind: 'range', from: character, to: character }
    }
    if (this.#take(')')) return { kind: 'text', text: '' }
    const inner = this.#union()
    this.#require(')')
    return inner
  }

  #interval (): Expression {
    const start = this.#at
    const text = this.#until('>')
    const [, from, to] = /^(\d+)-(\d+)$/.exec(text) ?? []
    if (from === undefined || to === undefined) {
      this.#at = start
      throw this.#expected('two numbers, as in <1-12>,')
    }
    const [min, max] = [Number(from), Number(to)].toSorted((a, b) => a - b) as [number, number]
    return { kind: 'interval', min, max, digits: from.length === to.length ? from.length : 0 }
  }

  #character (): number {
    this.#take('\\')
    if (!this.#more()) throw this.#expected('a character')
    return this.#text.charCodeAt(this.#at++)
  }
}
