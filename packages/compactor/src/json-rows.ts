import { isUtf8 } from 'node:buffer'
import { ConnectError, schema, type Schema } from '@tributary/plugin'
import { parseExact } from '@tributary/sink-s3-partitioned/schemas'
import type { Inputs } from './inputs.ts'
import { unpacked } from './join.ts'
import { urlText, type S3Url } from './s3-url.ts'

/** A line of an input: its JSON object, where it stands, and how long it is in bytes. */
export interface JsonRow { readonly row: Readonly<Record<string, unknown>>, readonly input: S3Url, readonly number: number, readonly length: number }

function parseRow (line: string, input: S3Url, number: number): JsonRow['row'] {
  try {
    const value = parseExact(line)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonRow['row']
  } catch { /* told below */ }
  throw unreadable({ input, number }, 'is no JSON object: it cannot be a row of Parquet')
}

/** The error of a line that cannot be a row. */
export function unreadable ({ input, number }: Pick<JsonRow, 'input' | 'number'>, why: string): ConnectError {
  return new ConnectError('COMPACT_UNREADABLE', 'data', `Line ${number} of ${urlText(input)} ${why}. Nothing was deleted.`)
}

/** Rows of JSON lines, input after input. */
export async function * jsonRows<I extends S3Url> (inputs: Inputs<I>): AsyncGenerator<JsonRow> {
  for (const input of inputs.list) {
    let number = 0
    let blank = 0
    let held: Buffer[] = []
    const row = (line: Buffer): JsonRow[] => {
      number++
      if (!isUtf8(line)) throw unreadable({ input, number }, 'is not in UTF-8')
      const text = line.toString()
      if (text.trim() !== '') return [{ row: parseRow(text, input, number), input, number, length: line.length }]
      blank++
      return []
    }
    for await (const chunk of unpacked(input, inputs.read(input))) {
      let start = 0
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
        yield * row(held.length === 0 ? chunk.subarray(start, end) : Buffer.concat([...held, chunk.subarray(start, end)]))
        held = []
        start = end + 1
      }
      if (start < chunk.length) held.push(chunk.subarray(start))
    }
    if (held.length > 0) yield * row(Buffer.concat(held))
    inputs.ended(input, number - blank)
  }
}

/** `big`: integers past 2^53, which no double holds. */
type Kind = 'boolean' | 'int64' | 'big' | 'float64' | 'string' | 'json'

function kindOf (value: unknown): Kind {
  switch (typeof value) {
    case 'boolean': return 'boolean'
    case 'string': return 'string'
    case 'bigint': return BigInt.asIntN(64, value) === value ? 'big' : 'json'
    case 'number': return Number.isSafeInteger(value) ? 'int64' : 'float64'
    default: return 'json'
  }
}

/** Numbers widen to double if it holds them, anything else that differs becomes JSON text. */
function joinKinds (a: Kind | undefined, b: Kind): Kind {
  if (a === undefined || a === b) return b
  if (new Set([a, b, 'int64', 'float64']).size === 2) return 'float64'
  return new Set([a, b, 'int64', 'big']).size === 2 ? 'big' : 'json'
}

/** No program would read such a column. */
const unreadableName = '__proto__'

/**
 * The columns of all rows, in the order in which they first appear; null values say nothing. What is nested or mixed becomes JSON text. Throws
 * COMPACT_UNREADABLE where rows have no values at all.
 */
export async function inferredSchema (inputs: Inputs): Promise<Schema> {
  const kinds = new Map<string, Kind>()
  let any: JsonRow | undefined
  for await (const line of jsonRows(inputs)) {
    any ??= line
    for (const [name, value] of Object.entries(line.row)) if (value !== null && name !== unreadableName) kinds.set(name, joinKinds(kinds.get(name), kindOf(value)))
  }
  if (any !== undefined && kinds.size === 0) throw unreadable(any, 'has no value that could be a column, nor has any line that it would be joined with: give the columns with --schema')
  return schema.struct([...kinds].map(([name, kind]) => [name, schema.of(kind === 'json' ? 'string' : kind === 'big' ? 'int64' : kind, { optional: true })] as const))
}
