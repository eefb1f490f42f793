import { ConnectError } from './errors.ts'

/**
 * Regular expressions as `java.util.regex.Pattern` writes them, since configurations hold them. Not supported, and refused by name:
 * properties JavaScript does not know. Possessive quantifiers and atomic groups match as greedy ones do.
 */

function refuse (pattern: string, reason: string, index: number): never {
  const pointer = index < pattern.length ? `\n${' '.repeat(index)}^` : ''
  throw new ConnectError('REGEX', 'config', `${reason} near index ${index}\n${pattern}${pointer}`, { javaClass: 'java.util.regex.PatternSyntaxException' })
}

// \p{...} of Java that JavaScript writes otherwise, as the inside of a class.
const posix: Readonly<Record<string, string>> = {
  Lower: 'a-z', Upper: 'A-Z', ASCII: '\\x00-\\x7F', Alpha: 'a-zA-Z', Digit: '0-9', Alnum: 'a-zA-Z0-9', Punct: '\\x21-\\x2F\\x3A-\\x40\\x5B-\\x60\\x7B-\\x7E',
  Graph: '\\x21-\\x7E', Print: '\\x20-\\x7E', Blank: ' \\t', Cntrl: '\\x00-\\x1F\\x7F', XDigit: '0-9a-fA-F', Space: ' \\t\\n\\v\\f\\r'
}
// Methods of java.lang.Character, and blocks, by what comes next to them.
const javaClasses: Readonly<Record<string, string>> = {
  javaLowerCase: '\\p{Lowercase}', javaUpperCase: '\\p{Uppercase}', javaTitleCase: '\\p{Lt}', javaDigit: '\\p{Nd}', javaLetter: '\\p{L}', javaLetterOrDigit: '\\p{L}\\p{Nd}', javaAlphabetic: '\\p{Alphabetic}',
  javaIdeographic: '\\p{Ideographic}', javaMirrored: '\\p{Bidi_Mirrored}', javaDefined: '\\P{Cn}', javaSpaceChar: '\\p{Z}',
  javaWhitespace: '\\t-\\r\\x1C-\\x20\\u1680\\u2000-\\u2006\\u2008-\\u200A\\u2028\\u2029\\u205F\\u3000', javaISOControl: '\\x00-\\x1F\\x7F-\\x9F',
  InBasicLatin: '\\x00-\\x7F', InLatin1Supplement: '\\x80-\\xFF', InLatinExtendedA: '\\u0100-\\u017F', InGreek: '\\u0370-\\u03FF', InCyrillic: '\\u0400-\\u04FF'
}
// Classes whose members differ between the two languages: Java's know ASCII only.
const shorthand: Readonly<Record<string, string>> = {
  d: '[0-9]', D: '[^0-9]', s: '[ \\t\\n\\v\\f\\r]', S: '[^ \\t\\n\\v\\f\\r]', w: '[a-zA-Z_0-9]', W: '[^a-zA-Z_0-9]',
  h: '[ \\t\\xA0\\u1680\\u180E\\u2000-\\u200A\\u202F\\u205F\\u3000]', H: '[^ \\t\\xA0\\u1680\\u180E\\u2000-\\u200A\\u202F\\u205F\\u3000]',
  v: '[\\n\\v\\f\\r\\x85\\u2028\\u2029]', V: '[^\\n\\v\\f\\r\\x85\\u2028\\u2029]'
}
/** Of the edges of words, which know all scripts where \\w does not. */
const wordCharacter = '[\\p{L}\\p{Nd}_]'
const [behind, notBehind, ahead, notAhead] = [`(?<=${wordCharacter})`, `(?<!${wordCharacter})`, `(?=${wordCharacter})`, `(?!${wordCharacter})`]
const anchors: Readonly<Record<string, string>> = {
  A: '(?<![\\s\\S])', Z: '(?=\\n?(?![\\s\\S]))', z: '(?![\\s\\S])', G: '(?<![\\s\\S])', X: '(?:\\r\\n|\\P{M}\\p{M}*|\\p{M}+)', R: '(?:\\r\\n|[\\n\\v\\f\\r\\x85\\u2028\\u2029])',
  b: `(?:${behind}${notAhead}|${notBehind}${ahead})`, B: `(?:${behind}${ahead}|${notBehind}${notAhead})`
}
const controls: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f', a: '\u0007', e: '\u001B' }

const literal = (code: number): string => `\\u{${code.toString(16)}}`

class Translator {
  readonly #pattern: string
  readonly #names = new Set<string>()
  /** Groups opened by flags such as `(?i)`, which hold to the end of the enclosing group. */
  #inline: string[] = []
  #at = 0
  #groups = 0
  /** The flag x is on: blanks and comments do not count. */
  #isSpaced = false
  readonly #isUnicodeCase: boolean

  constructor (pattern: string) {
    this.#pattern = pattern
    this.#isUnicodeCase = /\(\?[idmsx]*[uU]/.test(pattern)
  }

  translate (): string {
    const source = this.#alternatives()
    if (this.#at === this.#pattern.length) return source
    // Only a closing parenthesis ends the alternatives early.
    if (this.#at === 0) throw new ConnectError('REGEX', 'config', `Unmatched closing ')'\n${this.#pattern}`, { javaClass: 'java.util.regex.PatternSyntaxException' })
    return refuse(this.#pattern, 'Unmatched closing \')\'', this.#at - 1)
  }

  #alternatives (): string {
    const outer = this.#inline
    const wasSpaced = this.#isSpaced
    this.#inline = []
    let source = ''
    while (this.#at < this.#pattern.length) {
      this.#skipComments()
      const char = this.#pattern[this.#at]
      if (char === undefined) break
      if (char === ')') break
      if (char === '|') {
        // Inline flags go on in the next alternative, JavaScript's group of flags must end with this one.
        source += `${')'.repeat(this.#inline.length)}|${this.#inline.join('')}`
        this.#at++
        continue
      }
      source += this.#atom(char)
    }
    source += ')'.repeat(this.#inline.length)
    this.#inline = outer
    this.#isSpaced = wasSpaced
    return source
  }

  #skipComments (): void {
    if (!this.#isSpaced) return
    const blank = /(?:[ \t\n\v\f\r]|#[^\n\r\x85\u2028\u2029]*)*/y
    blank.lastIndex = this.#at
    this.#at += blank.exec(this.#pattern)![0].length
  }

  #atom (char: string): string {
    if (char === '*' || char === '+' || char === '?') return refuse(this.#pattern, `Dangling meta character '${char}'`, this.#at)
    if (char === '(') return this.#group()
    let atom: string
    if (char === '[') atom = this.#class()
    else if (char === '\\') atom = this.#escape()
    else {
      this.#at++
      if (char === '{') return refuse(this.#pattern, 'Illegal repetition', this.#at)
      if (char === '^' || char === '.') atom = char
      else if (char === '$') atom = anchors['Z']!
      else {
        const code = this.#pattern.codePointAt(this.#at - 1)!
        if (code > 0xffff) this.#at++
        // Without the flag u, case is ignored among the letters of ASCII only.
        atom = code > 0x7f && !this.#isUnicodeCase ? `(?-i:${literal(code)})` : literal(code)
      }
    }
    return this.#quantified(atom)
  }

  #quantified (atom: string): string {
    this.#skipComments()
    const next = this.#pattern[this.#at]
    if (next === '{') return this.#counted(atom)
    if (next !== '*' && next !== '+' && next !== '?') return atom
    this.#at++
    return `${this.#wrapped(atom)}${next}${this.#manner()}`
  }

  // JavaScript refuses to repeat an assertion; a group around it may be repeated.
  #wrapped (atom: string): string { return atom === '^' || atom.startsWith('(?=') || atom.startsWith('(?!') || atom.startsWith('(?<') || atom === anchors['b'] || atom === anchors['B'] ? `(?:${atom})` : atom }

  #manner (): string {
    const next = this.#pattern[this.#at]
    if (next !== '?' && next !== '+') return ''
    this.#at++
    return next === '?' ? '?' : ''
  }

  #counted (atom: string): string {
    const start = this.#at + 1
    const match = /^(\d+)(?:(,)(\d*))?/.exec(this.#pattern.slice(start))
    if (match === null) return refuse(this.#pattern, 'Illegal repetition', start)
    const [text, min = '', comma, max = ''] = match
    const end = start + text.length
    const tooLarge = Number(min) > 0x7fffffff || Number(max) > 0x7fffffff
    if (tooLarge) return refuse(this.#pattern, 'Illegal repetition range', start + 8 + (comma === undefined || Number(min) > 0x7fffffff ? 1 : min.length + 1))
    if (this.#pattern[end] !== '}') return refuse(this.#pattern, 'Unclosed counted closure', end)
    if (max !== '' && Number(max) < Number(min)) return refuse(this.#pattern, 'Illegal repetition range', end)
    this.#at = end + 1
    const repeated = `${this.#wrapped(atom)}{${text}}${this.#manner()}`
    return this.#pattern[this.#at] === '{' ? this.#counted(`(?:${repeated})`) : repeated
  }

  #group (): string {
    this.#at++
    if (this.#pattern[this.#at] !== '?') {
      this.#groups++
      return this.#closed('(')
    }
    const rest = this.#pattern.slice(this.#at)
    for (const [java, javascript] of [['?:', '(?:'], ['?>', '(?:'], ['?=', '(?='], ['?!', '(?!'], ['?<=', '(?<='], ['?<!', '(?<!']] as const) {
      if (!rest.startsWith(java)) continue
      this.#at += java.length
      return this.#closed(javascript)
    }
    return rest.startsWith('?<') ? this.#named() : this.#flags()
  }

  #closed (open: string): string {
    const inner = this.#alternatives()
    if (this.#pattern[this.#at] !== ')') return refuse(this.#pattern, 'Unclosed group', this.#at)
    this.#at++
    return this.#quantified(`${open}${inner})`)
  }

  #named (): string {
    const start = this.#at + 2
    const name = /^[a-zA-Z][a-zA-Z0-9]*/.exec(this.#pattern.slice(start))?.[0]
    if (name === undefined) return refuse(this.#pattern, 'capturing group name does not start with a Latin letter', start)
    this.#at = start + name.length
    if (this.#pattern[this.#at] !== '>') return refuse(this.#pattern, 'named capturing group is missing trailing \'>\'', this.#at)
    if (this.#names.has(name)) return refuse(this.#pattern, `Named capturing group <${name}> is already defined`, this.#at)
    this.#names.add(name)
    this.#groups++
    this.#at++
    return this.#closed(`(?<${name}>`)
  }

  #flags (): string {
    const match = /^\?([idmsuxU]*)(?:-([idmsuxU]*))?/.exec(this.#pattern.slice(this.#at))!
    this.#at += match[0].length
    const end = this.#pattern[this.#at]
    if (end !== ')' && end !== ':') return refuse(this.#pattern, 'Unknown inline modifier', this.#at)
    this.#at++
    // Unicode case and unix lines need no flag of JavaScript's.
    const [on, off] = [match[1] ?? '', match[2] ?? ''].map(flags => [...new Set(flags)].filter(flag => 'ims'.includes(flag)).join('')) as [string, string]
    const open = on + off === '' ? '(?:' : `(?${on}${off === '' ? '' : `-${off}`}:`
    const wasSpaced = this.#isSpaced
    if ((match[1] ?? '').includes('x')) this.#isSpaced = true
    if ((match[2] ?? '').includes('x')) this.#isSpaced = false
    if (end === ':') {
      const group = this.#closed(open)
      this.#isSpaced = wasSpaced
      return group
    }
    this.#inline.push(open)
    return open
  }

  #escape (): string {
    const char = this.#pattern[this.#at + 1]
    if (char === undefined) return refuse(this.#pattern, 'Unexpected internal error', this.#at + 1)
    if (char === 'Q') return this.#quotation()
    if (char === 'k') return this.#namedReference()
    if (Object.hasOwn(anchors, char)) {
      this.#at += 2
      return anchors[char]!
    }
    if (char >= '1' && char <= '9') {
      this.#at += 2
      let number = Number(char)
      while (/[0-9]/.test(this.#pattern[this.#at] ?? '') && number * 10 + Number(this.#pattern[this.#at]) <= this.#groups) number = number * 10 + Number(this.#pattern[this.#at++])
      return number <= this.#groups ? `(?:\\${number})` : '(?!)'
    }
    if (Object.hasOwn(shorthand, char)) {
      this.#at += 2
      return shorthand[char]!
    }
    if (char === 'p' || char === 'P') return this.#property(char === 'P')
    return literal(this.#escapedCode())
  }

  #quotation (): string {
    const start = this.#at + 2
    const end = this.#pattern.indexOf('\\E', start)
    const text = this.#pattern.slice(start, end === -1 ? undefined : end)
    this.#at = end === -1 ? this.#pattern.length : end + 2
    return Array.from(text, part => literal(part.codePointAt(0)!)).join('')
  }

  #namedReference (): string {
    const start = this.#at + 2
    const match = /^<([a-zA-Z][a-zA-Z0-9]*)>/.exec(this.#pattern.slice(start))
    if (match === null) return refuse(this.#pattern, '\\k is not followed by \'<\' for named capturing group', start)
    if (!this.#names.has(match[1]!)) return refuse(this.#pattern, `named capturing group <${match[1]!}> does not exist`, start + match[0].length - 1)
    this.#at = start + match[0].length
    return `\\k<${match[1]!}>`
  }

  #property (isNegated: boolean): string {
    const start = this.#at + 2
    const match = /^(?:\{([^}]*)\}|(.))/s.exec(this.#pattern.slice(start))
    const name = match?.[1] ?? match?.[2] ?? ''
    const last = start + (match?.[0].length ?? 0) - 1
    const inside = posix[name]
    this.#at = last + 1
    if (inside !== undefined) return `[${isNegated ? '^' : ''}${inside}]`
    const inner = javaClasses[name]
    if (inner !== undefined) return `[${isNegated ? '^' : ''}${inner}]`
    for (const candidate of [name.replace(/^Is/, ''), name.replace(/^Is/, 'Script='), name.replace(/^In/, 'Script='), name]) {
      const source = `\\${isNegated ? 'P' : 'p'}{${candidate}}`
      if (isValid(source)) return source
    }
    return refuse(this.#pattern, `Unknown character property name {${name}}`, last)
  }

  /** The code point of an escape that stands for one character. */
  #escapedCode (): number {
    const start = this.#at + 1
    const char = this.#pattern[start]!
    const rest = this.#pattern.slice(start + 1)
    const take = (text: string): void => { this.#at = start + 1 + text.length }
    if (char === 'x' || char === 'u') {
      const digits = (char === 'x' ? /^(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{2}))/ : /^(([0-9a-fA-F]{4}))/).exec(rest)
      if (digits === null) return refuse(this.#pattern, `Illegal ${char === 'x' ? 'hexadecimal' : 'Unicode'} escape sequence`, start + 1 + /^[0-9a-fA-F]{0,3}/.exec(rest)![0].length)
      take(digits[0])
      return Number.parseInt(digits[1] ?? digits[2]!, 16)
    }
    if (char === '0') {
      const digits = /^(?:[0-3][0-7]{2}|[0-7]{1,2})/.exec(rest)?.[0]
      if (digits === undefined) return refuse(this.#pattern, 'Illegal octal escape sequence', start + 1)
      take(digits)
      return Number.parseInt(digits, 8)
    }
    if (char === 'c') {
      if (rest === '') return refuse(this.#pattern, 'Illegal control escape sequence', start)
      take(rest[0]!)
      return rest.charCodeAt(0) ^ 64
    }
    if (Object.hasOwn(controls, char)) {
      take('')
      return controls[char]!.charCodeAt(0)
    }
    if (/[a-zA-Z]/.test(char)) return refuse(this.#pattern, 'Illegal/unsupported escape sequence', start)
    const code = this.#pattern.codePointAt(start)!
    take(code > 0xffff ? ' ' : '')
    return code
  }

  #class (): string {
    this.#at++
    const isNegated = this.#pattern[this.#at] === '^'
    if (isNegated) this.#at++
    let source = ''
    let isFirst = true
    while (true) {
      const char = this.#pattern[this.#at]
      if (char === undefined) return refuse(this.#pattern, 'Unclosed character class', this.#pattern.length - 1)
      if (char === ']' && !isFirst) break
      if (this.#pattern.startsWith('&&', this.#at)) {
        this.#at += 2
        if (source !== '' && !/^[&\]]/.test(this.#pattern.slice(this.#at))) source = `[${source}]&&${this.#operand()}`
      } else source += this.#member()
      isFirst = false
    }
    this.#at++
    return `[${isNegated ? '^' : ''}${source}]`
  }

  /** What stands right of `&&`: everything up to the next `&&` or the end of the class. */
  #operand (): string {
    let source = ''
    while (this.#at < this.#pattern.length && this.#pattern[this.#at] !== ']' && !this.#pattern.startsWith('&&', this.#at)) source += this.#member()
    return `[${source}]`
  }

  #member (): string {
    const char = this.#pattern[this.#at]!
    if (char === '[') return this.#class()
    if (char === '\\') {
      const next = this.#pattern[this.#at + 1] ?? ''
      if (next === 'p' || next === 'P' || next === 'Q' || Object.hasOwn(shorthand, next)) return this.#escape()
    }
    const from = this.#classCode()
    if (this.#pattern[this.#at] !== '-' || /^-(?:\]|\[|$|&&)/.test(this.#pattern.slice(this.#at))) return literal(from)
    this.#at++
    const isSet = this.#pattern[this.#at] === '\\' && Object.hasOwn(shorthand, this.#pattern[this.#at + 1] ?? '')
    const to = isSet ? -1 : this.#classCode()
    if (to < from) return refuse(this.#pattern, 'Illegal character range', isSet ? this.#at + 1 : this.#at - 1)
    return `${literal(from)}-${literal(to)}`
  }

  #classCode (): number {
    if (this.#pattern[this.#at] === '\\' && this.#at + 1 < this.#pattern.length) return this.#escapedCode()
    const code = this.#pattern.codePointAt(this.#at)!
    this.#at += code > 0xffff ? 2 : 1
    return code
  }
}

function isValid (source: string): boolean {
  try {
    return new RegExp(source, 'v').unicodeSets
  } catch {
    return false
  }
}

/** Compiles a Java regular expression to search in texts (`Matcher.find`). Throws a ConnectError with Java's message. */
export function javaRegex (pattern: string): RegExp {
  return new RegExp(new Translator(pattern).translate(), 'v')
}

/** Compiles a Java regular expression to match whole texts (`Matcher.matches`). Throws a ConnectError with Java's message. */
export function wholeMatch (pattern: string): RegExp {
  return new RegExp(`^(?:${new Translator(pattern).translate()})$`, 'v')
}

/** Java's message on a wrong pattern, or null. */
export function regexProblem (pattern: string): string | null {
  try {
    wholeMatch(pattern)
    return null
  } catch (error) {
    return (error as Error).message
  }
}
