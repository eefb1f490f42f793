import { doubleText, TypedNumber } from '@tributary/plugin'
import { maxDepth, scanJson } from './json-scan.ts'
import { bufferOf, jsonText, notJson } from './json-text.ts'

/**
 * A parsed JSON text. Numbers: an integer is a number when safe, else a bigint; a fraction is a number, or a TypedNumber where a number would
 * be taken for an integer or would lose digits. undefined stands for a text with nothing in it.
 */
export type JsonNode = unknown

/** Most digits in a number that Jackson reads. */
const maxDigits = 1000
const numberPattern = /-?\d+(\.\d+)?([eE][+-]?\d+)?/y
const wordEnd = /[\p{L}\p{Nl}\p{Nd}\p{Sc}\p{Pc}]/u

/** Names of members by their place in the text last read: records of a topic look alike, and to compare a name costs less than to take it out. */
const usualNames: string[] = []
const maxUsualNames = 500
const maxUsualName = 100

/** The text as V8 keeps names, which does not hold the text it was cut from. */
function asKey (name: string): string { return Object.keys({ [name]: null })[0]! }

/** Sets an own member, also one called `__proto__`. */
export function setMember (object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
  else object[name] = value
}

/** The digits that count: neither leading nor trailing zeros, nor the exponent. */
function digitsOf (text: string): string {
  return text.replace(/[eE].*$/, '').replace(/[-.]/g, '').replace(/^0+/, '').replace(/0+$/, '')
}

/** Below this a double holds fewer digits. */
const smallestNormal = 2.2250738585072014e-308

/** Whether the double stands for exactly these digits, so that printing it gives them again. */
function keepsDigits (value: number, text: string): boolean {
  if (!Number.isFinite(value)) return false
  if (text.length <= 15 && Math.abs(value) >= smallestNormal) return true
  const digits = digitsOf(text)
  return digitsOf(String(value)) === digits || digitsOf(doubleText(value)) === digits
}

/** The number of a JSON token. */
function numberOf (text: string, isWhole: boolean, keepsText: boolean): unknown {
  const value = Number(text)
  if (isWhole) return Number.isSafeInteger(value) ? value + 0 : BigInt(text)
  if (keepsText || !keepsDigits(value, text)) return new TypedNumber('float64', value, text.replace(/^(-?)0+(?=\d)/, '$1'))
  return Number.isInteger(value) ? new TypedNumber('float64', value) : value
}

/**
 * Reads JSON text as Jackson does with Kafka's settings, and exactly: leading zeros are allowed, what follows the first value is not looked at,
 * the last of equal member names counts.
 */
export class JsonParser {
  readonly #text: string
  readonly #keepsText: boolean
  #at = 0
  #depth = 0
  /** Members so far. */
  #members = 0

  /** `keepsText`: every fraction keeps its text, as decimals need it. */
  constructor (text: string, keepsText: boolean) {
    this.#text = text
    this.#keepsText = keepsText
  }

  /** The value at the start of the text; undefined where there is none. */
  parse (): JsonNode {
    this.#skipBlanks()
    if (this.#at === this.#text.length) return undefined
    const first = this.#text.charCodeAt(this.#at)
    const value = this.#value()
    // Only behind a number Jackson looks at what follows.
    if ((first === 0x2d || (first >= 0x30 && first <= 0x39)) && this.#at < this.#text.length && !' \t\n\r'.includes(this.#text[this.#at]!)) throw this.#unexpected()
    return value
  }

  /** The value that is the whole text; undefined also where something follows it. */
  parseWhole (): JsonNode {
    this.#skipBlanks()
    if (this.#at === this.#text.length) return undefined
    const value = this.#value()
    this.#skipBlanks()
    return this.#at === this.#text.length ? value : undefined
  }

  /** The members of an object, each with the place of its value; null if the text is no object. */
  members (): { name: string, value: JsonNode, start: number, end: number }[] | null {
    this.#skipBlanks()
    if (this.#text[this.#at] !== '{') return null
    const members: { name: string, value: JsonNode, start: number, end: number }[] = []
    if (this.#opens(0x7d)) {
      do {
        const name = this.#name()
        const start = this.#at
        members.push({ name, value: this.#value(), start, end: this.#at })
      } while (this.#hasMore(0x7d))
    }
    return members
  }

  #unexpected (): Error {
    return this.#at >= this.#text.length ? notJson('the text ends too early') : notJson('an unexpected character', this.#at)
  }

  #skipBlanks (): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#at++
    }
  }

  #value (): JsonNode {
    switch (this.#text.charCodeAt(this.#at)) {
      case 0x22: return this.#string()
      case 0x7b: {
        const object: Record<string, unknown> = {}
        if (this.#opens(0x7d)) {
          do setMember(object, this.#name(), this.#value()); while (this.#hasMore(0x7d))
        }
        return object
      }
      case 0x5b: return this.#array()
      case 0x74: return this.#word('true', true)
      case 0x66: return this.#word('false', false)
      case 0x6e: return this.#word('null', null)
      default: return this.#number()
    }
  }

  #word (word: string, value: boolean | null): boolean | null {
    if (!this.#text.startsWith(word, this.#at)) throw this.#unexpected()
    this.#at += word.length
    const next = this.#text[this.#at]
    if (next !== undefined && next !== ',' && next !== '}' && wordEnd.test(next)) throw this.#unexpected()
    return value
  }

  #number (): unknown {
    const usual = this.#usualNumber()
    if (usual !== null) return usual
    numberPattern.lastIndex = this.#at
    const match = numberPattern.exec(this.#text)
    if (match === null) throw this.#unexpected()
    const [text, fraction, exponent] = match
    this.#at += text.length
    if (text.length > maxDigits && text.replace(/[-+.eE]/g, '').length > maxDigits) throw notJson(`a number of more than ${maxDigits} digits`, this.#at)
    const next = this.#text.charCodeAt(this.#at)
    // 1. and 1e are no numbers, though 1 in front of them is one.
    if (next === 0x2e || (next | 0x20) === 0x65) throw this.#unexpected()
    return numberOf(text, fraction === undefined && exponent === undefined, this.#keepsText)
  }

  /** An integer, or a fraction of few digits, which nearly all numbers are; null, and nothing taken, for others. */
  #usualNumber (): number | bigint | null {
    const text = this.#text
    let at = this.#at
    let value = 0
    let code = text.charCodeAt(at)
    const isNegative = code === 0x2d
    if (isNegative) code = text.charCodeAt(++at)
    const start = at
    while (code >= 0x30 && code <= 0x39) {
      value = value * 10 + code - 0x30
      code = text.charCodeAt(++at)
    }
    const digits = at - start
    if (digits === 0 || (code | 0x20) === 0x65) return null
    if (code === 0x2e) return this.#usualFraction(start, at, isNegative)
    if (digits > 15) {
      if (digits > 20) return null
      const exact = BigInt(text.slice(this.#at, at))
      value = Number(exact)
      this.#at = at
      return Number.isSafeInteger(value) ? value : exact
    }
    this.#at = at
    return isNegative && value !== 0 ? -value : value
  }

  /** A fraction that a double keeps and that is no integer. */
  #usualFraction (start: number, point: number, isNegative: boolean): number | null {
    const text = this.#text
    let at = point + 1
    let code = text.charCodeAt(at)
    while (code >= 0x30 && code <= 0x39) code = text.charCodeAt(++at)
    if (this.#keepsText || at === point + 1 || at - start > 15 || (code | 0x20) === 0x65 || code === 0x2e) return null
    const value = Number(text.slice(start, at))
    if (Number.isInteger(value)) return null
    this.#at = at
    return isNegative ? -value : value
  }

  #string (): string {
    const start = ++this.#at
    let at = start
    for (;;) {
      const code = this.#text.charCodeAt(at)
      if (code === 0x22) {
        this.#at = at + 1
        return this.#text.slice(start, at)
      }
      // A backslash, a control character, or the end of the text.
      if (code === 0x5c || !(code >= 0x20)) return this.#unescaped(start)
      at++
    }
  }

  #unescaped (start: number): string {
    let end = this.#text.indexOf('"', start)
    while (end !== -1 && this.#isEscaped(start, end)) end = this.#text.indexOf('"', end + 1)
    if (end === -1) throw notJson('a string without an end', start - 1)
    this.#at = end + 1
    try {
      return JSON.parse(this.#text.slice(start - 1, end + 1)) as string
    } catch {
      throw notJson('a string with a bad escape or a control character', start - 1)
    }
  }

  #isEscaped (start: number, quote: number): boolean {
    let at = quote
    while (at > start && this.#text.charCodeAt(at - 1) === 0x5c) at--
    return (quote - at) % 2 === 1
  }

  /** Goes into a container; false when it ends at once. */
  #opens (close: number): boolean {
    if (++this.#depth > maxDepth) throw notJson(`nesting deeper than ${maxDepth}`, this.#at)
    this.#at++
    this.#skipBlanks()
    if (this.#text.charCodeAt(this.#at) !== close) return true
    this.#at++
    this.#depth--
    return false
  }

  /** After an item: true when another one follows, false when the container has ended. */
  #hasMore (close: number): boolean {
    this.#skipBlanks()
    const code = this.#text.charCodeAt(this.#at)
    if (code !== 0x2c && code !== close) throw this.#unexpected()
    this.#at++
    if (code === 0x2c) {
      this.#skipBlanks()
      return true
    }
    this.#depth--
    return false
  }

  #array (): unknown[] {
    const items: unknown[] = []
    if (this.#opens(0x5d)) {
      do items.push(this.#value()); while (this.#hasMore(0x5d))
    }
    return items
  }

  /** The name of a member, up to its value. */
  #name (): string {
    if (this.#text.charCodeAt(this.#at) !== 0x22) throw this.#unexpected()
    const nth = this.#members++
    const usual = usualNames[nth]
    const end = usual === undefined ? 0 : this.#at + 1 + usual.length
    let name = usual
    if (name !== undefined && this.#text.charCodeAt(end) === 0x22 && this.#text.startsWith(name, this.#at + 1)) {
      this.#at = end + 1
    } else {
      const start = this.#at + 1
      name = this.#string()
      // Without escapes, the name is what stands in the text.
      if (nth < maxUsualNames && name.length < maxUsualName && this.#at === start + name.length + 1) usualNames[nth] = asKey(name)
    }
    this.#skipBlanks()
    if (this.#text.charCodeAt(this.#at) !== 0x3a) throw this.#unexpected()
    this.#at++
    this.#skipBlanks()
    return name
  }
}

/** Parses JSON text exactly. */
export function parseExactly (text: string, keepsText = false): JsonNode {
  return new JsonParser(text, keepsText).parse()
}

/** Parses JSON bytes exactly: with `JSON.parse` where that harms nothing, else with {@link JsonParser}. */
export function parseJson (bytes: Uint8Array): JsonNode {
  const scan = scanJson(bytes)
  if (scan !== 'risky') {
    try {
      return JSON.parse(scan === 'ascii' ? bufferOf(bytes).toString('latin1') : jsonText(bytes)) as JsonNode
    } catch {
      // Jackson takes more than JSON.parse does: leading zeros, whatever follows the value, nothing at all.
    }
  }
  return parseExactly(jsonText(bytes))
}
