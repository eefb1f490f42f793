import { hashKeyOf, type ShardMap } from '@tributary/kinesis'
import type { Progress } from './progress.ts'

/** What an entry costs besides its data: objects, offset, place in queues. */
const overheadBytes = 256

/** One entry of a PutRecords request: a record of the task, or an aggregate of several (`members`). */
export class Entry {
  readonly partitionKey: string
  /** Decimal text, or null: the MD5 of the partition key decides. */
  readonly explicitHashKey: string | null
  readonly data: Uint8Array
  /** Bytes as Kinesis counts them: data and partition key. */
  readonly size: number
  readonly members: readonly Entry[] | null
  readonly progress: Progress | null
  readonly slot: number
  #hashKey: bigint | null = null
  /** Index of the shard in the map it was last looked up in. */
  #shard = -1
  #map: ShardMap | null = null

  constructor (partitionKey: string, explicitHashKey: string | null, data: Uint8Array, place: { progress: Progress, slot: number } | { members: readonly Entry[] }) {
    this.partitionKey = partitionKey
    this.explicitHashKey = explicitHashKey
    this.data = data
    this.size = data.length + Buffer.byteLength(partitionKey)
    this.members = 'members' in place ? place.members : null
    this.progress = 'members' in place ? null : place.progress
    this.slot = 'members' in place ? -1 : place.slot
  }

  get hashKey (): bigint {
    return this.#hashKey ??= this.explicitHashKey === null ? hashKeyOf(this.partitionKey) : BigInt(this.explicitHashKey)
  }

  /** Index of the shard it will land in; 0 without a map. Looked up when first asked, as most entries are never asked. */
  shardIn (map: ShardMap | null): number {
    if (map === null) return 0
    if (this.#map !== map) {
      this.#map = map
      this.#shard = map.indexOf(this.hashKey)
    }
    return this.#shard
  }

  /** Bytes of memory it holds while it is outstanding. */
  get weight (): number { return this.size + overheadBytes }
}
