/**
 * The value of a JSON text that may hold `//` and block comments, as schema files often do. Whole numbers beyond 2^53 become bigint. Throws a
 * SyntaxError with line and column.
 */
export function parseLenientJson (text: string): unknown {
  const plain = withoutComments(text)
  try {
    return JSON.parse(plain, function (_key, value: unknown, context?: { source?: string }) {
      if (typeof value !== 'number' || Number.isSafeInteger(value) || context?.source === undefined) return value
      return /^-?\d+$/.test(context.source) ? BigInt(context.source) : value
    } as (key: string, value: unknown) => unknown)
  } catch (error) {
    throw new SyntaxError(explained((error as Error).message, plain))
  }
}

/** With line and column, but without the piece of the text that V8 shows instead of them: the file may be one that the reader must not see. */
function explained (message: string, text: string): string {
  const [, token, at] = /^(Unexpected token), .* is not valid JSON$|position (\d+)/s.exec(message.replace(/^Unexpected token '.'/su, 'Unexpected token')) ?? []
  if (token !== undefined) return `Unexpected character at ${placeOf(text, unexpectedAt(text))}`
  return at === undefined ? message : message.replace(/ at position .*$/s, ` at ${placeOf(text, Number(at))}`)
}

/** Where the first character is that JSON cannot have: the end of the shortest beginning that has it. */
function unexpectedAt (text: string): number {
  let [low, high] = [0, text.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (hasUnexpected(text.slice(0, middle))) high = middle
    else low = middle + 1
  }
  return Math.max(0, low - 1)
}

function hasUnexpected (text: string): boolean {
  try {
    JSON.parse(text)
    return false
  } catch (error) {
    return (error as Error).message.startsWith('Unexpected token')
  }
}

/** Comments turned into spaces, so that places stay what they were. */
function withoutComments (text: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[^]*?\*\//g, part => part.startsWith('"') ? part : part.replaceAll(/[^\n]/g, ' '))
}

function placeOf (text: string, at: number): string {
  const before = text.slice(0, at).split('\n')
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`
}
