import { hash } from 'node:crypto'

/** Hash keys live in 0 .. 2^128 - 1; every shard owns a range of them. */
export const hashKeyBits = 128n

/** The hash key Kinesis gives a partition key: its MD5 as an unsigned number (PutRecord, AWS API reference). */
export function hashKeyOf (partitionKey: string): bigint {
  return BigInt(`0x${hash('md5', partitionKey, 'hex')}`)
}

/**
 * An explicit hash key for a Kafka partition: its bits mirrored into the top of the 128, so 0, 1, 2, 3 become 0, 1/2, 1/4, 3/4 of the space.
 * Spreads evenly without knowing how many partitions there are, and stays the same when partitions are added.
 */
export function spreadHashKey (partition: number): bigint {
  let mirrored = 0n
  let bit = 1n << (hashKeyBits - 1n)
  for (let rest = partition; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) mirrored |= bit
    bit >>= 1n
  }
  return mirrored
}
