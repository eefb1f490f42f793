/** Blanks and comments, strings, words and numbers (with their signs, dots and slashes), single characters. */
const tokenPattern = /(?:\s+|\/\/[^\n]*|\/\*[^]*?\*\/)+|"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'|[\w.+-]+|[^]/gy
const escapes: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }
const escapePattern = /\\(?:[xX]([0-9a-fA-F]{1,2})|([0-7]{1,3})|u([0-9a-fA-F]{4})|([^]))/g

/** Text without its quotes and escapes. */
function unquoted (text: string): string {
  return text.slice(1, -1).replace(escapePattern, (_whole, hex?: string, octal?: string, unicode?: string, other = '') => {
    if (hex !== undefined || unicode !== undefined) return String.fromCharCode(parseInt(hex ?? unicode!, 16))
    return octal === undefined ? escapes[other] ?? other : String.fromCharCode(parseInt(octal, 8))
  })
}

function isQuoted (token: string): boolean { return token.length > 1 && (token[0] === '"' || token[0] === '\'') }

/** The tokens of a `.proto` text, one after the other. Every call throws where something else stands than is asked for. */
export class ProtoTokens {
  readonly #tokens: string[]
  #at = 0

  constructor (text: string) {
    this.#tokens = text.replace(/^\ufeff/, '').match(tokenPattern)?.filter(token => !/^(?:\s|\/[/*])/.test(token)) ?? []
  }

  isAtEnd (): boolean { return this.#at >= this.#tokens.length }

  /** What comes next; empty at the end. */
  peek (): string { return this.#tokens[this.#at] ?? '' }

  next (): string {
    if (this.isAtEnd()) throw this.unexpected()
    return this.#tokens[this.#at++]!
  }

  /** Takes the token if it comes next. */
  takes (token: string): boolean {
    if (this.peek() !== token) return false
    this.#at++
    return true
  }

  expect (token: string): void { if (!this.takes(token)) throw this.unexpected(token) }

  word (): string {
    if (!/^[\w.+-]/.test(this.peek())) throw this.unexpected('a name or number')
    return this.next()
  }

  integer (): number {
    const text = this.word()
    const value = /^[+-]?0[xX]/.test(text) ? parseInt(text, 16) : Number(text)
    if (!Number.isSafeInteger(value)) throw new Error(`${text} is no integer`)
    return value
  }

  isText (): boolean { return isQuoted(this.peek()) }

  /** A string; several in a row are one. */
  text (): string {
    if (!this.isText()) throw this.unexpected('a string')
    let text = ''
    while (this.isText()) text += unquoted(this.next())
    return text
  }

  /** What to throw for the next token. */
  unexpected (wanted: string | null = null): Error {
    return new Error(`${this.isAtEnd() ? 'the text ends' : `${this.peek()} stands`} ${wanted === null ? 'where it should not' : `where ${wanted} should`}, after ${this.#tokens.slice(Math.max(this.#at - 5, 0), this.#at).join(' ')}`)
  }
}
