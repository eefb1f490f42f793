import type { Position, RawBatch, TopicPartition } from '@tributary/plugin'
import type { OwnedPartition } from '../herder/herder.ts'

type Offset = number | bigint

interface Progress extends TopicPartition {
  /** Behind the records polled, put or not. */
  polled: Offset
  /** Behind the records that were put. */
  put: Offset
  committed: Offset
  lag: number | null
  pausedByTask: boolean
  /** Since when records that were put wait for a commit, without any progress: milliseconds since 1970; null: none wait. */
  waitsSince: number | null
}

/** A partition with records that wait for a commit. */
export interface WaitingPartition extends TopicPartition {
  /** Of the first record that waits. */
  readonly offset: Offset
  readonly forMs: number
}

function exact (offset: Offset): number | string { return typeof offset === 'bigint' && !Number.isSafeInteger(Number(offset)) ? String(offset) : Number(offset) }

function keyOf ({ topic, partition }: TopicPartition): string { return `${partition} ${topic}` }

/** How far a sink task is in each partition it owns. */
export class Positions {
  readonly #owned = new Map<string, Progress>()

  get size (): number { return this.#owned.size }

  /** The most records known to be behind in one partition. */
  get lagMax (): number {
    let most = 0
    for (const { lag } of this.#owned.values()) if (lag !== null && lag > most) most = lag
    return most
  }

  partitions (): TopicPartition[] { return [...this.#owned.values()].map(({ topic, partition }) => ({ topic, partition })) }

  owns (partition: TopicPartition): boolean { return this.#owned.has(keyOf(partition)) }

  add (positions: readonly Position[]): void {
    for (const { topic, partition, offset } of positions) {
      this.#owned.set(keyOf({ topic, partition }), { topic, partition, polled: offset, put: offset, committed: offset, lag: null, pausedByTask: false, waitsSince: null })
    }
  }

  remove (partitions: readonly TopicPartition[]): void {
    for (const one of partitions) this.#owned.delete(keyOf(one))
  }

  polled (batches: readonly RawBatch[]): void {
    for (const batch of batches) {
      const progress = this.#owned.get(keyOf(batch))
      if (progress === undefined) continue
      progress.polled = batch.next
      progress.lag = batch.lag
    }
  }

  /** Everything polled was put. */
  put (now = Date.now()): void {
    for (const progress of this.#owned.values()) {
      progress.put = progress.polled
      progress.waitsSince = progress.put === progress.committed ? null : progress.waitsSince ?? now
    }
  }

  /** All of it, for the status. `lagOf`: what the feed knows of a partition now. */
  owned (lagOf: (partition: TopicPartition) => number | null): OwnedPartition[] {
    return [...this.#owned.values()].map(({ topic, partition, put, committed, lag, waitsSince }) => (
      { topic, partition, position: exact(put), committed: exact(committed), lag: lagOf({ topic, partition }) ?? lag, uncommitted_since: waitsSince }))
  }

  /** Partitions whose records wait for a commit longer than so many milliseconds, the longest first. */
  waiting (longerThanMs: number, now = Date.now()): WaitingPartition[] {
    return [...this.#owned.values()]
      .map(({ topic, partition, committed, waitsSince }) => ({ topic, partition, offset: committed, forMs: waitsSince === null ? -1 : now - waitsSince }))
      .filter(({ forMs }) => forMs > longerThanMs)
      .toSorted((a, b) => b.forMs - a.forMs)
  }

  /** Reading goes on elsewhere. */
  sought (positions: readonly Position[]): void {
    for (const position of positions) {
      const progress = this.#owned.get(keyOf(position))
      if (progress === undefined) continue
      progress.polled = position.offset
      progress.put = position.offset
      if (progress.put === progress.committed) progress.waitsSince = null
    }
  }

  /** What may be offered for commit: the places behind what was put. */
  current (partitions: readonly TopicPartition[]): Position[] {
    return this.#of(partitions, progress => progress.put)
  }

  lastCommitted (): Position[] { return this.#of(this.partitions(), progress => progress.committed) }

  /** Of positions that a sink found safe: those worth committing, and those it may not name. */
  committable (safe: readonly Position[]): { changed: Position[], foreign: Position[] } {
    const changed: Position[] = []
    const foreign: Position[] = []
    for (const position of safe) {
      const progress = this.#owned.get(keyOf(position))
      if (progress === undefined || position.offset > progress.put) foreign.push(position)
      else if (position.offset !== progress.committed) changed.push(position)
    }
    return { changed, foreign }
  }

  committed (positions: readonly Position[], now = Date.now()): void {
    for (const position of positions) {
      const progress = this.#owned.get(keyOf(position))
      if (progress === undefined) continue
      progress.committed = position.offset
      progress.waitsSince = progress.put === progress.committed ? null : now
    }
  }

  setPausedByTask (partitions: readonly TopicPartition[], paused: boolean): void {
    for (const one of partitions) {
      const progress = this.#owned.get(keyOf(one))
      if (progress !== undefined) progress.pausedByTask = paused
    }
  }

  /** Partitions the task itself has not paused. */
  unpaused (): TopicPartition[] {
    return [...this.#owned.values()].filter(progress => !progress.pausedByTask).map(({ topic, partition }) => ({ topic, partition }))
  }

  #of (partitions: readonly TopicPartition[], offset: (progress: Progress) => Offset): Position[] {
    return partitions.map(one => this.#owned.get(keyOf(one))).filter(progress => progress !== undefined)
      .map(progress => ({ topic: progress.topic, partition: progress.partition, offset: offset(progress) }))
  }
}
