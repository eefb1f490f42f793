import { Readable } from 'node:stream'
import type { Writable } from 'node:stream'
import { once } from 'node:events'
import { codecOf, decompress } from './decompression.ts'
import type { ObjectStore } from './object-store.ts'

/** What to take out of the objects under `error.prefix`. */
export interface Redrive {
  /** Prefix of the error objects, such as `raw-errors/orders/`. */
  readonly prefix: string
  /** Only records refused for this reason; null: all. */
  readonly reason: string | null
}

interface Refused { readonly errorCode: string, readonly rawData: string }

const newline = Buffer.from('\n')

/**
 * Writes the raw bytes of refused records to a stream, each ended by a newline, in the order of topic, partition and offset; so they can be piped
 * into a producer once what refused them is mended. Resolves to the number of records. Nothing is deleted.
 */
export async function redrive (store: ObjectStore, { prefix, reason }: Redrive, out: Writable): Promise<number> {
  let count = 0
  for (const key of (await store.list(prefix)).sort()) {
    const { body } = await store.get(key)
    const plain = Buffer.concat(await Array.fromAsync(decompress(Readable.from([body]), codecOf(key))))
    for (const line of plain.toString('utf8').split('\n')) {
      if (line === '') continue
      const { errorCode, rawData } = JSON.parse(line) as Refused
      if (reason !== null && errorCode !== reason) continue
      const raw = Buffer.from(rawData, 'base64')
      const whole = raw.at(-1) === 10 ? raw : Buffer.concat([raw, newline])
      if (!out.write(whole)) await once(out, 'drain')
      count++
    }
  }
  return count
}
