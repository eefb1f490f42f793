import type { SourcePartition } from '@tributary/plugin'

function replacer (_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}

/** The same text for source partitions that are equal, whatever the order of their members. */
export function partitionKey (partition: SourcePartition): string {
  return JSON.stringify(Object.entries(partition).toSorted(([a], [b]) => a < b ? -1 : 1), replacer)
}
