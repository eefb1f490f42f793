import type { RawConfig, SourceOffset, SourcePartition } from '@tributary/plugin'
import type { PartitionOffset } from './offset-state.ts'

/** A source partition with the offset to write, null to forget it. */
export interface OffsetChange {
  readonly partition: SourcePartition
  readonly offset: SourceOffset | null
}

/** Where source offsets of connectors are kept: a file or a topic. */
export interface OffsetStore extends AsyncDisposable {
  /** Offsets of some partitions, in their order, null where there is none. */
  read (connector: string, partitions: readonly SourcePartition[]): Promise<(SourceOffset | null)[]>
  /** All partitions of a connector that have an offset. */
  all (connector: string): Promise<PartitionOffset[]>
  /** Writes offsets, null to forget one; resolves when they are durable. */
  write (connector: string, offsets: readonly OffsetChange[]): Promise<void>
  /** The keys to write partitions with, for a task that writes its offsets itself, in a transaction. */
  keys (connector: string, partitions: readonly SourcePartition[]): Uint8Array[]
  /** Takes note of offsets that a task has written itself. Never rejects. */
  noteWritten (connector: string, offsets: readonly OffsetChange[]): Promise<void>
}

/** Finds the store of a source connector's offsets. */
export interface OffsetStores {
  /** The store for a connector with this configuration (variables replaced). Whoever opens it disposes of it. */
  open (connector: string, config: RawConfig): Promise<OffsetStore>
}

/** A store lent to somebody who may dispose of it without ending it; `onReturn` is called then. */
export function lentStore (store: OffsetStore, onReturn: () => Promise<void> = () => Promise.resolve()): OffsetStore {
  return {
    read: (connector, partitions) => store.read(connector, partitions),
    all: connector => store.all(connector),
    write: (connector, offsets) => store.write(connector, offsets),
    keys: (connector, partitions) => store.keys(connector, partitions),
    noteWritten: (connector, offsets) => store.noteWritten(connector, offsets),
    [Symbol.asyncDispose]: onReturn
  }
}

/** One store for all connectors, as a worker alone has it. */
export function oneStore (store: OffsetStore): OffsetStores {
  return { open: () => Promise.resolve(lentStore(store)) }
}
