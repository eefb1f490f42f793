const longBits = new BigInt64Array(1)
const longWords = new Int32Array(longBits.buffer)
const [lowWord, highWord] = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? [0, 1] : [1, 0]

/** A Java long made of its two halves: a number when safe, else a bigint. */
function longOf (high: number, low: number): number | bigint {
  // Within 2^53 the upper 11 bits are all equal, and a double holds the rest.
  if (high >> 21 === 0 || high >> 21 === -1) {
    const value = high * 4294967296 + (low >>> 0)
    if (Number.isSafeInteger(value)) return value
  }
  longWords[lowWord] = low
  longWords[highWord] = high
  return longBits[0]!
}

/**
 * `java.util.Random` of Java 17, draw for draw (its documentation gives the algorithm): a linear congruential generator of 48 bits, kept here in
 * three pieces of 16 so that all arithmetic stays within 32-bit integers.
 */
export class JavaRandom {
  #low = 0
  #middle = 0
  #high = 0

  constructor (seed: number | bigint) { this.setSeed(seed) }

  setSeed (seed: number | bigint): void {
    const bits = BigInt.asUintN(64, BigInt(seed))
    this.#seed(Number(bits >> 32n) | 0, Number(bits & 0xffffffffn) | 0)
  }

  /** Draws a long, seeds itself with it and returns it: `setSeed(nextLong())`, without the detour of a big number. */
  reseed (): number | bigint {
    const upper = this.nextInt()
    const low = this.nextInt()
    // The lower half is added with its sign.
    const high = (low < 0 ? upper - 1 : upper) | 0
    this.#seed(high, low)
    return longOf(high, low)
  }

  #seed (high: number, low: number): void {
    this.#low = (low & 0xffff) ^ 0xe66d
    this.#middle = (low >>> 16) ^ 0xdeec
    this.#high = (high & 0xffff) ^ 0x5
  }

  /** Any int. */
  nextInt (): number {
    const first = (Math.imul(this.#low, 0xe66d) + 0xb) >>> 0
    const second = (Math.imul(this.#middle, 0xe66d) >>> 0) + (Math.imul(this.#low, 0xdeec) >>> 0) + (first >>> 16)
    // Only 16 bits are kept above, so what `>>>` cuts off the sum does not matter.
    this.#high = (Math.imul(this.#high, 0xe66d) + Math.imul(this.#middle, 0xdeec) + Math.imul(this.#low, 0x5) + (second >>> 16)) & 0xffff
    this.#middle = second & 0xffff
    this.#low = first & 0xffff
    return (this.#high << 16) | this.#middle
  }

  /** An int from 0 to below `bound`, which is at least 1. */
  nextBelow (bound: number): number {
    let bits = this.nextInt() >>> 1
    if ((bound & -bound) === bound) return Math.floor((bound * bits) / 2147483648)
    let value = bits % bound
    // Java refuses the last, incomplete run of values: it finds it by an overflow of 32 bits.
    while (bits - value + (bound - 1) > 2147483647) {
      bits = this.nextInt() >>> 1
      value = bits % bound
    }
    return value
  }

  nextLong (): number | bigint {
    const high = this.nextInt()
    const low = this.nextInt()
    return longOf((low < 0 ? high - 1 : high) | 0, low)
  }

  /** From 0 to below 1. */
  nextDouble (): number {
    const high = this.nextInt() >>> 6
    return (high * 134217728 + (this.nextInt() >>> 5)) / 9007199254740992
  }

  /** From 0 to below 1, of 24 bits. */
  nextFloat (): number { return (this.nextInt() >>> 8) / 16777216 }

  nextBoolean (): boolean { return this.nextInt() < 0 }

  nextBytes (length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let i = 0; i < length;) {
      let word = this.nextInt()
      for (let n = Math.min(4, length - i); n > 0; n--, word >>= 8) bytes[i++] = word
    }
    return bytes
  }
}
