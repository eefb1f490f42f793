import { ConnectError } from '@tributary/plugin'
import { parseLedger } from '@tributary/sink-s3-partitioned/ledger'
import type { Listed, S3 } from './s3.ts'
import { urlText } from './s3-url.ts'

/** Between the clock here and that of S3. */
const skewMs = 60_000

/**
 * What sinks have decided to write and may write again: objects that a ledger names. Were such an object joined and deleted while its sink is down in
 * the middle of a commit, the sink would write it once more when it comes back.
 */
export class SinkLedgers {
  readonly #s3: S3
  readonly #prefix: string
  /** By bucket: keys that are named, and when the ledgers were read. */
  readonly #named = new Map<string, { readonly keys: ReadonlySet<string>, readonly readMs: number }>()

  /** `prefix`: `ledger.prefix` of the sinks; empty: there are none. */
  constructor (s3: S3, prefix: string) {
    this.#s3 = s3
    this.#prefix = prefix
  }

  /** Whether any of these files, listed before the call, belongs to a commit that is not over. */
  async name (files: readonly Listed[]): Promise<boolean> {
    if (this.#prefix === '') return false
    for (const [bucket, of] of Map.groupBy(files, ({ bucket }) => bucket)) {
      const newest = Math.max(...of.map(({ modified }) => modified))
      let named = this.#named.get(bucket)
      // A ledger that was read while the file was there already either names it or never will again.
      if (named === undefined || newest > named.readMs - skewMs) this.#named.set(bucket, named = await this.#read(bucket))
      if (of.some(({ key }) => named.keys.has(key))) return true
    }
    return false
  }

  async #read (bucket: string): Promise<{ keys: ReadonlySet<string>, readMs: number }> {
    const readMs = Date.now()
    const keys = new Set<string>()
    for await (const place of this.#s3.list({ bucket, key: `${this.#prefix}/` })) {
      if (!place.key.endsWith('.json')) continue
      const text = (await this.#s3.readAll(place)).toString()
      try {
        for (const { key } of parseLedger(text, place.key).pending) keys.add(key)
      } catch (error) {
        if (error instanceof ConnectError) throw error
        throw new ConnectError('COMPACT_LEDGER', 'system', `${urlText(place)} is not the ledger of a sink. Give --ledgerPrefix what the sinks have as ledger.prefix.`, { cause: error })
      }
    }
    return { keys, readMs }
  }
}
