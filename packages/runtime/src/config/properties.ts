import { readFile } from 'node:fs/promises'
import { ConnectError } from '@tributary/plugin'

/** A text that `java.util.Properties.load` would refuse; `line` counts from 1. */
export class PropertiesError extends Error {
  readonly line: number

  constructor (line: number, reason: string) {
    super(reason)
    this.name = 'PropertiesError'
    this.line = line
  }
}

interface LogicalLine { text: string, line: number }

const isBlank = (char: string): boolean => char === ' ' || char === '\t' || char === '\f'
const isLineEnd = (char: string): boolean => char === '\n' || char === '\r'

/** Joins natural lines that end in an odd number of backslashes, and drops comments, empty lines and leading blanks. */
function logicalLines (text: string): LogicalLine[] {
  const lines: LogicalLine[] = []
  let line = 1
  let i = 0
  const endLine = (): void => {
    if (text[i] === '\r' && text[i + 1] === '\n') i++
    i++
    line++
  }
  const skipBlanks = (): void => { while (i < text.length && isBlank(text[i]!)) i++ }

  while (i < text.length) {
    skipBlanks()
    const first = line
    let joined = ''
    let isOpen = true
    let endsInBackslash = false
    while (isOpen && i < text.length && !(joined === '' && (text[i] === '#' || text[i] === '!'))) {
      const start = i
      while (i < text.length && !isLineEnd(text[i]!)) i++
      const part = text.slice(start, i)
      isOpen = /\\*$/.exec(part)![0].length % 2 === 1
      joined += isOpen ? part.slice(0, -1) : part
      if (i < text.length) endLine()
      endsInBackslash = isOpen && i === text.length && !text.endsWith('\r\n')
      if (isOpen) skipBlanks()
    }
    // A lone backslash at the end of the text is Java's one way to an empty line that counts: an empty key.
    if (joined !== '' || endsInBackslash) lines.push({ text: joined, line: first })
    if (isOpen && i < text.length) {
      while (i < text.length && !isLineEnd(text[i]!)) i++
      if (i < text.length) endLine()
    }
  }
  return lines
}

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescape (text: string, line: number): string {
  if (!text.includes('\\')) return text
  let result = ''
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '\\') {
      result += text[i]
      continue
    }
    const char = text[++i]
    if (char === undefined) break
    if (char !== 'u') {
      result += escapes[char] ?? char
      continue
    }
    const digits = text.slice(i + 1, i + 5)
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new PropertiesError(line, `Malformed \\uxxxx encoding: "\\u${digits}" must be \\u and four hexadecimal digits`)
    result += String.fromCharCode(Number.parseInt(digits, 16))
    i += 4
  }
  return result
}

/** Where key and value of a logical line part: at the first unescaped blank, `=` or `:`. */
function split (text: string): [key: string, value: string] {
  let keyEnd = 0
  while (keyEnd < text.length && !isBlank(text[keyEnd]!) && text[keyEnd] !== '=' && text[keyEnd] !== ':') keyEnd += text[keyEnd] === '\\' ? 2 : 1
  keyEnd = Math.min(keyEnd, text.length)
  let start = keyEnd
  while (start < text.length && isBlank(text[start]!)) start++
  if (text[start] === '=' || text[start] === ':') start++
  while (start < text.length && isBlank(text[start]!)) start++
  return [text.slice(0, keyEnd), text.slice(start)]
}

/**
 * Reads properties as `java.util.Properties.load` does: the last of equal keys wins, trailing blanks of a value stay, nothing is quoted. Throws
 * a {@link PropertiesError}.
 */
export function parseProperties (text: string): Map<string, string> {
  return new Map(logicalLines(text).map(({ text: logical, line }) => {
    const [key, value] = split(logical)
    return [unescape(key, line), unescape(value, line)]
  }))
}

/** Properties of a file's bytes, which are ISO-8859-1. Throws a ConnectError of kind `config` that names file and line. */
export function propertiesOf (bytes: Uint8Array, file: string): Map<string, string> {
  try {
    return parseProperties(Buffer.from(bytes).toString('latin1'))
  } catch (error) {
    if (!(error instanceof PropertiesError)) throw error
    throw new ConnectError('PROPERTIES', 'config', `Cannot read ${file}, line ${error.line}: ${error.message}.`, { cause: error, javaClass: 'java.lang.IllegalArgumentException' })
  }
}

/** The bytes of a configuration file. Throws a ConnectError of kind `config` that says what is wrong with the file. */
export async function readConfigFile (file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (error) {
    const reasons: Record<string, string> = { ENOENT: 'there is no such file', EACCES: 'no permission to read it', EISDIR: 'it is a directory' }
    const code = (error as NodeJS.ErrnoException).code ?? ''
    throw new ConnectError('CONFIG_FILE', 'config', `Cannot read the configuration file ${file}: ${reasons[code] ?? (error as Error).message}.`, { cause: error })
  }
}

/** Reads a `.properties` file; an empty name means no properties, as in Kafka's scripts. */
export async function loadProperties (file: string): Promise<Map<string, string>> {
  return file === '' ? new Map() : propertiesOf(await readConfigFile(file), file)
}
