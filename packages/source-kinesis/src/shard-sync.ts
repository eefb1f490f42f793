import type { Shard } from '@tributary/kinesis'
import { isEnded, isSentinel, type Lease, type Sentinel } from './lease.ts'

/** Where shards without a history start. */
export type InitialPosition = Exclude<Sentinel, 'SHARD_END'>

function newLease (shard: Shard, checkpoint: string): Lease {
  return {
    key: shard.id, owner: null, counter: 0, checkpoint, subSequence: 0, ownerSwitches: 0, parents: shard.parents, children: [],
    startingHashKey: String(shard.start), endingHashKey: String(shard.end)
  }
}

/**
 * The leases that are missing now. At first those of the oldest shards (with LATEST: of the open ones); a child's once all its parents are
 * done. A closed shard that no one has read yet gets a lease too, as it still holds records; one whose descendants have leases was read before.
 */
export function leasesToCreate (shards: readonly Shard[], leases: readonly Lease[], initial: InitialPosition): Lease[] {
  const known = new Map(leases.map(lease => [lease.key, lease]))
  const listed = new Map(shards.map(shard => [shard.id, shard]))
  const isFirstStart = leases.every(lease => lease.checkpoint === initial)
  if (isFirstStart && initial === 'LATEST') return shards.filter(shard => !shard.closed && !known.has(shard.id)).map(shard => newLease(shard, initial))
  const wasRead = readBefore(shards, known)
  const isDone = (id: string): boolean => {
    const lease = known.get(id)
    return lease === undefined ? !listed.has(id) || wasRead.has(id) : isEnded(lease)
  }
  return shards
    .filter(shard => !known.has(shard.id) && !wasRead.has(shard.id) && shard.parents.every(isDone))
    .map(shard => newLease(shard, startOf(shard, isFirstStart, initial)))
}

function startOf (shard: Shard, isFirstStart: boolean, initial: InitialPosition): string {
  if (isFirstStart) return initial
  return shard.parents.length > 0 || initial !== 'AT_TIMESTAMP' ? 'TRIM_HORIZON' : initial
}

/** Shards without lease whose descendants have one: their own was removed when they were done. */
function readBefore (shards: readonly Shard[], known: ReadonlyMap<string, Lease>): Set<string> {
  const byId = new Map(shards.map(shard => [shard.id, shard]))
  const read = new Set<string>()
  const visit = (ids: readonly string[]): void => {
    for (const id of ids) {
      if (read.has(id)) continue
      read.add(id)
      visit(byId.get(id)?.parents ?? [])
    }
  }
  for (const lease of known.values()) visit(byId.get(lease.key)?.parents ?? lease.parents)
  return read
}

/** Leases of finished shards that are no longer needed: every child has a checkpoint of its own. */
export function leasesToRemove (leases: readonly Lease[]): Lease[] {
  const known = new Map(leases.map(lease => [lease.key, lease]))
  return leases.filter(lease => isEnded(lease) && lease.children.length > 0 && lease.children.every(id => {
    const child = known.get(id)
    return child !== undefined && (!isSentinel(child.checkpoint) || isEnded(child))
  }))
}
