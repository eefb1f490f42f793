import { bufferOf } from '../json/json-text.ts'

/** Items that take no bytes, such as records without fields, in one message: a few bytes must not ask for endless memory. */
const maxEmptyItems = 100_000
const scratch = new Uint8Array(8)
const scratchView = new DataView(scratch.buffer)
const nothing = Buffer.alloc(0)

/** Reads the parts of one Avro message, one after the other. Every call throws for bytes that do not fit, and none looks past the end. */
export class AvroReader {
  #bytes: Buffer = nothing
  #at = 0
  #end = 0
  #emptyItems = 0

  /** Begins with the byte at `at`. */
  start (bytes: Uint8Array, at: number): void {
    this.#bytes = bufferOf(bytes)
    this.#at = at
    this.#end = bytes.length
    this.#emptyItems = 0
  }

  /** Throws if bytes are left over. */
  finish (): void {
    this.#bytes = nothing
    if (this.#at !== this.#end) throw new Error('bytes left over')
  }

  #byte (): number {
    if (this.#at >= this.#end) throw new Error('truncated')
    return this.#bytes[this.#at++]!
  }

  /** Takes `length` bytes, and gives where they begin. */
  #take (length: number): number {
    const start = this.#at
    if (length < 0 || length > this.#end - start) throw new Error('truncated')
    this.#at = start + length
    return start
  }

  boolean (): boolean { return this.#byte() !== 0 }

  int (): number {
    let bits = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#byte()
      bits |= (byte & 0x7f) << shift
      if (byte < 0x80) return (bits >>> 1) ^ -(bits & 1)
    }
    throw new Error('an int of more than five bytes')
  }

  /** A number while safe, else a bigint: exact either way. */
  long (): number | bigint {
    let low = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte()
      low |= (byte & 0x7f) << shift
      if (byte < 0x80) return (low >>> 1) ^ -(low & 1)
    }
    return this.#wideLong(low)
  }

  /** The rest of a long, after 28 bits: in halves of 32 bits, since shifts know no more. */
  #wideLong (first: number): number | bigint {
    let low = first
    let high = 0
    for (let shift = 28; shift < 70; shift += 7) {
      const byte = this.#byte()
      if (shift < 32) low |= (byte & 0x7f) << shift
      high |= shift < 32 ? (byte & 0x7f) >>> (32 - shift) : (byte & 0x7f) << (shift - 32)
      if (byte < 0x80) return long(low, high)
    }
    throw new Error('a long of more than ten bytes')
  }

  float (): number {
    const at = this.#take(4)
    for (let i = 0; i < 4; i++) scratch[i] = this.#bytes[at + i]!
    return scratchView.getFloat32(0, true)
  }

  double (): number {
    const at = this.#take(8)
    for (let i = 0; i < 8; i++) scratch[i] = this.#bytes[at + i]!
    return scratchView.getFloat64(0, true)
  }

  string (): string {
    const length = this.#length()
    const start = this.#take(length)
    const bytes = this.#bytes
    for (let i = start; i < start + length; i++) {
      if (bytes[i]! >= 0x80) return bytes.toString('utf8', start, start + length)
    }
    // ASCII needs no decoding.
    return bytes.toString('latin1', start, start + length)
  }

  bytes (): Uint8Array { return this.fixed(this.#length()) }

  /** A copy: the message may be part of a large batch. */
  fixed (size: number): Uint8Array {
    const start = this.#take(size)
    const copy = new Uint8Array(size)
    copy.set(this.#bytes.subarray(start, start + size))
    return copy
  }

  /** An index of a symbol or branch. */
  index (count: number): number {
    const index = this.int()
    if (index < 0 || index >= count) throw new Error('no such branch or symbol')
    return index
  }

  /** Calls `read` for each item of an array or map, whatever its blocks. */
  items (read: (from: AvroReader) => void): void {
    for (;;) {
      let count = Number(this.long())
      if (count === 0) return
      if (count < 0) {
        count = -count
        this.long()
      }
      for (let i = 0; i < count; i++) {
        const start = this.#at
        read(this)
        if (this.#at === start && ++this.#emptyItems > maxEmptyItems) throw new Error('too many items without bytes')
      }
    }
  }

  #length (): number { return Number(this.long()) }
}

function long (low: number, high: number): number | bigint {
  const sign = -(low & 1)
  const lowBits = (((low >>> 1) | (high << 31)) ^ sign) >>> 0
  const highBits = (high >>> 1) ^ sign
  const number = highBits * 0x1_0000_0000 + lowBits
  return Number.isSafeInteger(number) ? number : (BigInt(highBits) << 32n) | BigInt(lowBits)
}
