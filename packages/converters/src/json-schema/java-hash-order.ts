/** What String.hashCode of Java gives, spread as HashMap spreads it. */
function spreadHash (text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash ^ (hash >>> 16)
}

/** The smallest power of two that is not less. */
function tableSize (least: number): number { return 2 ** Math.ceil(Math.log2(Math.max(least, 1))) }

/**
 * Names in the order in which a HashMap of Java gives them, into which they were put in the order given. Texts of schemas are compared by
 * registries, and Java's are written in this order. `capacity`: of the new map, which doubles when it is full to three quarters.
 */
export function hashOrder (names: readonly string[], capacity = 16): string[] {
  let size = tableSize(capacity)
  while (names.length > Math.floor(size * 0.75)) size *= 2
  const place = (name: string): number => (spreadHash(name) & (size - 1)) >>> 0
  // Names of one place stay as they came.
  return names.toSorted((a, b) => place(a) - place(b))
}

/** The same of `new HashMap(map)`, for names in the order of the map. */
export function copiedHashOrder (names: readonly string[]): string[] { return hashOrder(names, Math.trunc(names.length / 0.75 + 1)) }
