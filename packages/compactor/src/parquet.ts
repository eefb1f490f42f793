import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { parquetMetadataAsync, parquetRead, type AsyncBuffer, type SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import snappy from 'snappy'
import { ConnectError } from '@tributary/plugin'
import { codecOf, decompress } from './codecs.ts'
import type { Tally } from './join.ts'
import { urlText, type S3Url } from './s3-url.ts'

type Row = Readonly<Record<string, unknown>>
type Kind = 'boolean' | 'int64' | 'double' | 'string' | 'json'

/** A column that some row has. */
export interface Column { readonly name: string, readonly kind: Kind }

const groupRows = 50_000
const groupBytes = 32 * 1024 * 1024

function parseRow (line: string, input: S3Url, number: number): Row {
  try {
    const value: unknown = JSON.parse(line, function (_key, item: unknown, context?: { source?: string }) {
      // Whole numbers keep their digits.
      return typeof item === 'number' && !Number.isSafeInteger(item) && context?.source !== undefined && /^-?\d+$/.test(context.source) ? BigInt(context.source) : item
    } as (key: string, item: unknown) => unknown)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Row
  } catch { /* told below */ }
  throw new ConnectError('COMPACT_UNREADABLE', 'data', `Line ${number} of ${urlText(input)} is no JSON object: it cannot be a row of Parquet. Nothing was deleted.`)
}

/** Rows of JSON lines, with the length of each line. */
async function * rowsOf<I extends S3Url> (inputs: readonly I[], read: (input: I) => AsyncIterable<Buffer>): AsyncGenerator<{ row: Row, length: number }> {
  for (const input of inputs) {
    let number = 0
    let held: Buffer[] = []
    const row = (line: Buffer): { row: Row, length: number }[] => {
      number++
      const text = line.toString()
      return text.trim() === '' ? [] : [{ row: parseRow(text, input, number), length: line.length }]
    }
    for await (const chunk of decompress(read(input), codecOf(input.key))) {
      let start = 0
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
        yield * row(held.length === 0 ? chunk.subarray(start, end) : Buffer.concat([...held, chunk.subarray(start, end)]))
        held = []
        start = end + 1
      }
      if (start < chunk.length) held.push(chunk.subarray(start))
    }
    if (held.length > 0) yield * row(Buffer.concat(held))
  }
}

function kindOf (value: unknown): Kind {
  switch (typeof value) {
    case 'boolean': return 'boolean'
    case 'string': return 'string'
    case 'bigint': return BigInt.asIntN(64, value) === value ? 'int64' : 'json'
    case 'number': return Number.isInteger(value) ? 'int64' : 'double'
    default: return 'json'
  }
}

/** Numbers widen to double, anything else that differs becomes JSON text. */
function joinKinds (a: Kind | undefined, b: Kind): Kind {
  if (a === undefined || a === b) return b
  return new Set([a, b, 'int64', 'double']).size === 2 ? 'double' : 'json'
}

/** The columns of all rows, in the order in which they first appear; null values say nothing. */
export async function columnsOf<I extends S3Url> (inputs: readonly I[], read: (input: I) => AsyncIterable<Buffer>): Promise<Column[]> {
  const kinds = new Map<string, Kind>()
  for await (const { row } of rowsOf(inputs, read)) {
    for (const [name, value] of Object.entries(row)) if (value !== null) kinds.set(name, joinKinds(kinds.get(name), kindOf(value)))
  }
  return Array.from(kinds, ([name, kind]) => ({ name, kind }))
}

function jsonText (value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => typeof item === 'bigint' ? (JSON as unknown as { rawJSON (text: string): unknown }).rawJSON(String(item)) : item)
}

function columnValue (kind: Kind, value: unknown): unknown {
  if (value === null || value === undefined) return null
  switch (kind) {
    case 'int64': return BigInt(value as number | bigint)
    case 'double': return Number(value)
    case 'json': return jsonText(value)
    default: return value
  }
}

function schemaOf (columns: readonly Column[]): SchemaElement[] {
  const types = { boolean: { type: 'BOOLEAN' }, int64: { type: 'INT64' }, double: { type: 'DOUBLE' }, string: { type: 'BYTE_ARRAY', converted_type: 'UTF8' }, json: { type: 'BYTE_ARRAY', converted_type: 'UTF8' } } as const
  return [{ name: 'root', num_children: columns.length }, ...columns.map(({ name, kind }): SchemaElement => ({ name, repetition_type: 'OPTIONAL', ...types[kind] }))]
}

/** Hash of rows as they are in columns: the same before they are written and when they are read back. */
class RowHash {
  readonly #hash = createHash('sha256')
  lines = 0

  add (values: readonly unknown[]): void {
    this.lines++
    this.#hash.update(`${jsonText(values.map(value => typeof value === 'bigint' ? `${value}n` : value))}\n`)
  }

  tally (bytes: number): Tally { return { lines: this.lines, bytes, sha256: this.#hash.digest('hex') } }
}

/** A Parquet file of JSON lines, a row group at a time. `done` gets what went in. */
export async function * parquetBytes<I extends S3Url> (inputs: readonly I[], columns: readonly Column[], read: (input: I) => AsyncIterable<Buffer>, done: (tally: Tally) => void): AsyncGenerator<Buffer> {
  const writer = new ByteWriter()
  const file = new ParquetWriter({
    writer, schema: schemaOf(columns), codec: 'SNAPPY', createdBy: 'tributary',
    compressors: { SNAPPY: bytes => snappy.compressSync(Buffer.from(bytes)), GZIP: bytes => gzipSync(bytes) }
  })
  const taken = (): Buffer => {
    const bytes = Buffer.from(writer.getBytes())
    writer.index = 0
    return bytes
  }
  const hash = new RowHash()
  let group = columns.map((): unknown[] => [])
  let [rows, held, bytes] = [0, 0, 0]
  const write = async (): Promise<Buffer> => {
    await file.write({ columnData: columns.map(({ name }, i) => ({ name, data: group[i]! })), rowGroupSize: groupRows })
    group = columns.map(() => [])
    rows = held = 0
    return taken()
  }
  for await (const { row, length } of rowsOf(inputs, read)) {
    const values = columns.map(({ name, kind }) => columnValue(kind, Object.hasOwn(row, name) ? row[name] : null))
    hash.add(values)
    for (const [i, value] of values.entries()) group[i]!.push(value)
    rows++
    held += length
    bytes += length
    if (rows === groupRows || held > groupBytes) yield await write()
  }
  if (rows > 0) yield await write()
  await file.finish()
  yield taken()
  done(hash.tally(bytes))
}

/** Reads a Parquet file of ours back, a row group at a time. */
export async function parquetTally (columns: readonly Column[], file: AsyncBuffer): Promise<Tally> {
  const metadata = await parquetMetadataAsync(file)
  const hash = new RowHash()
  let start = 0
  for (const { num_rows: count } of metadata.row_groups) {
    const end = start + Number(count)
    await parquetRead({
      file, metadata, rowStart: start, rowEnd: end, rowFormat: 'object',
      onComplete (rows) { for (const row of rows as Row[]) hash.add(columns.map(({ name }) => row[name] ?? null)) }
    })
    start = end
  }
  return hash.tally(file.byteLength)
}
