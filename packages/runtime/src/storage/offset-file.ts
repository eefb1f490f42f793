import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ConnectError, type SourceOffset, type SourcePartition } from '@tributary/plugin'
import { readJavaMap, writeJavaMap } from './java-map.ts'
import { OffsetState, offsetValue, type PartitionOffset } from './offset-state.ts'
import type { OffsetStore } from './offset-store.ts'

/**
 * Source offsets of a standalone worker in a file, in the form of Java's FileOffsetBackingStore, so that either worker can go on where the other
 * stopped. The file is replaced as a whole, so a crash leaves the old one or the new one.
 */
export class OffsetFile implements OffsetStore {
  readonly #path: string
  readonly #state = new OffsetState()
  /** What the file holds, by key bytes as text. */
  readonly #entries = new Map<string, { key: Uint8Array, value: Uint8Array }>()
  #saving: Promise<void> = Promise.resolve()
  #isSaveQueued = false

  private constructor (path: string) { this.#path = path }

  /** Reads the file; a missing or empty one holds no offsets. Throws a ConnectError of kind `config` when it cannot be read or written. */
  static async open (path: string): Promise<OffsetFile> {
    const file = new OffsetFile(path)
    const refuse = (reason: string, cause: unknown): ConnectError => new ConnectError('OFFSET_FILE', 'config', `Cannot use the offset file ${path} (offset.storage.file.filename): ${reason}.`, { cause })
    let bytes: Buffer
    try {
      bytes = await readFile(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw refuse((error as Error).message, error)
      bytes = Buffer.alloc(0)
    }
    try {
      if (bytes.length > 0) for (const [key, value] of readJavaMap(bytes)) file.#apply(key, value)
    } catch (error) {
      throw refuse((error as Error).message, error)
    }
    // Better now than at the first commit, when records are already on their way.
    const folder = await open(dirname(path), 'r').catch((error: unknown) => { throw refuse('its folder does not exist or cannot be read', error) })
    await folder.close()
    return file
  }

  read (connector: string, partitions: readonly SourcePartition[]): Promise<(SourceOffset | null)[]> {
    return Promise.resolve(partitions.map(partition => this.#state.get(connector, partition)))
  }

  all (connector: string): Promise<PartitionOffset[]> { return Promise.resolve(this.#state.all(connector)) }

  /** Writes of several tasks that come at once share one replacement of the file. */
  async write (connector: string, offsets: readonly { partition: SourcePartition, offset: SourceOffset | null }[]): Promise<void> {
    for (const { partition, offset } of offsets) this.#apply(this.#state.keyOf(connector, partition), offsetValue(offset))
    if (!this.#isSaveQueued) {
      this.#isSaveQueued = true
      this.#saving = this.#saving.catch(() => {}).then(() => {
        this.#isSaveQueued = false
        return this.#save()
      })
    }
    await this.#saving
  }

  async [Symbol.asyncDispose] (): Promise<void> { await this.#saving.catch(() => {}) }

  #apply (key: Uint8Array, value: Uint8Array | null): void {
    this.#state.apply({ key, value })
    const name = Buffer.from(key).toString('latin1')
    if (value === null) this.#entries.delete(name)
    else this.#entries.set(name, { key, value })
  }

  async #save (): Promise<void> {
    const temporary = `${this.#path}.tmp`
    const file = await open(temporary, 'w')
    try {
      await file.writeFile(writeJavaMap([...this.#entries.values()].map(({ key, value }) => [key, value] as const)))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, this.#path)
    // The rename itself must survive a power failure too.
    const folder = await open(dirname(this.#path), 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  }
}
