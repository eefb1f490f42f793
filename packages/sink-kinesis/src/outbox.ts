import type { ShardMap } from '@tributary/kinesis'
import type { Entry } from './entry.ts'
import type { ShardBackoff } from './shard-backoff.ts'

/** How much one request may hold. */
export interface RequestLimits { readonly entries: number, readonly bytes: number }

/** Entries that wait to be sent. */
export interface Outbox {
  add (entry: Entry): void
  /** The entries of the next request, in the order to send them; empty when none may go now. */
  take (limits: RequestLimits, now: number): Entry[]
  /** The entry was accepted. */
  done (entry: Entry): void
  /** The entries were refused: they go before everything that waits. In the order they were taken. */
  putBack (entries: readonly Entry[]): void
  /** Removes and returns all that wait, oldest first. Only while nothing is under way. */
  drain (): Entry[]
  /** Entries that a `take` may find; an estimate from above. */
  readonly available: number
  /** When a waiting entry may go, or Infinity. */
  nextTime (now: number): number
}

/** Sends in any order over retries: entries of a shard that throttles wait, those of other shards overtake them. */
export class FreeOutbox implements Outbox {
  readonly #backoff: ShardBackoff
  readonly #map: () => ShardMap | null
  #fresh: Entry[] = []
  #head = 0
  #held: Entry[] = []

  constructor (backoff: ShardBackoff, map: () => ShardMap | null) {
    this.#backoff = backoff
    this.#map = map
  }

  add (entry: Entry): void { this.#fresh.push(entry) }

  done (): void {}

  putBack (entries: readonly Entry[]): void {
    for (const entry of entries) this.#held.push(entry)
  }

  get available (): number { return this.#fresh.length - this.#head + this.#held.length }

  take (limits: RequestLimits, now: number): Entry[] {
    const batch: Entry[] = []
    const bytes = this.#takeHeld(batch, limits, now)
    this.#takeFresh(batch, limits, bytes, now)
    return batch
  }

  #takeHeld (batch: Entry[], limits: RequestLimits, now: number): number {
    let bytes = 0
    if (this.#held.length === 0) return bytes
    const map = this.#map()
    const rest: Entry[] = []
    for (const entry of this.#held) {
      if (batch.length < limits.entries && bytes + entry.size <= limits.bytes && this.#backoff.tryTake(entry.shardIn(map), now)) {
        batch.push(entry)
        bytes += entry.size
      } else {
        rest.push(entry)
      }
    }
    this.#held = rest
    return bytes
  }

  #takeFresh (batch: Entry[], limits: RequestLimits, before: number, now: number): void {
    const map = this.#map()
    let bytes = before
    for (let entry = this.#fresh[this.#head]; entry !== undefined; entry = this.#fresh[this.#head]) {
      if (batch.length >= limits.entries || bytes + entry.size > limits.bytes) break
      if (this.#backoff.isEmpty || this.#backoff.tryTake(entry.shardIn(map), now)) {
        batch.push(entry)
        bytes += entry.size
      } else {
        this.#held.push(entry)
      }
      this.#head++
    }
    if (this.#head === this.#fresh.length || this.#head > 8192) {
      this.#fresh = this.#fresh.slice(this.#head)
      this.#head = 0
    }
  }

  drain (): Entry[] {
    const all = [...this.#held, ...this.#fresh.slice(this.#head)]
    this.#held = []
    this.#fresh = []
    this.#head = 0
    return all
  }

  nextTime (now: number): number {
    if (this.#fresh.length > this.#head) return now
    const map = this.#map()
    let soonest = Infinity
    for (const entry of this.#held) soonest = Math.min(soonest, this.#backoff.nextTime(entry.shardIn(map)))
    return soonest
  }
}
