import { createGunzip, createZstdDecompress } from 'node:zlib'
import type { Transform } from 'node:stream'
import snappy from 'snappy'
import { ConnectError } from '@tributary/plugin'
import { through } from './compression.ts'
import type { Codec } from './compression.ts'
import { zstdFrames } from './zstd-frames.ts'

const bySuffix: Readonly<Record<string, Codec>> = { gz: 'gzip', gzip: 'gzip', snappy: 'snappy', zst: 'zstd' }

/** The codec that the name of an object tells. */
export function codecOf (key: string): Codec {
  return bySuffix[/\.(\w+)$/.exec(key)?.[1]?.toLowerCase() ?? ''] ?? 'none'
}

/** An object of no bytes is a file of no lines, though a codec would miss its header there. */
async function * unlessEmpty (bytes: AsyncIterable<Buffer>, open: () => Transform): AsyncGenerator<Buffer> {
  const chunks = bytes[Symbol.asyncIterator]()
  const first = await chunks.next()
  if (first.done === true) return
  try {
    yield * through(open(), beginningWith(first.value, chunks))
    // A codec may end before its bytes do; all are to be seen.
    while ((await chunks.next()).done !== true) { /* looked at by who gives them */ }
  } finally {
    await chunks.return?.()
  }
}

async function * beginningWith (first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
}

/** Gzip members that follow each other are all read. Zeros may fill the end; where anything follows them it would be lost, so that is an error. */
async function * fromGzip (bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const codec = createGunzip()
  let length = 0
  /** Where the last byte that is not zero ends. */
  let filled = 0
  const measured = async function * (): AsyncGenerator<Buffer> {
    for await (const chunk of bytes) {
      const last = chunk.findLastIndex(byte => byte !== 0)
      if (last !== -1) filled = length + last + 1
      length += chunk.length
      yield chunk
    }
  }
  yield * unlessEmpty(measured(), () => codec)
  if (filled > codec.bytesWritten) throw new ConnectError('CODEC', 'data', 'Something follows the zeros at the end of the gzip data, and would be lost.')
}

export function decompress (bytes: AsyncIterable<Buffer>, codec: Codec): AsyncIterable<Buffer> {
  switch (codec) {
    case 'none': return bytes
    case 'gzip': return fromGzip(bytes)
    case 'zstd': return unlessEmpty(zstdFrames(bytes), createZstdDecompress)
    case 'snappy': return fromHadoopSnappy(bytes)
  }
}

async function * fromHadoopSnappy (bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0)
  // Bytes of the current block that are still to come, in one or more compressed pieces.
  let open = 0
  for await (const chunk of bytes) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    let at = 0
    for (;;) {
      if (open === 0) {
        if (held.length - at < 4) break
        open = held.readUInt32BE(at)
        at += 4
        continue
      }
      if (held.length - at < 4) break
      const size = held.readUInt32BE(at)
      if (held.length - at - 4 < size) break
      const piece = snappy.uncompressSync(held.subarray(at + 4, at + 4 + size), { asBuffer: true }) as Buffer
      at += 4 + size
      open -= piece.length
      yield piece
    }
    held = held.subarray(at)
  }
  if (held.length > 0 || open > 0) throw new ConnectError('CODEC', 'data', 'The snappy data ends in the middle of a block.')
}
