/** Writes Kafka's primitive types, big-endian, into a buffer that grows. */
export class ByteWriter {
  #bytes: Buffer
  #length = 0

  constructor (capacity = 256) { this.#bytes = Buffer.allocUnsafe(capacity) }

  #room (size: number): number {
    const at = this.#length
    if (at + size > this.#bytes.length) {
      const bigger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, at + size))
      this.#bytes.copy(bigger, 0, 0, at)
      this.#bytes = bigger
    }
    this.#length = at + size
    return at
  }

  int8 (value: number): this { this.#bytes.writeInt8(value, this.#room(1)); return this }
  int16 (value: number): this { this.#bytes.writeInt16BE(value, this.#room(2)); return this }
  int32 (value: number): this { this.#bytes.writeInt32BE(value, this.#room(4)); return this }

  /** An integer of up to 53 bits. */
  int64 (value: number): this {
    const at = this.#room(8)
    const high = Math.floor(value / 2 ** 32)
    this.#bytes.writeInt32BE(high, at)
    this.#bytes.writeUInt32BE(value - high * 2 ** 32, at + 4)
    return this
  }

  int64Big (value: bigint): this { this.#bytes.writeBigInt64BE(value, this.#room(8)); return this }

  string (text: string | null): this {
    if (text === null) return this.int16(-1)
    const size = Buffer.byteLength(text)
    this.int16(size)
    const at = this.#room(size)
    this.#bytes.write(text, at)
    return this
  }

  /** Bytes with their length before them; null is -1. */
  bytes (bytes: Uint8Array | null): this { return bytes === null ? this.int32(-1) : this.int32(bytes.length).raw(bytes) }

  raw (bytes: Uint8Array): this {
    const at = this.#room(bytes.length)
    this.#bytes.set(bytes, at)
    return this
  }

  done (): Buffer { return this.#bytes.subarray(0, this.#length) }
}

/** Reads Kafka's primitive types. */
export class ByteReader {
  readonly #bytes: Buffer
  #at = 0

  constructor (bytes: Uint8Array) { this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) }

  get left (): number { return this.#bytes.length - this.#at }

  int8 (): number { return this.#bytes.readInt8(this.#move(1)) }
  int16 (): number { return this.#bytes.readInt16BE(this.#move(2)) }
  int32 (): number { return this.#bytes.readInt32BE(this.#move(4)) }

  int64 (): number {
    const at = this.#move(8)
    return this.#bytes.readInt32BE(at) * 2 ** 32 + this.#bytes.readUInt32BE(at + 4)
  }

  int64Big (): bigint { return this.#bytes.readBigInt64BE(this.#move(8)) }

  string (): string | null {
    const size = this.int16()
    if (size < 0) return null
    const at = this.#move(size)
    return this.#bytes.toString('utf8', at, at + size)
  }

  bytes (): Buffer | null {
    const size = this.int32()
    if (size < 0) return null
    const at = this.#move(size)
    return this.#bytes.subarray(at, at + size)
  }

  array<T> (read: (reader: this) => T): T[] {
    const items: T[] = []
    for (let count = this.int32(); count > 0; count--) items.push(read(this))
    return items
  }

  #move (size: number): number {
    const at = this.#at
    if (at + size > this.#bytes.length) throw new RangeError(`The answer ends ${at + size - this.#bytes.length} bytes too early.`)
    this.#at = at + size
    return at
  }
}
