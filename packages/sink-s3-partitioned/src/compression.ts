import { once } from 'node:events'
import { createGzip, createZstdCompress, constants, gzip, zstdCompress } from 'node:zlib'
import { promisify } from 'node:util'
import { Readable } from 'node:stream'
import type { Transform } from 'node:stream'

export const codecs = ['none', 'gzip', 'zstd', 'snappy'] as const
export type Codec = typeof codecs[number]

/** What an object's name ends in; for snappy in the framing that Hadoop reads. */
export const codecExtensions: Readonly<Record<Codec, string>> = { none: '', gzip: '.gz', zstd: '.zst', snappy: '.snappy' }

const gzipOnce = promisify(gzip)
const zstdOnce = promisify(zstdCompress)
const snappyBlock = 256 * 1024

/** Compresses one piece as a whole. `level` -1: the codec's own default. */
export async function compressOnce (codec: Codec, level: number, bytes: Buffer): Promise<Buffer> {
  switch (codec) {
    case 'none': return bytes
    // What comes back is a view of the whole chunk that it was written to, 16 KB by default; thousands of them wait for their stage.
    case 'gzip': return Buffer.from(await gzipOnce(bytes, { level, chunkSize: chunkFor(bytes) }))
    case 'zstd': return Buffer.from(await zstdOnce(bytes, { ...zstdOptions(level), chunkSize: chunkFor(bytes) }))
    case 'snappy': return Buffer.concat(await Array.fromAsync(hadoopSnappy([bytes])))
  }
}

function chunkFor (bytes: Buffer): number { return Math.min(65_536, Math.max(1024, bytes.length >> 1)) }

/** Compresses a stream of pieces, off the main thread where the codec allows it. */
export function compress (codec: Codec, level: number, pieces: Iterable<Buffer> | AsyncIterable<Buffer>): AsyncIterable<Buffer> | Iterable<Buffer> {
  switch (codec) {
    case 'none': return pieces
    case 'gzip': return through(createGzip({ level }), pieces)
    case 'zstd': return through(createZstdCompress(zstdOptions(level)), pieces)
    case 'snappy': return hadoopSnappy(pieces)
  }
}

function zstdOptions (level: number): { params?: Record<number, number> } {
  return level < 0 ? {} : { params: { [constants.ZSTD_c_compressionLevel]: level } }
}

/** What a codec of `node:zlib` makes of pieces. */
export async function * through (codec: Transform, pieces: Iterable<Buffer> | AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const source = Readable.from(pieces, { objectMode: true, highWaterMark: 2 })
  source.once('error', error => { codec.destroy(error) })
  source.pipe(codec)
  try {
    for await (const piece of codec) yield piece as Buffer
  } finally {
    source.destroy()
    codec.destroy()
    if (!codec.closed) await once(codec, 'close')
  }
}

/** Blocks as Hadoop's SnappyCodec writes them: length of the block, then length and bytes of its compressed form. Pieces smaller than a block share one. */
async function * hadoopSnappy (pieces: Iterable<Buffer> | AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { compressSync } = (await import('snappy')).default
  const blockOf = (block: Buffer): Buffer => {
    const small = compressSync(block)
    const lengths = Buffer.allocUnsafe(8)
    lengths.writeUInt32BE(block.length, 0)
    lengths.writeUInt32BE(small.length, 4)
    return Buffer.concat([lengths, small])
  }
  let held: Buffer[] = []
  let bytes = 0
  for await (const piece of pieces) {
    held.push(piece)
    bytes += piece.length
    if (bytes < snappyBlock) continue
    const all = held.length === 1 ? piece : Buffer.concat(held)
    let at = 0
    for (; all.length - at >= snappyBlock; at += snappyBlock) yield blockOf(all.subarray(at, at + snappyBlock))
    held = at < all.length ? [all.subarray(at)] : []
    bytes = all.length - at
  }
  if (bytes > 0) yield blockOf(Buffer.concat(held))
}
