const seed = 0x9747b28c
const factor = 0x5bd1e995

/** Murmur2 as Kafka's Java clients compute it, signed. */
export function murmur2 (bytes: Uint8Array): number {
  const length = bytes.length
  let hash = seed ^ length
  let at = 0
  for (; at + 4 <= length; at += 4) {
    let part = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24
    part = Math.imul(part, factor)
    part = Math.imul(part ^ part >>> 24, factor)
    hash = Math.imul(hash, factor) ^ part
  }
  const left = length - at
  if (left >= 3) hash ^= bytes[at + 2]! << 16
  if (left >= 2) hash ^= bytes[at + 1]! << 8
  if (left >= 1) hash = Math.imul(hash ^ bytes[at]!, factor)
  hash = Math.imul(hash ^ hash >>> 13, factor)
  return hash ^ hash >>> 15
}

/** The partition of a key among `partitions`, as Java's default partitioner places it. Compaction relies on it: a key has one home. */
export function partitionOf (key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}
