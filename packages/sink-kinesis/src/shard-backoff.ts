import { backoffMs } from '@tributary/kinesis'

/** A shard that refused something lately. */
interface Shard {
  failures: number
  /** Nothing goes before. */
  until: number
  /** Entries that may go in an interval: what the shard took when it refused more, then slowly more again. */
  window: number
  left: number
  refillAt: number
}

const intervalMs = 100
/** A window that large is no limit: it allows several times what a shard takes. */
const openWindow = 1000

/**
 * Paces the shards that throttle, each for itself: a shard that takes nothing is left alone for longer and longer, one that takes some gets
 * about as much in each tenth of a second. A shard is named by its index; times are milliseconds of the caller's clock.
 */
export class ShardBackoff {
  readonly #shards = new Map<number, Shard>()

  get isEmpty (): boolean { return this.#shards.size === 0 }

  /** Whether one more entry may go to a shard now; counts it if so. */
  tryTake (shard: number, now: number): boolean {
    const state = this.#shards.get(shard)
    if (state === undefined) return true
    if (now < state.until) return false
    if (now >= state.refillAt) {
      state.left = state.window
      state.refillAt = now + intervalMs
    }
    if (state.left === 0) return false
    state.left--
    return true
  }

  /** When the next entry may go to a shard. */
  nextTime (shard: number): number {
    const state = this.#shards.get(shard)
    return state === undefined ? 0 : Math.max(state.until, state.left === 0 ? state.refillAt : 0)
  }

  /** The answers of one request: how many entries each shard refused and accepted. */
  record (refused: ReadonlyMap<number, number>, accepted: ReadonlyMap<number, number>, now: number): void {
    for (const shard of accepted.keys()) if (!refused.has(shard)) this.#widen(shard)
    for (const shard of refused.keys()) this.#narrow(shard, accepted.get(shard) ?? 0, now)
  }

  #widen (shard: number): void {
    const state = this.#shards.get(shard)
    if (state === undefined) return
    state.failures = 0
    state.window = Math.ceil(state.window * 1.25)
    if (state.window >= openWindow) this.#shards.delete(shard)
  }

  #narrow (shard: number, accepted: number, now: number): void {
    const state = this.#shards.get(shard)
    const failures = accepted > 0 ? 0 : (state?.failures ?? 0) + 1
    const window = Math.max(1, accepted > 0 ? accepted : Math.floor((state?.window ?? openWindow) / 2))
    this.#shards.set(shard, { failures, until: now + (failures === 0 ? intervalMs / 2 : backoffMs(failures)), window, left: window, refillAt: 0 })
  }
}
