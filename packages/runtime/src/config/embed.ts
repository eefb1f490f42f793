import type { ConfigKey, ConfigKeys } from '@tributary/plugin'
import { hasDefault, ruleOf } from '@tributary/plugin'

// What the rule of a key says already, and what makes no sense under a prefix.
const inTheRule = new Set(['min', 'max', 'oneOf', 'ignoreCase', 'nonEmpty', 'check', 'aliases'])
const importances = ['HIGH', 'MEDIUM', 'LOW']

/** Keys by group, place in the group, required first, importance and name: the order in which Kafka embeds them. */
export function sortedKeys (keys: ConfigKeys): [string, ConfigKey][] {
  const groups = [...new Set(Object.values(keys).flatMap(key => key.group === undefined ? [] : [key.group]))]
  const rank = (key: ConfigKey): number[] => [
    key.group === undefined ? -1 : groups.indexOf(key.group), key.orderInGroup ?? -1, hasDefault(key) ? 1 : 0, importances.indexOf(key.importance ?? 'MEDIUM')
  ]
  return Object.entries(keys).map(entry => ({ entry, rank: rank(entry[1]) })).sort((a, b) => {
    const different = a.rank.findIndex((number, i) => number !== b.rank[i])
    if (different !== -1) return a.rank[different]! - b.rank[different]!
    return a.entry[0] < b.entry[0] ? -1 : 1
  }).map(({ entry }) => entry)
}

/**
 * Keys of a part of a configuration, such as a transform's, under a prefix (Kafka's `ConfigDef.embed`). Messages of rules keep the name without
 * the prefix, as Kafka's do; those of parsing have it.
 */
export function embed (prefix: string, group: string, firstOrder: number, keys: ConfigKeys): ConfigKeys {
  return Object.fromEntries(sortedKeys(keys).map(([name, key], i) => {
    const rule = ruleOf(key)
    const plain = Object.fromEntries(Object.entries(key).filter(([part]) => !inTheRule.has(part))) as ConfigKey
    const embedded: ConfigKey = {
      ...plain,
      validator: { allowed: rule.allowed, check: (full, value, type) => rule.check(full.slice(prefix.length), value, type) },
      group: key.group === undefined ? group : `${group}: ${key.group}`,
      orderInGroup: firstOrder + i,
      displayName: key.displayName ?? name,
      dependents: (key.dependents ?? []).map(dependent => prefix + dependent)
    }
    return [prefix + name, embedded]
  }))
}
