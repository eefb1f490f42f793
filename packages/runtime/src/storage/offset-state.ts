import type { SourceOffset, SourcePartition } from '@tributary/plugin'

/** A source partition with its last offset. */
export interface PartitionOffset {
  readonly partition: SourcePartition
  readonly offset: SourceOffset
}

/** Parses JSON keeping integers past 2^53 as bigint. */
function parse (bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString(), (_key, value: unknown, context?: { source?: string }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value) || context?.source === undefined || !/^-?\d+$/.test(context.source)) return value
    return BigInt(context.source)
  })
}

// JSON.rawJSON (ES2025) is not in the type library yet.
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown }

function print (value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) => typeof one === 'bigint' ? rawJSON(String(one)) : one)
}

/** The same text for partitions that are equal, whatever the order of their members. */
function canonical (connector: string, partition: SourcePartition): string {
  return print([connector, Object.fromEntries(Object.entries(partition).toSorted(([a], [b]) => a < b ? -1 : 1))])
}

function isBag (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value of an offset record, as text. */
export function offsetValue (offset: SourceOffset | null): Buffer | null {
  return offset === null ? null : Buffer.from(print(offset))
}

/**
 * Source offsets of all connectors, record by record of the offset topic. Java finds an offset by the bytes of its key, so a partition that
 * was once written keeps the bytes it was written with, even if a connector now names its members in another order.
 */
export class OffsetState {
  readonly #entries = new Map<string, { connector: string, key: Uint8Array, partition: SourcePartition, offset: SourceOffset | null }>()

  /** Takes one record; one whose key is not Connect's is ignored, as Java does. */
  apply (record: { key: Uint8Array | null, value: Uint8Array | null }): void {
    if (record.key === null) return
    const key = parse(record.key)
    if (!Array.isArray(key) || key.length !== 2 || typeof key[0] !== 'string' || !isBag(key[1])) return
    const offset = record.value === null ? null : parse(record.value)
    if (offset !== null && !isBag(offset)) throw new Error('its offset is not an object')
    const [connector, partition] = key as [string, SourcePartition]
    // The bytes are a part of a larger buffer, which must not live as long as they.
    this.#entries.set(canonical(connector, partition), { connector, key: Buffer.from(record.key), partition, offset })
  }

  get (connector: string, partition: SourcePartition): SourceOffset | null {
    return this.#entries.get(canonical(connector, partition))?.offset ?? null
  }

  /** The key to write an offset of this partition with. */
  keyOf (connector: string, partition: SourcePartition): Uint8Array {
    return this.#entries.get(canonical(connector, partition))?.key ?? Buffer.from(print([connector, partition]))
  }

  /** All partitions of a connector that have an offset. */
  all (connector: string): PartitionOffset[] {
    const found: PartitionOffset[] = []
    for (const entry of this.#entries.values()) {
      if (entry.connector === connector && entry.offset !== null) found.push({ partition: entry.partition, offset: entry.offset })
    }
    return found
  }
}
