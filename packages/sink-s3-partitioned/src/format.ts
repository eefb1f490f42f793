import type { SinkRecord } from '@tributary/plugin'
import type { ByteBuffer } from './byte-buffer.ts'

/** How records become files. Rows are bytes from the moment they arrive, so that buffers can be counted and moved to disk. */
export interface FileFormat {
  /** Of a file, without that of a codec, such as `.json`; a codec inside the format is part of it (`.snappy.parquet`). */
  readonly extension: string
  readonly contentType: string
  /** Whether a codec may be put around the whole file. */
  readonly compressible: boolean
  /** What records of one file must share; compared by identity. Throws `data` for a record that this format cannot take. */
  shapeOf (record: SinkRecord): unknown
  /** Whether a record of a shape can be appended to a file of another one; throws `data`. null: no record can. */
  readonly adapts: ((from: unknown, to: unknown) => boolean) | null
  /** Appends a record, or throws `data` without a trace. */
  append (record: SinkRecord, buffer: ByteBuffer, shape: unknown): void
  /** The file made of all rows, which `chunks` gives from the beginning each time. null: the rows are the file. */
  readonly finish: ((chunks: () => Iterable<Buffer>, shape: unknown) => AsyncIterable<Buffer> | Iterable<Buffer>) | null
}
