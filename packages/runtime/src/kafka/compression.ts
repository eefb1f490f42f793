import { createRequire } from 'node:module'
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { ConnectError } from '@tributary/plugin'
import type * as Lz4 from 'lz4-napi'
import type * as Snappy from 'snappy'
import type { Compression } from './settings.ts'

// Native code that most workers never need is loaded at its first use.
const load = createRequire(import.meta.url)
const snappyCodec = (): typeof Snappy => load('snappy') as typeof Snappy
const lz4Codec = (): typeof Lz4 => load('lz4-napi') as typeof Lz4

/** Codes of the codecs in a batch's attributes. */
export const compressionCodes: Readonly<Record<Compression, number>> = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 }

/** Xerial's framing of snappy, which Java writes: a magic, two versions, then blocks with their length before them. */
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const xerialHeader = Buffer.concat([xerialMagic, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])])
const xerialBlock = 32 * 1024

/** Compresses the records of a batch. */
export function compress (codec: Compression, bytes: Buffer): Buffer {
  switch (codec) {
    case 'none': return bytes
    case 'gzip': return gzipSync(bytes)
    case 'snappy': return snappy(bytes)
    case 'lz4': return lz4Codec().compressFrameSync(bytes)
    case 'zstd': return zstdCompressSync(bytes)
  }
}

/** Restores the records of a batch; `code` is the codec of its attributes. */
export function decompress (code: number, bytes: Buffer): Buffer {
  switch (code) {
    case 0: return bytes
    case 1: return gunzipSync(bytes)
    case 2: return unsnappy(bytes)
    case 3: return lz4Codec().decompressFrameSync(bytes)
    case 4: return zstdDecompressSync(bytes)
    default: throw new ConnectError('UNSUPPORTED_COMPRESSION_TYPE', 'system', `Records are compressed with codec ${code}, which is not known here.`)
  }
}

function snappy (bytes: Buffer): Buffer {
  const { compressSync } = snappyCodec()
  const parts: Buffer[] = [xerialHeader]
  for (let at = 0; at < bytes.length; at += xerialBlock) {
    const block = compressSync(bytes.subarray(at, at + xerialBlock))
    const size = Buffer.allocUnsafe(4)
    size.writeInt32BE(block.length)
    parts.push(size, block)
  }
  return Buffer.concat(parts)
}

function unsnappy (bytes: Buffer): Buffer {
  const { uncompressSync } = snappyCodec()
  if (bytes.length < xerialHeader.length || xerialMagic.compare(bytes, 0, xerialMagic.length) !== 0) return uncompressSync(bytes) as Buffer
  const parts: Buffer[] = []
  for (let at = xerialHeader.length; at < bytes.length;) {
    const size = bytes.readInt32BE(at)
    parts.push(uncompressSync(bytes.subarray(at + 4, at + 4 + size)) as Buffer)
    at += 4 + size
  }
  return Buffer.concat(parts)
}
