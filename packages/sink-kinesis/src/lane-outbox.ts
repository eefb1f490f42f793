import type { ShardMap } from '@tributary/kinesis'
import type { Entry } from './entry.ts'
import type { Outbox, RequestLimits } from './outbox.ts'
import type { ShardBackoff } from './shard-backoff.ts'

/** Entries that must keep their order. At most the first is under way. */
interface Lane { readonly id: string | number, queue: Entry[], head: number }

/**
 * Keeps the order of each lane whatever is refused or sent twice: PutRecords promises no order within a request, so a request holds one
 * entry of a lane, and the next follows when that one is accepted. A lane is a partition key, or a shard when entries are aggregates.
 */
export class LaneOutbox implements Outbox {
  readonly #backoff: ShardBackoff
  readonly #map: () => ShardMap | null
  readonly #laneOf: (entry: Entry) => string | number
  readonly #lanes = new Map<string | number, Lane>()
  /** Lanes whose first entry is not under way. */
  #ready: Lane[] = []

  constructor (backoff: ShardBackoff, map: () => ShardMap | null, laneOf: (entry: Entry) => string | number) {
    this.#backoff = backoff
    this.#map = map
    this.#laneOf = laneOf
  }

  get available (): number { return this.#ready.length }

  add (entry: Entry): void {
    const id = this.#laneOf(entry)
    const lane = this.#lanes.get(id)
    if (lane !== undefined) {
      lane.queue.push(entry)
      return
    }
    const fresh = { id, queue: [entry], head: 0 }
    this.#lanes.set(id, fresh)
    this.#ready.push(fresh)
  }

  take (limits: RequestLimits, now: number): Entry[] {
    const map = this.#map()
    const batch: Entry[] = []
    const rest: Lane[] = []
    let bytes = 0
    for (const lane of this.#ready) {
      const entry = lane.queue[lane.head]
      if (entry === undefined) continue
      const fits = batch.length < limits.entries && bytes + entry.size <= limits.bytes
      if (fits && (this.#backoff.isEmpty || this.#backoff.tryTake(entry.shardIn(map), now))) {
        batch.push(entry)
        bytes += entry.size
      } else {
        rest.push(lane)
      }
    }
    this.#ready = rest
    return batch
  }

  done (entry: Entry): void {
    const lane = this.#lanes.get(this.#laneOf(entry))
    if (lane?.queue[lane.head] !== entry) return
    lane.head++
    if (lane.head > 1024) {
      lane.queue = lane.queue.slice(lane.head)
      lane.head = 0
    }
    if (lane.head === lane.queue.length) this.#lanes.delete(lane.id)
    else this.#ready.push(lane)
  }

  putBack (entries: readonly Entry[]): void {
    for (const entry of entries) {
      const lane = this.#lanes.get(this.#laneOf(entry))
      if (lane !== undefined) this.#ready.push(lane)
    }
  }

  drain (): Entry[] {
    const all = Array.from(this.#lanes.values(), lane => lane.queue.slice(lane.head)).flat()
    this.#lanes.clear()
    this.#ready = []
    return all
  }

  nextTime (): number {
    const map = this.#map()
    let soonest = Infinity
    for (const { queue, head } of this.#ready) {
      const first = queue[head]
      if (first !== undefined) soonest = Math.min(soonest, this.#backoff.nextTime(first.shardIn(map)))
    }
    return soonest
  }
}
