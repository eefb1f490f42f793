import { Aggregate, type ShardMap } from '@tributary/kinesis'
import { Entry } from './entry.ts'

/** The KPL's AggregationMaxSize. */
const maxBytes = 51200

interface Open { readonly aggregate: Aggregate, readonly members: Entry[] }

/**
 * Packs entries into aggregates, one open per shard that they are predicted for. A lone entry stays plain, and so does one that is too big,
 * as with the KPL. The aggregate's own hash key is that of its first member, so that it lands in the predicted shard.
 */
export class Aggregator {
  readonly #open = new Map<number, Open>()
  readonly #emit: (entry: Entry) => void

  constructor (emit: (entry: Entry) => void) { this.#emit = emit }

  /** Whether nothing waits for more members. */
  get isEmpty (): boolean { return this.#open.size === 0 }

  add (entry: Entry, map: ShardMap): void {
    const shard = entry.shardIn(map)
    let open = this.#open.get(shard)
    if (open !== undefined && open.aggregate.sizeWith(entry) > maxBytes) {
      this.#close(shard, open)
      open = undefined
    }
    if (open === undefined) this.#open.set(shard, open = { aggregate: new Aggregate(), members: [] })
    open.aggregate.add(entry)
    open.members.push(entry)
    if (open.aggregate.size >= maxBytes) this.#close(shard, open)
  }

  #close (shard: number, { aggregate, members }: Open): void {
    this.#open.delete(shard)
    const [first] = members
    if (first === undefined) return
    this.#emit(members.length === 1 ? first : new Entry('a', String(first.hashKey), aggregate.encode(), { members }))
  }

  /** Closes all that is open. */
  drain (): void {
    for (const [shard, open] of this.#open) this.#close(shard, open)
  }
}
