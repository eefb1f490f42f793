import { backoffMs } from '@tributary/kinesis'

interface Shard { failures: number, until: number }

/** Which shards are left alone, and until when (milliseconds of the caller's clock). A shard is named by its index. */
export class ShardBackoff {
  readonly #shards = new Map<number, Shard>()

  get isEmpty (): boolean { return this.#shards.size === 0 }

  isBlocked (shard: number, now: number): boolean {
    const state = this.#shards.get(shard)
    return state !== undefined && state.until > now
  }

  until (shard: number): number {
    return this.#shards.get(shard)?.until ?? 0
  }

  /** The answers of one request: shards with a refused entry, and shards with an accepted one. A shard that took some starts from the shortest wait. */
  record (refused: ReadonlySet<number>, accepted: ReadonlySet<number>, now: number): void {
    for (const shard of accepted) if (!refused.has(shard)) this.#shards.delete(shard)
    for (const shard of refused) {
      const failures = accepted.has(shard) ? 1 : (this.#shards.get(shard)?.failures ?? 0) + 1
      this.#shards.set(shard, { failures, until: now + backoffMs(failures) })
    }
  }
}
