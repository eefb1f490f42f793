import type { Log, SourceOffset, SourcePartition } from '@tributary/plugin'
import { messageOf } from '../error-handling/java-error.ts'
import { partitionKey } from '../source-task/partition-keys.ts'
import type { OffsetChange, OffsetStore } from './offset-store.ts'
import type { PartitionOffset } from './offset-state.ts'

/**
 * The offsets of a connector that has a topic of its own, with a copy in the worker's topic, as in Java: its own topic wins, and a copy that
 * fails is only logged. What is forgotten is forgotten in the copy first, or it would come back from there.
 */
export class LayeredOffsets implements OffsetStore {
  readonly #own: OffsetStore
  readonly #workers: OffsetStore
  readonly #log: Log

  /** Disposing of it disposes of `own` alone. */
  constructor (own: OffsetStore, workers: OffsetStore, log: Log) {
    this.#own = own
    this.#workers = workers
    this.#log = log
  }

  async read (connector: string, partitions: readonly SourcePartition[]): Promise<(SourceOffset | null)[]> {
    const [own, workers] = await Promise.all([this.#own.read(connector, partitions), this.#workers.read(connector, partitions)])
    return own.map((offset, i) => offset ?? workers[i] ?? null)
  }

  async all (connector: string): Promise<PartitionOffset[]> {
    const [own, workers] = await Promise.all([this.#own.all(connector), this.#workers.all(connector)])
    const known = new Set(own.map(({ partition }) => partitionKey(partition)))
    return [...own, ...workers.filter(({ partition }) => !known.has(partitionKey(partition)))]
  }

  async write (connector: string, offsets: readonly OffsetChange[]): Promise<void> {
    const forgotten = offsets.filter(({ offset }) => offset === null)
    if (forgotten.length > 0) await this.#workers.write(connector, forgotten)
    await this.#own.write(connector, offsets)
    await this.noteWritten(connector, offsets.filter(({ offset }) => offset !== null))
  }

  keys (connector: string, partitions: readonly SourcePartition[]): Uint8Array[] { return this.#own.keys(connector, partitions) }

  async noteWritten (connector: string, offsets: readonly OffsetChange[]): Promise<void> {
    if (offsets.length === 0) return
    try {
      await this.#workers.write(connector, offsets)
    } catch (error) {
      this.#log.warn({ connector, err: error }, `The offsets of ${connector} are safe in its own topic, but could not be copied to the worker's: ${messageOf(error)}`)
    }
  }

  async [Symbol.asyncDispose] (): Promise<void> { await this.#own[Symbol.asyncDispose]() }
}
