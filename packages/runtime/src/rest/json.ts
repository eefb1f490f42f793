import { scalarText } from '../config/connector-file.ts'
import { RestError } from '../herder/rest-error.ts'

// JSON.rawJSON and a reviver's source (ES2025) are not in the type library yet.
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown }
const parse = JSON.parse as (text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown) => unknown

/** Parses JSON, integers past 2^53 as bigint. Throws a RestError 400 that says where the text goes wrong. */
export function parseJson (text: string): unknown {
  try {
    return parse(text, (_key, value, { source }) => typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value)
  } catch (error) {
    // The engine's message goes on with a piece of the body, which may hold a secret.
    const [reason] = (error as Error).message.split(/, (?:\.\.\.)?"/)
    const at = /position \d+(?: \(line \d+ column \d+\))?/.exec((error as Error).message)?.[0]
    throw new RestError(400, `The request body is not JSON: ${reason}${at === undefined || reason!.includes(at) ? '' : ` at ${at}`}.`)
  }
}

/** Prints JSON, bigints as integers. */
export function printJson (value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) => typeof one === 'bigint' ? rawJSON(String(one)) : one)
}

/** A body that must be a JSON object. */
export function objectBody (body: unknown, what: string): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>
  throw new RestError(400, `The request body must be ${what}, as a JSON object.`)
}

/** A configuration from a request: numbers and booleans become text, null stays for validation to refuse or a patch to use. */
export function configBody (body: unknown, what: string): Record<string, string | null> {
  return Object.fromEntries(Object.entries(objectBody(body, what)).map(([key, value]) => {
    const text = scalarText(value)
    if (value !== null && text === null) throw new RestError(400, `The value of "${key}" must be text, a number or a boolean, not ${Array.isArray(value) ? 'an array' : 'an object'}.`)
    return [key, text]
  }))
}
