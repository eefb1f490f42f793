import type { AttributeValue } from '@aws-sdk/client-dynamodb'

/** Checkpoints that are not a sequence number. */
export const sentinels = ['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP', 'SHARD_END'] as const
export type Sentinel = typeof sentinels[number]

/** Who reads a shard, and how far it is done: one item of the KCL's lease table. */
export interface Lease {
  /** The shard id. */
  readonly key: string
  /** Worker id, or null when no one owns it. */
  readonly owner: string | null
  /** Rises with every take, renewal and checkpoint. */
  readonly counter: number
  /** Sequence number of the last record that is done, as text, or a {@link Sentinel}. */
  readonly checkpoint: string
  /** Index of the last user record done within the aggregate at `checkpoint`. */
  readonly subSequence: number
  readonly ownerSwitches: number
  readonly parents: readonly string[]
  readonly children: readonly string[]
  readonly startingHashKey: string | null
  readonly endingHashKey: string | null
}

export type Item = Record<string, AttributeValue>

export function isSentinel (checkpoint: string): checkpoint is Sentinel {
  return (sentinels as readonly string[]).includes(checkpoint)
}

export function isEnded (lease: Lease): boolean {
  return lease.checkpoint === 'SHARD_END'
}

/** Reads an item; null for one that is no lease: KCL 3.5 keeps items of other kinds in the same table. */
export function leaseOf (item: Item): Lease | null {
  const kind = item['entityType']?.S
  const key = item['leaseKey']?.S
  const checkpoint = item['checkpoint']?.S
  if (key === undefined || checkpoint === undefined || (kind !== undefined && kind !== 'LEASE')) return null
  return {
    key,
    owner: item['leaseOwner']?.S ?? null,
    counter: Number(item['leaseCounter']?.N ?? 0),
    checkpoint,
    subSequence: Number(item['checkpointSubSequenceNumber']?.N ?? 0),
    ownerSwitches: Number(item['ownerSwitchesSinceCheckpoint']?.N ?? 0),
    parents: item['parentShardId']?.SS ?? [],
    children: item['childShardIds']?.SS ?? [],
    startingHashKey: item['startingHashKey']?.S ?? null,
    endingHashKey: item['endingHashKey']?.S ?? null
  }
}

/** The item of a new lease. What it does not have is absent, not null or empty, as the Java KCL writes it. */
export function itemOf (lease: Lease): Item {
  const item: Item = {
    leaseKey: { S: lease.key },
    leaseCounter: { N: String(lease.counter) },
    checkpoint: { S: lease.checkpoint },
    checkpointSubSequenceNumber: { N: String(lease.subSequence) },
    ownerSwitchesSinceCheckpoint: { N: String(lease.ownerSwitches) }
  }
  if (lease.owner !== null) item['leaseOwner'] = { S: lease.owner }
  if (lease.parents.length > 0) item['parentShardId'] = { SS: [...lease.parents] }
  if (lease.children.length > 0) item['childShardIds'] = { SS: [...lease.children] }
  if (lease.startingHashKey !== null) item['startingHashKey'] = { S: lease.startingHashKey }
  if (lease.endingHashKey !== null) item['endingHashKey'] = { S: lease.endingHashKey }
  return item
}
