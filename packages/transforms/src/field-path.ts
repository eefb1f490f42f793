import { isBag, memberOf } from './record-part.ts'

/**
 * Reads a member by a path of Tributary's own transforms: `address.city`. A member whose name holds the dots goes first, so a flattened
 * record is read by the same path as the nested one. undefined when there is no such member.
 */
export function compilePath (path: string): (value: unknown) => unknown {
  const steps = path.split('.')
  if (steps.length === 1) return value => isBag(value) ? memberOf(value, path) ?? undefined : undefined
  return value => {
    if (!isBag(value)) return undefined
    let current: unknown = memberOf(value, path)
    if (current !== null) return current
    current = value
    for (const step of steps) {
      if (!isBag(current)) return undefined
      current = memberOf(current, step)
    }
    return current ?? undefined
  }
}
