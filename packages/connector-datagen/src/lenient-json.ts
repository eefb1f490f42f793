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
    throw new SyntaxError((error as Error).message.replace(/ at position (\d+).*$/, (_all, at: string) => ` at ${placeOf(plain, Number(at))}`), { cause: error })
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
