import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ConnectError, type SourceOffset, type SourcePartition } from '@tributary/plugin'
import { readHashMap, writeHashMap } from './java-hash-map.ts'
import { offsetValue, OffsetState, type PartitionOffset } from './offset-state.ts'
import type { OffsetChange, OffsetStore } from './offset-store.ts'

/**
 * Source offsets of a standalone worker, in the file of `offset.storage.file.filename`, in Java's own format. Each write replaces the file as a
 * whole, by a rename after the new content is on disk, so a crash leaves the old file or the new one.
 */
export class OffsetFile implements OffsetStore {
  readonly #path: string
  readonly #state = new OffsetState()
  readonly #entries = new Map<string, readonly [Uint8Array, Uint8Array | null]>()
  /** The write under way, and the one that will take everything that came after its start. */
  #writing: Promise<void> | null = null
  #next: Promise<void> | null = null

  private constructor (path: string) { this.#path = path }

  /** Reads the file; one that is missing or empty has no offsets. Throws a `config` ConnectError that names the file and what is wrong. */
  static async open (path: string): Promise<OffsetFile> {
    const file = new OffsetFile(path)
    let bytes: Buffer
    try {
      bytes = await readFile(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return file
      throw new ConnectError('OFFSET_FILE', 'config', `Cannot read ${path} (offset.storage.file.filename): ${(error as Error).message}`, { cause: error })
    }
    if (bytes.length === 0) return file
    try {
      for (const [key, value] of readHashMap(bytes)) file.#put(key, value)
    } catch (error) {
      throw new ConnectError('OFFSET_FILE', 'config', `${path} (offset.storage.file.filename) is not an offset file of Kafka Connect: ${(error as Error).message}. Name another file, or move this one away to start without offsets.`, { cause: error })
    }
    return file
  }

  #put (key: Uint8Array, value: Uint8Array | null): void {
    this.#state.apply({ key, value })
    const name = Buffer.from(key).toString('latin1')
    if (value === null) this.#entries.delete(name)
    else this.#entries.set(name, [key, value])
  }

  /** Offsets of some partitions of a connector, null where there is none. */
  async read (connector: string, partitions: readonly SourcePartition[]): Promise<(SourceOffset | null)[]> {
    return partitions.map(partition => this.#state.get(connector, partition))
  }

  /** All partitions of a connector that have an offset. */
  async all (connector: string): Promise<PartitionOffset[]> { return this.#state.all(connector) }

  /** Keeps offsets, null to forget one; resolves when they are on disk. */
  async write (connector: string, offsets: readonly OffsetChange[]): Promise<void> {
    for (const { partition, offset } of offsets) this.#put(this.#state.keyOf(connector, partition), offsetValue(offset))
    if (this.#writing === null) {
      this.#writing = this.#save().finally(() => { this.#writing = null })
      await this.#writing
      return
    }
    // What was just put may have missed the write under way: one more, for everybody who asked meanwhile.
    this.#next ??= this.#writing.catch(() => {}).then(async () => {
      this.#next = null
      this.#writing = this.#save().finally(() => { this.#writing = null })
      await this.#writing
    })
    await this.#next
  }

  keys (connector: string, partitions: readonly SourcePartition[]): Uint8Array[] { return partitions.map(partition => this.#state.keyOf(connector, partition)) }

  noteWritten (): Promise<void> { return Promise.resolve() }

  async [Symbol.asyncDispose] (): Promise<void> {
    await this.#next?.catch(() => {})
    await this.#writing?.catch(() => {})
  }

  async #save (): Promise<void> {
    const temporary = `${this.#path}.tmp`
    try {
      const file = await open(temporary, 'w')
      try {
        await file.writeFile(writeHashMap([...this.#entries.values()]))
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, this.#path)
      await syncFolder(dirname(this.#path))
    } catch (error) {
      throw new ConnectError('OFFSET_FILE', 'transient', `Cannot write ${this.#path} (offset.storage.file.filename): ${(error as Error).message}`, { cause: error })
    }
  }
}

/** The rename itself is durable only once the folder is. */
async function syncFolder (path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
