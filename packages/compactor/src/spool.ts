import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import { TemporaryFolder } from './temporary-folder.ts'

/** A file that is gone when it is disposed of. */
export interface SpooledFile extends AsyncDisposable {
  readonly path: string
  /** In bytes. */
  readonly length: number
  /** In base64, as S3 takes it. */
  readonly crc32: string
}

/** Puts bytes that are too many for the memory into a file. */
export async function spool (first: readonly Buffer[], rest: AsyncIterator<Buffer>): Promise<SpooledFile> {
  await using end = new AsyncDisposableStack()
  const path = join(end.use(await TemporaryFolder.create()).path, 'object')
  let length = 0
  let checksum = 0
  const seen = (bytes: Buffer): Buffer => {
    length += bytes.length
    checksum = crc32(bytes, checksum)
    return bytes
  }
  await pipeline(async function * () {
    for (const bytes of first) yield seen(bytes)
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield seen(next.value)
  }, createWriteStream(path))
  const digest = Buffer.alloc(4)
  digest.writeUInt32BE(checksum)
  const all = end.move()
  return { path, length, crc32: digest.toString('base64'), [Symbol.asyncDispose]: () => all.disposeAsync() }
}
