/** A place in a topic-partition. Kinesis sequence numbers are far beyond 2^53, hence bigint; only order is assumed, no contiguity. */
export type Offset = number | bigint

/** The smallest offset past another one. */
export function after (offset: Offset): Offset {
  if (typeof offset === 'bigint') return offset + 1n
  return offset < Number.MAX_SAFE_INTEGER ? offset + 1 : BigInt(offset) + 1n
}

export function maxOffset (a: Offset, b: Offset): Offset { return a < b ? b : a }

export function minOffset (a: Offset, b: Offset): Offset { return b < a ? b : a }
