import { isUtf8 } from 'node:buffer'
import { dataError } from '@tributary/plugin'
import { bufferOf } from '../json/json-text.ts'

/** Deepest groups in groups that are skipped. */
const maxGroupDepth = 100
const varint = 0
const fixed64 = 1
const delimited = 2
const groupStart = 3
const groupEnd = 4
const fixed32 = 5
const scratch = new Uint8Array(8)
const scratchView = new DataView(scratch.buffer)
const nothing = Buffer.alloc(0)

// Apart from AvroReader for the same reason as ProtobufWriter from AvroWriter.
/** Reads the parts of one Protobuf message, one after the other. Every call throws for bytes that do not fit, and none looks past the end. */
export class ProtobufReader {
  readonly #mayLack: boolean
  #bytes: Buffer = nothing
  #at = 0
  /** Where the message being read ends. */
  #end = 0
  #lowBits = 0
  #highBits = 0

  /** `mayLack`: whether messages may lack what they require. */
  constructor ({ mayLack }: { mayLack: boolean } = { mayLack: false }) { this.#mayLack = mayLack }

  /** Begins with the byte at `at`. */
  start (bytes: Uint8Array, at: number): void {
    this.#bytes = bufferOf(bytes)
    this.#at = at
    this.#end = bytes.length
  }

  /** Forgets the message. */
  finish (): void { this.#bytes = nothing }

  /** Whether the message goes on. */
  more (): boolean { return this.#at < this.#end }

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

  /** What a message gives that lacks a required field. */
  lacks (name: string, fallback: unknown): unknown {
    if (this.#mayLack) return fallback
    throw dataError(`Message missing required fields: ${name}`)
  }

  /** The number of a field, times eight, and how its value is written. */
  tag (): number {
    const tag = this.int32() >>> 0
    if (tag >>> 3 === 0) throw new Error('an invalid tag')
    return tag
  }

  /** Skips the value that follows a tag. */
  skip (tag: number): void {
    switch (tag & 7) {
      case varint: this.#wide(); return
      case fixed64: this.#take(8); return
      case delimited: this.#take(this.int32()); return
      case groupStart: this.#skipGroup(tag); return
      case fixed32: this.#take(4); return
      default: throw new Error('the end of a group, or of an unknown type')
    }
  }

  #skipGroup (tag: number): void {
    const open = [tag >>> 3]
    while (open.length > 0) {
      const inner = this.tag()
      if ((inner & 7) === groupStart) {
        if (open.push(inner >>> 3) > maxGroupDepth) throw new Error('too many groups in groups')
      } else if ((inner & 7) !== groupEnd) this.skip(inner)
      else if (open.pop() !== inner >>> 3) throw new Error('the end of another group')
    }
  }

  /** Begins a message within, or packed values: gives what {@link ProtobufReader.leave} needs. */
  enter (): number {
    const length = this.int32()
    const end = this.#end
    if (length < 0 || length > end - this.#at) throw new Error('truncated')
    this.#end = this.#at + length
    return end
  }

  /** Goes on with what was around. */
  leave (end: number): void { this.#end = end }

  /** The low 32 bits of a varint, as Java reads it. */
  int32 (): number {
    let bits = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte()
      bits |= (byte & 0x7f) << shift
      if (byte < 0x80) return bits
    }
    const last = this.#byte()
    bits |= last << 28
    if (last >= 0x80) this.#skipHigh(5)
    return bits
  }

  #skipHigh (read: number): void {
    for (let i = read; i < 10; i++) if (this.#byte() < 0x80) return
    throw new Error('a number of more than ten bytes')
  }

  /** Reads a varint into two halves of 32 bits. */
  #wide (): void {
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte()
      const bits = byte & 0x7f
      if (shift < 28) low |= bits << shift
      else if (shift === 28) {
        low |= bits << 28
        high = bits >>> 4
      } else high |= bits << (shift - 32)
      if (byte < 0x80) {
        this.#lowBits = low
        this.#highBits = high
        return
      }
    }
    throw new Error('a number of more than ten bytes')
  }

  uint32 (): number { return this.int32() >>> 0 }

  sint32 (): number {
    const bits = this.int32()
    return (bits >>> 1) ^ -(bits & 1)
  }

  /** A number while safe, else a bigint. Unsigned numbers past 2^63 are negative, as in Java. */
  int64 (): number | bigint {
    const start = this.#at
    let bits = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte()
      bits |= (byte & 0x7f) << shift
      if (byte < 0x80) return bits
    }
    this.#at = start
    this.#wide()
    return wideInteger(this.#lowBits, this.#highBits)
  }

  sint64 (): number | bigint {
    this.#wide()
    const [low, high] = [this.#lowBits, this.#highBits]
    const sign = -(low & 1)
    return wideInteger(((low >>> 1) | (high << 31)) ^ sign, (high >>> 1) ^ sign)
  }

  bool (): boolean {
    this.#wide()
    return (this.#lowBits | this.#highBits) !== 0
  }

  sfixed32 (): number { return this.#bytes.readInt32LE(this.#take(4)) }

  fixed32 (): number { return this.#bytes.readUInt32LE(this.#take(4)) }

  sfixed64 (): number | bigint {
    const at = this.#take(8)
    return wideInteger(this.#bytes.readInt32LE(at), this.#bytes.readInt32LE(at + 4))
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

  /** Text of proto3, which must be UTF-8. */
  string (): string { return this.#text(true) }

  /** Text of proto2, whose bytes that are no UTF-8 become U+FFFD. */
  lenientString (): string { return this.#text(false) }

  #text (isStrict: boolean): string {
    const length = this.int32()
    const start = this.#take(length)
    const bytes = this.#bytes
    for (let i = start; i < start + length; i++) {
      if (bytes[i]! < 0x80) continue
      if (isStrict && !isUtf8(bytes.subarray(start, start + length))) throw new Error('text that is no UTF-8')
      return bytes.toString('utf8', start, start + length)
    }
    // ASCII needs no decoding.
    return bytes.toString('latin1', start, start + length)
  }

  /** A copy: the message may be part of a large batch. */
  bytes (): Uint8Array {
    const length = this.int32()
    const start = this.#take(length)
    const copy = new Uint8Array(length)
    copy.set(this.#bytes.subarray(start, start + length))
    return copy
  }

  /** The bytes of a length-delimited value, which belong to the message. */
  slice (): Uint8Array {
    const length = this.int32()
    const start = this.#take(length)
    return this.#bytes.subarray(start, start + length)
  }

  /** Where the next byte is. */
  place (): number { return this.#at }

  /** The bytes read since a place. */
  since (place: number): Uint8Array { return this.#bytes.subarray(place, this.#at) }
}

function wideInteger (lowBits: number, highBits: number): number | bigint {
  const low = lowBits >>> 0
  const high = highBits | 0
  const number = high * 0x1_0000_0000 + low
  return Number.isSafeInteger(number) ? number : (BigInt(high) << 32n) | BigInt(low)
}
