import type { ConnectError, RawBatch } from '@tributary/plugin'
import { shardNumber } from '@tributary/kinesis'
import type { Offsets } from './place.ts'
import { ShardReader, type ShardReaderOptions } from './shard-reader.ts'

/** One shard that a task reads: what was delivered of it, and what of that is done. */
export class ShardConsumer {
  readonly shard: string
  readonly partition: number
  readonly #topic: string
  readonly #offsets: Offsets
  readonly #reader: ShardReader
  /** Offsets delivered and not yet committed, rising. A position may lie between records, a checkpoint may not. */
  #delivered: bigint[] = []
  /** Offset of the last record that is done; -1: none. */
  #done: bigint
  /** The first offset to read when it was opened. */
  readonly start: bigint

  /** Term of the lease it reads under. */
  readonly term: number

  constructor (topic: string, term: number, options: ShardReaderOptions) {
    this.#topic = topic
    this.term = term
    this.shard = options.shard
    this.partition = shardNumber(options.shard)
    this.#offsets = options.offsets
    this.#reader = new ShardReader(options)
    this.start = options.offsets.after(options.checkpoint, options.subSequence)
    this.#done = this.start - 1n
  }

  get error (): ConnectError | null { return this.#reader.error }

  /** Whether the shard ended and everything of it is done. */
  get isComplete (): boolean { return this.#reader.isDone && this.#delivered.length === 0 }

  /** The shard is no longer in the stream: its records have aged out. */
  endAsGone (): void { this.#reader.endAsGone() }

  take (max: number): RawBatch | null {
    const records = this.#reader.take(max)
    const last = records.at(-1)
    if (last === undefined) return null
    for (const { offset } of records) this.#delivered.push(offset as bigint)
    return { topic: this.#topic, partition: this.partition, records, next: (last.offset as bigint) + 1n, lag: this.#reader.lag }
  }

  /** The checkpoint for a position: the last record before it; null when that is stored already. */
  checkpointFor (next: bigint): { sequence: string, subSequence: number } | null {
    const count = this.#countBelow(next)
    const last = this.#delivered[count - 1]
    return last === undefined ? null : this.#offsets.place(last)
  }

  /** Everything before a position is stored as done. */
  committed (next: bigint): void {
    const count = this.#countBelow(next)
    this.#done = this.#delivered[count - 1] ?? this.#done
    if (count > 0) this.#delivered = this.#delivered.slice(count)
  }

  #countBelow (next: bigint): number {
    let low = 0
    let high = this.#delivered.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#delivered[middle] ?? 0n) < next) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Reads on from a position. */
  seek (next: bigint): void {
    const count = this.#countBelow(next)
    this.#reader.seek(next, this.#delivered[count - 1] ?? (next > this.#done ? this.#done : -1n))
    this.#delivered = this.#delivered.slice(0, count)
  }

  pause (): void { this.#reader.pause() }

  resume (): void { this.#reader.resume() }

  close (): void { this.#reader.close() }
}
