import type { KinesisClient, Shard as AwsShard } from '@aws-sdk/client-kinesis'
import { retrying } from './backoff.ts'
import { ConnectError } from '@tributary/plugin'

/** A shard of a stream. */
export interface Shard {
  readonly id: string
  /** Parents in a split (one) or merge (two), also when they are gone already. */
  readonly parents: readonly string[]
  /** First and last hash key it owns. */
  readonly start: bigint
  readonly end: bigint
  readonly startingSequenceNumber: string
  /** A closed shard takes no more records but still holds some. */
  readonly closed: boolean
}

/** The number at the end of a shard id: `shardId-000000000012` is 12. It is the shard's partition number. */
export function shardNumber (id: string): number {
  const digits = /(\d+)$/.exec(id)
  if (digits === null) throw new ConnectError('KINESIS_SHARD_ID', 'system', `The shard id "${id}" does not end in a number, so it has no partition number.`)
  return Number(digits[1])
}

function shardOf (shard: AwsShard): Shard {
  const parents = [shard.ParentShardId, shard.AdjacentParentShardId].filter(id => id !== undefined)
  return {
    id: shard.ShardId ?? '',
    parents,
    start: BigInt(shard.HashKeyRange?.StartingHashKey ?? 0),
    end: BigInt(shard.HashKeyRange?.EndingHashKey ?? 0),
    startingSequenceNumber: shard.SequenceNumberRange?.StartingSequenceNumber ?? '0',
    closed: shard.SequenceNumberRange?.EndingSequenceNumber !== undefined
  }
}

/** Options of a listing; `attempts` bounds the tries at throttling and failures, default: until the signal aborts. */
export interface ListOptions { readonly signal: AbortSignal, readonly attempts?: number, readonly pageSize?: number }

/** All shards of a stream, closed ones included, over all pages. Falls back to DescribeStream where the policy allows only that one. */
export async function listShards (client: KinesisClient, stream: string, options: ListOptions): Promise<Shard[]> {
  const retries = { signal: options.signal, ...options.attempts === undefined ? {} : { attempts: options.attempts } }
  try {
    return await listed(client, stream, retries, options.pageSize)
  } catch (error) {
    if (!(error instanceof ConnectError) || error.code !== 'KINESIS_ACCESS_DENIED') throw error
    return described(client, stream, retries)
  }
}

async function listed (client: KinesisClient, stream: string, retries: { signal: AbortSignal, attempts?: number }, pageSize?: number): Promise<Shard[]> {
  const { ListShardsCommand } = await import('@aws-sdk/client-kinesis')
  const shards: Shard[] = []
  let token: string | undefined
  do {
    // A page token already names the stream: AWS refuses both together.
    const input = { ...token === undefined ? { StreamName: stream } : { NextToken: token }, ...pageSize === undefined ? {} : { MaxResults: pageSize } }
    const page = await retrying(`list the shards of stream "${stream}"`, retries, signal => client.send(new ListShardsCommand(input), { abortSignal: signal }))
    for (const shard of page.Shards ?? []) shards.push(shardOf(shard))
    token = page.NextToken
  } while (token !== undefined)
  return shards
}

async function described (client: KinesisClient, stream: string, retries: { signal: AbortSignal, attempts?: number }): Promise<Shard[]> {
  const { DescribeStreamCommand } = await import('@aws-sdk/client-kinesis')
  const shards: Shard[] = []
  let more = true
  while (more) {
    const last = shards.at(-1)?.id
    const page = await retrying(`list the shards of stream "${stream}"`, retries, signal =>
      client.send(new DescribeStreamCommand({ StreamName: stream, ...last === undefined ? {} : { ExclusiveStartShardId: last } }), { abortSignal: signal }))
    for (const shard of page.StreamDescription?.Shards ?? []) shards.push(shardOf(shard))
    more = page.StreamDescription?.HasMoreShards === true
  }
  return shards
}

/** Finds the open shard that owns a hash key. */
export class ShardMap {
  readonly shards: readonly Shard[]

  /** `shards` may hold closed ones; they are left out. */
  constructor (shards: readonly Shard[]) {
    this.shards = shards.filter(shard => !shard.closed).sort((a, b) => (a.start < b.start ? -1 : 1))
  }

  /** Index in {@link shards} of the owner of a hash key. */
  indexOf (hashKey: bigint): number {
    let low = 0
    let high = this.shards.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.shards[middle]?.start ?? 0n) <= hashKey) low = middle
      else high = middle - 1
    }
    return low
  }

  /** The shard of an id, if it is open. */
  byId (id: string): Shard | undefined {
    return this.shards.find(shard => shard.id === id)
  }
}
