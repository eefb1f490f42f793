import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { parquetMetadataAsync, parquetRead, type AsyncBuffer } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import snappy from 'snappy'
import type { Schema } from '@tributary/plugin'
import { parquetSchemaOf } from '@tributary/sink-s3-partitioned/schemas'
import { comparable, jsonText, rowReader } from './column-values.ts'
import type { Tally } from './join.ts'
import { jsonRows, unreadable, type JsonRow } from './json-rows.ts'
import type { S3Url } from './s3-url.ts'

const groupRows = 50_000
const groupBytes = 16 * 1024 * 1024

/** Hash of rows as they are in columns: the same before they are written and when they are read back. */
class RowHash {
  readonly #hash = createHash('sha256')
  readonly #columns: Schema
  lines = 0

  constructor (columns: Schema) { this.#columns = columns }

  add (values: readonly unknown[], isBack: boolean): void {
    this.lines++
    this.#hash.update(`${jsonText(this.#columns.fields.map((field, i) => comparable(field.schema, values[i], isBack)))}\n`)
  }

  tally (bytes: number): Tally { return { lines: this.lines, bytes, sha256: this.#hash.digest('hex') } }
}

/** Columns named by the folders of a file, in small letters: their values are in its place already. */
function folderColumns ({ key }: S3Url): ReadonlySet<string> {
  return new Set(key.split('/').slice(0, -1).filter(part => part.includes('=')).map(part => part.slice(0, part.indexOf('=')).toLowerCase()))
}

/** A Parquet file of JSON lines, a row group at a time. `done` gets what went in. */
export async function * parquetBytes<I extends S3Url> (inputs: readonly I[], columns: Schema, read: (input: I) => AsyncIterable<Buffer>, done: (tally: Tally) => void): AsyncGenerator<Buffer> {
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
  const hash = new RowHash(columns)
  const valuesOf = rowReader(columns, inputs[0] === undefined ? new Set() : folderColumns(inputs[0]))
  let group = columns.fields.map((): unknown[] => [])
  let [rows, held, bytes] = [0, 0, 0]
  const write = async (): Promise<Buffer> => {
    await file.write({ columnData: columns.fields.map(({ name }, i) => ({ name, data: group[i]! })), rowGroupSize: groupRows })
    group = columns.fields.map(() => [])
    rows = held = 0
    return taken()
  }
  for await (const line of jsonRows(inputs, read)) {
    const values = readValues(line, valuesOf)
    hash.add(values, false)
    for (const [i, value] of values.entries()) group[i]!.push(value)
    rows++
    held += line.length
    bytes += line.length
    if (rows === groupRows || held > groupBytes) yield await write()
  }
  if (rows > 0) yield await write()
  await file.finish()
  yield taken()
  done(hash.tally(bytes))
}

function readValues (line: JsonRow, valuesOf: ReturnType<typeof rowReader>): unknown[] {
  try {
    return valuesOf(line.row)
  } catch (error) {
    throw unreadable(line, `cannot be a row of the schema: its ${(error as Error).message}`)
  }
}

/** The tally of JSON lines as rows of columns, without writing them. */
export async function rowsTally<I extends S3Url> (inputs: readonly I[], columns: Schema, read: (input: I) => AsyncIterable<Buffer>): Promise<Tally> {
  const hash = new RowHash(columns)
  const valuesOf = rowReader(columns, inputs[0] === undefined ? new Set() : folderColumns(inputs[0]))
  let bytes = 0
  for await (const line of jsonRows(inputs, read)) {
    hash.add(readValues(line, valuesOf), false)
    bytes += line.length
  }
  return hash.tally(bytes)
}

/** Reads a Parquet file of ours back, a row group at a time. */
export async function parquetTally (columns: Schema, file: AsyncBuffer): Promise<Tally> {
  const metadata = await parquetMetadataAsync(file)
  const hash = new RowHash(columns)
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
