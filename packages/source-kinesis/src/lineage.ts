import type { Shard } from '@tributary/kinesis'

/** Families of shards: those linked by splits and merges, as far as the stream still lists them. A family is read by one task, so parents come before children. */
export function families (shards: readonly Shard[]): string[][] {
  const leader = new Map(shards.map(({ id }) => [id, id]))
  const find = (id: string): string => {
    const up = leader.get(id) ?? id
    return up === id ? id : find(up)
  }
  for (const { id, parents } of shards) for (const parent of parents) if (leader.has(parent)) leader.set(find(id), find(parent))
  const found = new Map<string, string[]>()
  for (const { id } of shards) {
    const family = found.get(find(id)) ?? []
    found.set(find(id), family)
    family.push(id)
  }
  return Array.from(found.values())
}

/** Deals families to at most `tasks` tasks, so that each has about as many open shards. */
export function dealShards (shards: readonly Shard[], tasks: number): string[][] {
  const open = new Set(shards.filter(shard => !shard.closed).map(({ id }) => id))
  const weighed = families(shards).map(ids => ({ ids, weight: ids.filter(id => open.has(id)).length })).sort((a, b) => b.weight - a.weight)
  const hands = Array.from({ length: Math.min(tasks, weighed.length) }, () => ({ ids: [] as string[], weight: 0 }))
  for (const { ids, weight } of weighed) {
    const [lightest] = hands.toSorted((a, b) => a.weight - b.weight || a.ids.length - b.ids.length)
    lightest?.ids.push(...ids)
    if (lightest !== undefined) lightest.weight += weight
  }
  return hands.map(({ ids }) => ids)
}

/** Shards of a task that may be read now: not done, and no listed parent of theirs left undone. A child whose parents are not all this task's waits for new task configurations. */
export function readable (shards: readonly Shard[], own: ReadonlySet<string>, done: ReadonlySet<string>): Shard[] {
  const listed = new Set(shards.map(({ id }) => id))
  return shards.filter(shard => own.has(shard.id) && !done.has(shard.id) && shard.parents.every(parent => !listed.has(parent) || done.has(parent)))
}
