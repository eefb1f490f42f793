import type { ConfigObject, RawConfig } from './config.ts'

/** A key that nothing reads, with the declared name it was probably meant to be. */
export interface UnknownKey {
  readonly key: string
  /** The nearest declared name, or null if none is near. */
  readonly suggestion: string | null
}

/** How many letters must change, come or go (a swap of neighbours counts once) to turn one word into another. */
function distance (a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, before[j - 2]! + 1)
      next.push(best)
    }
    before = row
    row = next
  }
  return row[b.length]!
}

function nearest (key: string, names: Iterable<string>): string | null {
  // A third of the letters may be wrong, three at most: beyond that a guess misleads.
  let limit = Math.min(3, Math.floor(key.length / 3))
  let found: string | null = null
  for (const name of names) {
    if (Math.abs(name.length - key.length) > limit) continue
    const far = distance(key.toLowerCase(), name.toLowerCase())
    if (far > limit || (far === limit && found !== null)) continue
    limit = far
    found = name
  }
  return found
}

/** Keys that none of the declarations knows, under any name; for a warning, since Kafka Connect passes them on silently. */
export function unknownKeys (objects: readonly ConfigObject[], raw: RawConfig): UnknownKey[] {
  const names = new Set(objects.flatMap(object => Object.keys(object.keys)))
  const known = new Set([...names, ...objects.flatMap(object => Object.values(object.keys).flatMap(key => key.aliases ?? []))])
  return Object.keys(raw).filter(key => !known.has(key)).map(key => ({ key, suggestion: nearest(key, names) }))
}

/** The warning for an unknown key; `where` names the file or connector. */
export function unknownKeyWarning (unknown: UnknownKey, where: string): string {
  return `Unknown key "${unknown.key}" in ${where}${unknown.suggestion === null ? ': nothing reads it.' : `: did you mean "${unknown.suggestion}"?`}`
}

/** Keys given under an alias, with the documented name to use instead. */
export function aliasedKeys (objects: readonly ConfigObject[], raw: RawConfig): { key: string, use: string }[] {
  return objects.flatMap(object => Object.entries(object.keys).flatMap(([use, { aliases = [] }]) =>
    aliases.filter(alias => Object.hasOwn(raw, alias)).map(key => ({ key, use }))))
}
