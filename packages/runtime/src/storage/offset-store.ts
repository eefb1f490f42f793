import type { SourceOffset, SourcePartition } from '@tributary/plugin'
import type { PartitionOffset } from './offset-state.ts'

/** Where source offsets of all connectors are kept: a file or a topic. */
export interface OffsetStore extends AsyncDisposable {
  /** Offsets of some partitions, in their order, null where there is none. */
  read (connector: string, partitions: readonly SourcePartition[]): Promise<(SourceOffset | null)[]>
  /** All partitions of a connector that have an offset. */
  all (connector: string): Promise<PartitionOffset[]>
  /** Writes offsets, null to forget one; resolves when they are durable. */
  write (connector: string, offsets: readonly { partition: SourcePartition, offset: SourceOffset | null }[]): Promise<void>
}
