import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { parquetMetadataAsync, parquetRead, type AsyncBuffer } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import snappy from 'snappy'
import { ConnectError, type Schema } from '@tributary/plugin'
import { parquetSchemaOf } from '@tributary/sink-s3-partitioned/schemas'
import { comparable, jsonText, rowReader } from './column-values.ts'
import type { Inputs } from './inputs.ts'
import type { Tally } from './join.ts'
import { jsonRows, unreadable, type JsonRow } from './json-rows.ts'
import type { S3Url } from './s3-url.ts'
import { sortedRows, type SizedRow } from './sort-rows.ts'

const MiB = 1024 * 1024
const defaultGroupMiB = 16
const groupRowsPerMiB = 3200

/** How rows become a file of Parquet. */
export interface ParquetForm {
  readonly columns: Schema
  /** Name of the column to sort by; undefined: rows stay in their order. */
  readonly sortBy: string | undefined
  /** MiB of JSON in a row group. */
  readonly rowGroupSize: number | undefined
}

/** Hash of rows as they are in columns: the same before they are written and when they are read back. */
class RowHash {
  readonly #columns: Schema
  readonly #hash = createHash('sha256')
  /** Sum of the hashes of rows, in eight parts modulo 2^32, where their order does not count; else null. */
  readonly #sums: Uint32Array | null
  lines = 0

  constructor (columns: Schema, isOrdered: boolean) {
    this.#columns = columns
    this.#sums = isOrdered ? null : new Uint32Array(8)
  }

  add (values: readonly unknown[], isBack: boolean): void {
    this.lines++
    const text = `${jsonText(this.#columns.fields.map((field, i) => comparable(field.schema, values[i], isBack)))}\n`
    if (this.#sums === null) {
      this.#hash.update(text)
      return
    }
    const own = createHash('sha256').update(text).digest()
    for (let i = 0; i < 8; i++) this.#sums[i]! += own.readUInt32BE(4 * i)
  }

  tally (bytes: number): Tally {
    const { lines } = this
    return { lines, bytes, sha256: this.#sums === null ? this.#hash.digest('hex') : Buffer.from(this.#sums.buffer).toString('hex') }
  }
}

/** The place of a column, or null; names of columns may differ in case, as Hive writes them small. */
export function columnPlace (columns: Schema, name: string): number | null {
  const small = name.toLowerCase()
  const place = columns.fields.findIndex(field => field.name === name)
  const [found] = place === -1 ? columns.fields.filter(field => field.name.toLowerCase() === small) : [columns.fields[place]!]
  return found?.index ?? null
}

/** Throws COMPACT_UNREADABLE where rows have no such order. */
export function requireSortable (columns: Schema, sortBy: string | undefined): void {
  if (sortBy === undefined) return
  const place = columnPlace(columns, sortBy)
  const names = columns.fields.map(({ name }) => name).join(', ')
  if (place === null) throw new ConnectError('COMPACT_UNREADABLE', 'config', `--sortBy=${sortBy}: there is no such column. The columns are ${names}.`)
  const { type } = columns.fields[place]!.schema
  if (type === 'struct' || type === 'array') throw new ConnectError('COMPACT_UNREADABLE', 'config', `--sortBy=${sortBy}: a column of type ${type} has no order.`)
}

/** Columns named by the folders of a file, in small letters: their values are in its place already. */
function folderColumns ({ key }: S3Url): ReadonlySet<string> {
  return new Set(key.split('/').slice(0, -1).filter(part => part.includes('=')).map(part => part.slice(0, part.indexOf('=')).toLowerCase()))
}

/** A Parquet file of JSON lines, a row group at a time. `done` gets what went in. */
export async function * parquetBytes (inputs: Inputs, form: ParquetForm, done: (tally: Tally) => void): AsyncGenerator<Buffer> {
  const { columns, sortBy, rowGroupSize = defaultGroupMiB } = form
  const [groupBytes, groupRows] = [rowGroupSize * MiB, rowGroupSize * groupRowsPerMiB]
  const writer = new ByteWriter()
  const file = new ParquetWriter({
    writer, schema: parquetSchemaOf(columns), codec: 'SNAPPY', createdBy: 'tributary',
    compressors: { SNAPPY: bytes => snappy.compressSync(Buffer.from(bytes)), GZIP: bytes => gzipSync(bytes) }
  })
  const taken = (): Buffer => {
    const bytes = Buffer.from(writer.getBytes())
    writer.index = 0
    return bytes
  }
  const hash = new RowHash(columns, sortBy === undefined)
  let group = columns.fields.map((): unknown[] => [])
  let [rows, held, bytes] = [0, 0, 0]
  const write = async (): Promise<Buffer> => {
    await file.write({ columnData: columns.fields.map(({ name }, i) => ({ name, data: group[i]! })), rowGroupSize: groupRows })
    group = columns.fields.map(() => [])
    rows = held = 0
    return taken()
  }
  const column = sortBy === undefined ? null : columnPlace(columns, sortBy)
  const unsorted = rowsOf(inputs, columns, hash)
  for await (const { values, length } of column === null ? unsorted : sortedRows(unsorted, column)) {
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

/** Rows of JSON lines as values of the columns; each is added to the hash. */
async function * rowsOf (inputs: Inputs, columns: Schema, hash: RowHash): AsyncGenerator<SizedRow> {
  const valuesOf = rowReader(columns, inputs.list[0] === undefined ? new Set() : folderColumns(inputs.list[0]))
  for await (const line of jsonRows(inputs)) {
    const values = readValues(line, valuesOf)
    hash.add(values, false)
    yield { values, length: line.length }
  }
}

function readValues (line: JsonRow, valuesOf: ReturnType<typeof rowReader>): unknown[] {
  try {
    return valuesOf(line.row)
  } catch (error) {
    throw unreadable(line, `cannot be a row of the schema: its ${(error as Error).message}`)
  }
}

/** The tally of JSON lines as rows of columns, without writing them. */
export async function rowsTally (inputs: Inputs, { columns, sortBy }: ParquetForm): Promise<Tally> {
  const hash = new RowHash(columns, sortBy === undefined)
  let bytes = 0
  for await (const { length } of rowsOf(inputs, columns, hash)) bytes += length
  return hash.tally(bytes)
}

/** Reads a Parquet file of ours back, a row group at a time. */
export async function parquetTally ({ columns, sortBy }: ParquetForm, file: AsyncBuffer): Promise<Tally> {
  const metadata = await parquetMetadataAsync(file)
  const hash = new RowHash(columns, sortBy === undefined)
  let start = 0
  for (const { num_rows: count } of metadata.row_groups) {
    const end = start + Number(count)
    await parquetRead({
      file, metadata, rowStart: start, rowEnd: end, rowFormat: 'object',
      onComplete (rows) { for (const row of rows as Record<string, unknown>[]) hash.add(columns.fields.map(({ name }) => row[name]), true) }
    })
    start = end
  }
  return hash.tally(file.byteLength)
}
