import type { SourceOffset, SourcePartition, SourceRecord } from '@tributary/plugin'
import { partitionKey } from './partition-keys.ts'

/** How far a source partition may be committed. */
export interface PartitionProgress {
  readonly partition: SourcePartition
  readonly offset: SourceOffset
}

type Progress = Map<string, PartitionProgress>

/** Records that were sent together. `done` is a byte per record, so a batch costs no object per record. */
interface Batch {
  readonly records: readonly SourceRecord[]
  /** All that the source gave, with what transforms dropped. */
  readonly given: readonly SourceRecord[]
  readonly done: Uint8Array
  open: number
  /** When it was sent, by performance.now(). */
  readonly at: number
  /** What a batch that is done, behind one that is not, stands for. */
  progress: Progress | null
}

/** Reports the end of single records of a batch. */
export interface BatchHandle { readonly done: (index: number) => void }

/**
 * Remembers sent records in the order they were read, and knows which offsets are safe to commit: for each source partition, that of the last
 * record with nothing unacknowledged before it. Memory is bounded by the batches that are not wholly acknowledged.
 */
export class InFlight {
  readonly #batches: Batch[] = []
  #safe: Progress = new Map()
  #active = 0
  readonly #onBatch: (records: readonly SourceRecord[]) => void

  /** `onBatch` is called with batches, in order, when they are wholly acknowledged and so are all before them. */
  constructor (onBatch: (records: readonly SourceRecord[]) => void = () => {}) { this.#onBatch = onBatch }

  /** Records not yet acknowledged. */
  get active (): number { return this.#active }

  /**
   * Adds records that are about to be sent, of those the source gave; call `done` once for each when the broker has it. The lists must not
   * change afterwards.
   */
  add (records: readonly SourceRecord[], given = records): BatchHandle {
    const batch: Batch = { records, given, done: new Uint8Array(records.length), open: records.length, at: performance.now(), progress: null }
    this.#active += records.length
    this.#batches.push(batch)
    if (records.length === 0) this.#finish(batch)
    return {
      done: index => {
        if (batch.done[index] === 1) return
        batch.done[index] = 1
        batch.open--
        this.#active--
        if (batch.open === 0) this.#finish(batch)
      }
    }
  }

  /** The first record that is not acknowledged, if it was sent at least `ms` milliseconds ago. */
  stuckFor (ms: number): SourceRecord | null {
    const batch = this.#batches[0]
    return batch === undefined || performance.now() - batch.at < ms ? null : batch.records[batch.done.indexOf(0)] ?? null
  }

  /** Takes the progress made since the last call. */
  take (): PartitionProgress[] {
    this.#collectPartial()
    const taken = [...this.#safe.values()]
    this.#safe = new Map()
    return taken
  }

  /** Gives back progress that could not be committed, unless there is newer. */
  restore (progress: readonly PartitionProgress[]): void {
    for (const one of progress) {
      const key = partitionKey(one.partition)
      if (!this.#safe.has(key)) this.#safe.set(key, one)
    }
  }

  #finish (batch: Batch): void {
    const head = this.#batches.indexOf(batch) === 0
    if (!head) {
      batch.progress = new Map()
      note(batch.records, batch.records.length, null, batch.progress)
      return
    }
    while (this.#batches[0]?.open === 0) {
      const done = this.#batches.shift()!
      if (done.progress === null) note(done.records, done.records.length, null, this.#safe)
      else for (const [key, one] of done.progress) this.#safe.set(key, one)
      this.#onBatch(done.given)
    }
  }

  /** Progress inside the batches that are still open: up to the first unacknowledged record of each source partition. */
  #collectPartial (): void {
    const blocked = new Set<string>()
    for (const batch of this.#batches) {
      if (batch.progress === null) {
        note(batch.records, batch.records.length, { done: batch.done, blocked }, this.#safe)
        continue
      }
      for (const [key, one] of batch.progress) {
        if (!blocked.has(key)) this.#safe.set(key, one)
      }
    }
  }
}

/** Notes, by source partition, the last offset of records that were read in this order. */
export function noteProgress (records: readonly SourceRecord[], into: Map<string, PartitionProgress>): void { note(records, records.length, null, into) }

/** Notes the last offset of each source partition; with `only`, of records that are done and whose partition is not blocked before them. */
function note (records: readonly SourceRecord[], length: number, only: { done: Uint8Array, blocked: Set<string> } | null, into: Progress): void {
  // Sources give runs of records of one partition, and mostly the same object for it: look at the last record of a run only.
  for (let i = 0; i < length;) {
    const { sourcePartition } = records[i]!
    let end = i + 1
    while (end < length && records[end]!.sourcePartition === sourcePartition) end++
    if (sourcePartition !== null) noteRun(records, i, end, sourcePartition, only, into)
    i = end
  }
}

function noteRun (records: readonly SourceRecord[], start: number, end: number, partition: SourcePartition, only: { done: Uint8Array, blocked: Set<string> } | null, into: Progress): void {
  const key = partitionKey(partition)
  if (only?.blocked.has(key) === true) return
  let last = end
  if (only !== null) {
    last = start
    while (last < end && only.done[last] === 1) last++
    if (last < end) only.blocked.add(key)
  }
  for (let i = last - 1; i >= start; i--) {
    const offset = records[i]!.sourceOffset
    if (offset === null) continue
    into.set(key, { partition, offset })
    return
  }
}
