import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { Schema } from '@tributary/plugin'
import type { FileFormat } from './format.ts'
import { parquetSchemaOf, parquetValue, precisionOf, requireStorable } from './parquet-schema.ts'
import { Rows } from './rows.ts'
import type { RowsOptions } from './rows.ts'

export const parquetCodecs = ['none', 'snappy', 'gzip', 'zstd'] as const
export type ParquetCodec = typeof parquetCodecs[number]

const groupRows = 50_000

/** Parquet files. A row group of about `groupBytes` at a time is in memory as values; the rest waits in its binary form. */
export function parquetFormat (codec: ParquetCodec, groupBytes: number, options: RowsOptions): FileFormat {
  const rows = new Rows(options, { precisionOf, requireStorable })
  return {
    extension: codec === 'none' ? '.parquet' : `.${codec}.parquet`,
    contentType: 'application/vnd.apache.parquet',
    compressible: false,
    shapeOf: record => rows.shapeOf(record),
    adapts: (from, to) => rows.adapts(from, to),
    append: (record, buffer, shape) => { rows.append(record, buffer, shape) },
    async * finish (chunks, shape) {
      const [{ ByteWriter, ParquetWriter }, snappy] = await Promise.all([import('hyparquet-writer'), import('snappy').then(module => module.default)])
      const { schema, values } = rows.open(chunks, shape)
      const writer = new ByteWriter()
      const file = new ParquetWriter({
        writer,
        schema: parquetSchemaOf(schema),
        codec: codec === 'none' ? 'UNCOMPRESSED' : codec === 'snappy' ? 'SNAPPY' : codec === 'gzip' ? 'GZIP' : 'ZSTD',
        compressors: { SNAPPY: bytes => snappy.compressSync(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)), GZIP: bytes => gzipSync(bytes), ZSTD: bytes => zstdCompressSync(bytes) },
        createdBy: 'tributary'
      })
      // The writer would hold on to the room of its largest group until the file is stored.
      const taken = (): Buffer => {
        const bytes = Buffer.from(writer.buffer, 0, writer.index)
        writer.buffer = new ArrayBuffer(1024)
        writer.view = new DataView(writer.buffer)
        writer.index = 0
        return bytes
      }
      const each = groups(schema, values(), groupBytes)
      // In one go: of files that are stored together no other holds a group of values meanwhile.
      const next = (): Buffer | null => {
        const { value, done } = each.next()
        if (done === true) return null
        void file.write({ columnData: value, rowGroupSize: groupRows })
        return taken()
      }
      for (let piece = next(); piece !== null; piece = next()) yield piece
      await file.finish()
      yield taken()
    }
  }
}

function * groups (schema: Schema, values: ReturnType<ReturnType<Rows['open']>['values']>, groupBytes: number): Generator<{ name: string, data: unknown[] }[]> {
  const columns = schema.fields.map(field => ({ name: field.name, schema: field.schema, data: [] as unknown[] }))
  let rows = 0
  let held = 0
  const taken = (): { name: string, data: unknown[] }[] => {
    rows = 0
    held = 0
    return columns.map(column => {
      const { name, data } = column
      column.data = []
      return { name, data }
    })
  }
  for (const { value, bytes } of values) {
    const bag = value as Record<string, unknown>
    for (const column of columns) column.data.push(parquetValue(column.schema, bag[column.name]))
    held += bytes
    if (++rows === groupRows || held >= groupBytes) yield taken()
  }
  if (rows > 0) yield taken()
}
