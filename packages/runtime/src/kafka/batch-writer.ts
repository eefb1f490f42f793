import type { RawHeaders } from '@tributary/plugin'
import { compress, compressionCodes } from './compression.ts'
import { crc32c } from './crc32c.ts'
import type { Compression } from './settings.ts'

/** Size of what comes before the records in a batch of format 2. */
export const batchHeaderSize = 61
/** A record's lengths, timestamp and offset at their longest, without key, value and headers. */
const recordOverhead = 36
const crcStart = 21

/** Who wrote a batch, in which order: what makes a retry a duplicate and not a second record (KIP-98). */
export interface ProducerState { readonly id: bigint, readonly epoch: number, readonly sequence: number }

/** At most how many bytes a record takes in a batch. */
export function recordBound (key: Uint8Array | null, value: Uint8Array | null, headers: RawHeaders): number {
  let size = recordOverhead + (key?.length ?? 0) + (value?.length ?? 0)
  for (const header of headers) size += 10 + 3 * header.key.length + (header.value?.length ?? 0)
  return size
}

/** Builds one record batch of format 2 (magic 2, since Kafka 0.11). Keys and values are copied in at once. */
export class BatchWriter {
  #bytes: Buffer
  #at = batchHeaderSize
  #count = 0
  #baseTimestamp = 0
  #maxTimestamp = 0

  constructor (capacity: number) { this.#bytes = Buffer.allocUnsafe(Math.max(capacity, batchHeaderSize)) }

  /** Bytes so far, uncompressed. */
  get size (): number { return this.#at }
  get count (): number { return this.#count }

  append (key: Uint8Array | null, value: Uint8Array | null, timestamp: number, headers: RawHeaders): void {
    this.#makeRoom(recordBound(key, value, headers) + 5)
    if (this.#count === 0) this.#baseTimestamp = this.#maxTimestamp = timestamp
    else if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
    const delta = timestamp - this.#baseTimestamp

    const headersSize = headers.length === 0 ? 1 : sizeOfHeaders(headers)
    const size = 1 + sizeOfVarlong(delta) + sizeOfVarint(this.#count) + sizeOfBytes(key) + sizeOfBytes(value) + headersSize
    this.#varint(size)
    this.#bytes[this.#at++] = 0
    this.#varlong(delta)
    this.#varint(this.#count)
    this.#nullable(key)
    this.#nullable(value)
    this.#varint(headers.length)
    for (const header of headers) {
      const length = Buffer.byteLength(header.key)
      this.#varint(length)
      this.#at += this.#bytes.write(header.key, this.#at)
      this.#nullable(header.value)
    }
    this.#count++
  }

  /** The finished batch; nothing may be appended after that, but it may be finished again for another producer id. */
  finish (codec: Compression, producer: ProducerState | null, transactional: boolean): Buffer {
    const body = this.#bytes.subarray(batchHeaderSize, this.#at)
    const packed = codec === 'none' ? body : compress(codec, body)
    const batch = codec === 'none' ? this.#bytes.subarray(0, this.#at) : Buffer.allocUnsafe(batchHeaderSize + packed.length)
    if (codec !== 'none') batch.set(packed, batchHeaderSize)
    batch.writeBigInt64BE(0n, 0)
    batch.writeInt32BE(batch.length - 12, 8)
    batch.writeInt32BE(-1, 12)
    batch[16] = 2
    batch.writeInt16BE(compressionCodes[codec] | (transactional ? 0x10 : 0), crcStart)
    batch.writeInt32BE(this.#count - 1, 23)
    batch.writeBigInt64BE(BigInt(this.#baseTimestamp), 27)
    batch.writeBigInt64BE(BigInt(this.#maxTimestamp), 35)
    batch.writeBigInt64BE(producer?.id ?? -1n, 43)
    batch.writeInt16BE(producer?.epoch ?? -1, 51)
    batch.writeInt32BE(producer?.sequence ?? -1, 53)
    batch.writeInt32BE(this.#count, 57)
    batch.writeUInt32BE(crc32c(batch, crcStart), 17)
    return batch
  }

  #makeRoom (size: number): void {
    const needed = this.#at + size
    if (needed <= this.#bytes.length) return
    const bigger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(bigger, 0, 0, this.#at)
    this.#bytes = bigger
  }

  #nullable (bytes: Uint8Array | null): void {
    if (bytes === null) {
      this.#bytes[this.#at++] = 1
      return
    }
    this.#varint(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  #varint (value: number): void {
    let rest = (value << 1) ^ (value >> 31)
    while ((rest & ~127) !== 0) {
      this.#bytes[this.#at++] = (rest & 127) | 128
      rest >>>= 7
    }
    this.#bytes[this.#at++] = rest
  }

  /** Timestamps may lie more than 31 bits apart. */
  #varlong (value: number): void {
    if (value >= -0x40000000 && value < 0x40000000) {
      this.#varint(value)
      return
    }
    let rest = value < 0 ? -value * 2 - 1 : value * 2
    while (rest >= 128) {
      this.#bytes[this.#at++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#at++] = rest
  }
}

function sizeOfVarint (value: number): number {
  const rest = ((value << 1) ^ (value >> 31)) >>> 0
  return rest < 0x80 ? 1 : rest < 0x4000 ? 2 : rest < 0x200000 ? 3 : rest < 0x10000000 ? 4 : 5
}

function sizeOfVarlong (value: number): number {
  if (value >= -0x40000000 && value < 0x40000000) return sizeOfVarint(value)
  let size = 1
  for (let rest = value < 0 ? -value * 2 - 1 : value * 2; rest >= 128; rest = Math.floor(rest / 128)) size++
  return size
}

function sizeOfBytes (bytes: Uint8Array | null): number {
  return bytes === null ? 1 : sizeOfVarint(bytes.length) + bytes.length
}

function sizeOfHeaders (headers: RawHeaders): number {
  let size = sizeOfVarint(headers.length)
  for (const header of headers) {
    const length = Buffer.byteLength(header.key)
    size += sizeOfVarint(length) + length + sizeOfBytes(header.value)
  }
  return size
}
