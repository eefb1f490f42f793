import { isSentinel } from './lease.ts'

/** Bits of an offset that count user records within an aggregate. A 10 MiB record holds fewer than 2^21. */
const subSequenceBits = 24n
const subSequenceMask = (1n << subSequenceBits) - 1n

/** A place in a shard as the KCL names it. */
export interface Place {
  /** Sequence number as text, exactly as Kinesis gave it. */
  readonly sequence: string
  readonly subSequence: number
}

/**
 * Turns places in a shard into offsets, which rise in reading order, and back. Without deaggregation the offset is the sequence number.
 * With it, user records share a sequence number, so the offset is `sequence * 2^24 + index of the user record`.
 */
export class Offsets {
  readonly #shift: bigint
  readonly #digits: number

  /** `sample` is any sequence number of the shard: some servers pad theirs with zeros, which the number alone would lose. */
  constructor (options: { deaggregate: boolean, sample: string }) {
    this.#shift = options.deaggregate ? subSequenceBits : 0n
    this.#digits = options.sample.startsWith('0') ? options.sample.length : 0
  }

  of (sequence: bigint, subSequence: number): bigint {
    return (sequence << this.#shift) + BigInt(subSequence)
  }

  place (offset: bigint): Place {
    const sequence = (offset >> this.#shift).toString().padStart(this.#digits, '0')
    return { sequence, subSequence: this.#shift === 0n ? 0 : Number(offset & subSequenceMask) }
  }

  /** The sequence number to start reading at so that nothing after `last` is missed; `last` is a record, or the offset before one. */
  firstSequence (last: bigint): string {
    const isBeforeRecord = this.#shift > 0n && (last & subSequenceMask) === subSequenceMask
    return this.place(isBeforeRecord ? last + 1n : last).sequence
  }

  /** The offset to read next after a checkpoint; 0 for one that is not a sequence number. */
  after (checkpoint: string, subSequence: number): bigint {
    return isSentinel(checkpoint) ? 0n : this.of(BigInt(checkpoint), this.#shift === 0n ? 0 : subSequence) + 1n
  }
}
