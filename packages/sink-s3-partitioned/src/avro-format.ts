import { constants, deflateRawSync, zstdCompressSync } from 'node:zlib'
import { randomBytes } from 'node:crypto'
import { avroSchemaOf } from './avro-schema.ts'
import type { FileFormat } from './format.ts'
import { RowWriter } from './row-codec.ts'
import { Rows } from './rows.ts'
import type { RowsOptions } from './rows.ts'

export const avroCodecs = ['null', 'deflate', 'snappy', 'zstandard'] as const
export type AvroCodec = typeof avroCodecs[number]

const blockBytes = 64 * 1024

/** Avro object container files. */
export function avroFormat (codec: AvroCodec, options: RowsOptions): FileFormat {
  const rows = new Rows(options)
  return {
    extension: '.avro',
    contentType: 'application/avro',
    compressible: false,
    shapeOf: record => rows.shapeOf(record),
    adapts: (from, to) => rows.adapts(from, to),
    append: (record, buffer, shape) => { rows.append(record, buffer, shape) },
    async * finish (chunks, shape) {
      const { schema, rows: each } = rows.open(chunks, shape)
      const compress = await compressorOf(codec)
      const sync = randomBytes(16)
      yield header(JSON.stringify(avroSchemaOf(schema)), codec, sync)
      let block: Buffer[] = []
      let bytes = 0
      for (const row of each()) {
        // The bytes of a row may be used again for the next.
        block.push(Buffer.from(row))
        bytes += row.length
        if (bytes >= blockBytes) {
          yield blockOf(block, compress, sync)
          block = []
          bytes = 0
        }
      }
      if (block.length > 0) yield blockOf(block, compress, sync)
    }
  }
}

function header (schema: string, codec: AvroCodec, sync: Buffer): Buffer {
  const writer = new RowWriter()
  writer.long(2)
  writer.text('avro.schema')
  writer.text(schema)
  writer.text('avro.codec')
  writer.text(codec)
  writer.byte(0)
  return Buffer.concat([Buffer.from('Obj\u0001'), writer.row, sync])
}

function blockOf (rows: readonly Buffer[], compress: (bytes: Buffer) => Buffer, sync: Buffer): Buffer {
  const content = compress(Buffer.concat(rows))
  const writer = new RowWriter()
  writer.long(rows.length)
  writer.long(content.length)
  return Buffer.concat([writer.row, content, sync])
}

async function compressorOf (codec: AvroCodec): Promise<(bytes: Buffer) => Buffer> {
  switch (codec) {
    case 'null': return bytes => bytes
    case 'deflate': return bytes => deflateRawSync(bytes)
    case 'zstandard': return bytes => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_contentSizeFlag]: 1 } })
    case 'snappy': {
      const [{ compressSync }, { crc32 }] = await Promise.all([import('snappy').then(module => module.default), import('node:zlib')])
      return bytes => {
        const sum = Buffer.allocUnsafe(4)
        sum.writeUInt32BE(crc32(bytes))
        return Buffer.concat([compressSync(bytes), sum])
      }
    }
  }
}
