/** Bytes taken at once. Messages share them, so that one needs no copy. */
const slabSize = 16_384
/** Longer messages get bytes of their own, or a small one would keep many alive. */
const maxShared = 4096
/** Shorter text is tried as ASCII, which has its length in one byte. */
const maxShortText = 64
const scratch = new Uint8Array(8)
const scratchView = new DataView(scratch.buffer)

function unfit (): Error { return new Error('a value that does not fit its type') }

/** Writes the parts of one Avro message, one after the other. Every call throws for a value that is not of its type. */
export class AvroWriter {
  #bytes = Buffer.allocUnsafeSlow(slabSize)
  #start = 0
  #at = 0

  /** Begins a message; what an earlier one left unfinished is dropped. */
  start (): void { this.#at = this.#start }

  /** The message. */
  finish (): Buffer {
    const message = this.#bytes.subarray(this.#start, this.#at)
    if (message.length > maxShared) {
      const copy = Buffer.from(message)
      if (this.#bytes.length > slabSize) {
        this.#bytes = Buffer.allocUnsafeSlow(slabSize)
        this.#start = 0
      }
      return copy
    }
    this.#start = this.#at
    return message
  }

  #room (length: number): void {
    if (this.#at + length <= this.#bytes.length) return
    const used = this.#at - this.#start
    const bytes = Buffer.allocUnsafeSlow(Math.max(slabSize, (used + length) * 2))
    this.#bytes.copy(bytes, 0, this.#start, this.#at)
    this.#bytes = bytes
    this.#start = 0
    this.#at = used
  }

  boolean (value: unknown): void {
    if (typeof value !== 'boolean') throw unfit()
    this.#room(1)
    this.#bytes[this.#at++] = value ? 1 : 0
  }

  int (value: unknown): void {
    if (typeof value !== 'number' || (value | 0) !== value) throw unfit()
    this.#room(5)
    this.#varint((value << 1) ^ (value >> 31))
  }

  long (value: unknown): void {
    this.#room(10)
    if (typeof value === 'number') {
      if ((value | 0) === value) this.#varint((value << 1) ^ (value >> 31))
      else if (Number.isSafeInteger(value)) this.#wideLong(value >>> 0, Math.floor(value / 0x1_0000_0000))
      else throw unfit()
    } else {
      if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) throw unfit()
      this.#wideLong(Number(BigInt.asUintN(32, value)), Number(value >> 32n))
    }
  }

  #wideLong (lowBits: number, highBits: number): void {
    const sign = highBits >> 31
    let low = ((lowBits << 1) ^ sign) >>> 0
    let high = (((highBits << 1) | (lowBits >>> 31)) ^ sign) >>> 0
    while (high !== 0) {
      this.#bytes[this.#at++] = (low & 0x7f) | 0x80
      low = ((low >>> 7) | (high << 25)) >>> 0
      high >>>= 7
    }
    this.#varint(low)
  }

  #varint (value: number): void {
    const bytes = this.#bytes
    let at = this.#at
    let rest = value >>> 0
    while (rest > 0x7f) {
      bytes[at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    bytes[at++] = rest
    this.#at = at
  }

  float (value: unknown): void {
    if (typeof value !== 'number') throw unfit()
    scratchView.setFloat32(0, value, true)
    this.#copyScratch(4)
  }

  double (value: unknown): void {
    if (typeof value !== 'number') throw unfit()
    scratchView.setFloat64(0, value, true)
    this.#copyScratch(8)
  }

  #copyScratch (length: number): void {
    this.#room(length)
    for (let i = 0; i < length; i++) this.#bytes[this.#at + i] = scratch[i]!
    this.#at += length
  }

  string (value: unknown): void {
    if (typeof value !== 'string') throw unfit()
    if (value.length < maxShortText && this.#shortText(value)) return
    const length = Buffer.byteLength(value)
    this.#room(10 + length)
    this.long(length)
    this.#at += this.#bytes.write(value, this.#at, length, 'utf8')
  }

  /** Writes ASCII; false, and nothing written, for other text. */
  #shortText (value: string): boolean {
    const { length } = value
    this.#room(1 + length)
    const bytes = this.#bytes
    let at = this.#at
    bytes[at++] = length << 1
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i)
      if (unit >= 0x80) return false
      bytes[at++] = unit
    }
    this.#at = at
    return true
  }

  bytes (value: unknown): void {
    if (!(value instanceof Uint8Array)) throw unfit()
    this.long(value.length)
    this.fixed(value, value.length)
  }

  fixed (value: unknown, size: number): void {
    if (!(value instanceof Uint8Array) || value.length !== size) throw unfit()
    this.#room(size)
    this.#bytes.set(value, this.#at)
    this.#at += size
  }
}
