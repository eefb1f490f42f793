/** An answer of the oracle to compare: maps without regard to order, parts that are null as absent, numbers as numbers. */
export function normal (value: unknown, name = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map(item => normal(item))
    return name === 'map' ? items.sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1) : items
  }
  if (typeof value !== 'object' || value === null) return name === 'float32' && typeof value === 'number' ? Math.fround(value) : value
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== null).sort(([a], [b]) => a < b ? -1 : 1).map(([key, part]) => [key, normal(part, key)]))
}
