import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { Schema } from '@tributary/plugin'
import type { FileFormat } from './format.ts'
import { parquetSchemaOf, parquetValue, precisionOf, requireStorable } from './parquet-schema.ts'
import { Rows } from './rows.ts'
import type { Compatibility } from './schema-compatibility.ts'
import type { RecordPart } from './text-formats.ts'

export const parquetCodecs = ['none', 'snappy', 'gzip', 'zstd'] as const
export type ParquetCodec = typeof parquetCodecs[number]

/** Rows of a group: bounds what is held as JavaScript values. */
const groupRows = 50_000
const groupBytes = 16 * 1024 * 1024

/** Parquet files. A row group at a time is in memory as values; the rest waits in its binary form. */
export function parquetFormat (part: RecordPart, codec: ParquetCodec, declared: Schema | null, compatibility: Compatibility): FileFormat {
  const rows = new Rows(part, declared, compatibility, { precisionOf, requireStorable })
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
        compressors: { SNAPPY: bytes => snappy.compressSync(Buffer.from(bytes)), GZIP: bytes => gzipSync(bytes), ZSTD: bytes => zstdCompressSync(bytes) },
        createdBy: 'tributary'
      })
      const taken = (): Buffer => {
        const bytes = Buffer.from(writer.getBytes())
        writer.index = 0
        return bytes
      }
      for (const group of groups(schema, values())) {
        await file.write({ columnData: group, rowGroupSize: groupRows })
        yield taken()
      }
      await file.finish()
      yield taken()
    }
  }
}

function * groups (schema: Schema, values: ReturnType<ReturnType<Rows['open']>['values']>): Generator<{ name: string, data: unknown[] }[]> {
  const columns = schema.fields.map(field => ({ name: field.name, schema: field.schema, data: [] as unknown[] }))
  let rows = 0
  let held = 0
  for (const { value, bytes } of values) {
    const bag = value as Record<string, unknown>
    for (const column of columns) column.data.push(parquetValue(column.schema, bag[column.name]))
    held += bytes
    if (++rows < groupRows && held < groupBytes) continue
    yield columns.map(({ name, data }) => ({ name, data }))
    for (const column of columns) column.data = []
    rows = 0
    held = 0
  }
  if (rows > 0) yield columns.map(({ name, data }) => ({ name, data }))
}
