/** Compares versions part by part, numbers as numbers; `1.0-beta` is before `1.0`, as in Maven. */
export function compareVersions (a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)]
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const order = compareParts(left[i], right[i])
    if (order !== 0) return order
  }
  return 0
}

function partsOf (version: string): (number | string)[] {
  return version.split('+')[0]!.split(/[.-]/).map(part => /^\d+$/.test(part) ? Number(part) : part.toLowerCase())
}

function compareParts (a: number | string | undefined, b: number | string | undefined): number {
  // A missing part counts as 0; a word such as "beta" is before it.
  const rank = (part: number | string | undefined): number => typeof part === 'string' ? -1 : part ?? 0
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
  return rank(a) - rank(b)
}

/**
 * Whether a version is in a Maven range: `[1.0,2.0)`, `(,1.5]`, `[1.2]`, several joined by commas. A bare version means exactly it; `latest`
 * and no range at all mean any.
 */
export function isInRange (version: string, range: string | undefined): boolean {
  if (range === undefined || range.trim() === '' || range.trim().toLowerCase() === 'latest') return true
  const text = range.replaceAll(' ', '')
  if (!/^[[(]/.test(text)) return compareVersions(version, text) === 0
  return [...text.matchAll(/([[(])([^,\])]*)(,?)([^\])]*)([\])])/g)].some(([, open, low = '', comma, high = '', close]) => {
    if (comma === '') return compareVersions(version, low) === 0
    const fromLow = low === '' ? 1 : compareVersions(version, low)
    const toHigh = high === '' ? 1 : compareVersions(high, version)
    return (open === '[' ? fromLow >= 0 : fromLow > 0) && (close === ']' ? toHigh >= 0 : toHigh > 0)
  })
}
