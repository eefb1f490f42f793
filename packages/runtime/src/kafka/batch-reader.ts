import { ConnectError, type RawHeaders, type RawRecord, type TimestampType } from '@tributary/plugin'
import { batchHeaderSize } from './batch-writer.ts'
import { decompress } from './compression.ts'
import { crc32c } from './crc32c.ts'
import { LegacyReader } from './legacy-reader.ts'

/** A transaction whose records are to be skipped, from `firstOffset` to its abort marker. */
export interface AbortedTransaction { readonly producerId: bigint, readonly firstOffset: number }

export interface ReadOptions { readonly checkCrcs: boolean, readonly aborted: readonly AbortedTransaction[] | null }

const noHeaders: RawHeaders = Object.freeze([])
const lengthEnd = 12
const legacyHeaderSize = 26
const transactionalBit = 0x10
const controlBit = 0x20
const logAppendBit = 0x08

/**
 * Reads the records of one partition out of one answer of a broker, as many at a time as are asked for: a batch is decompressed and its records
 * are looked at only when their turn comes. Keys and values are views of the answer's (or of the decompressed) bytes. An incomplete batch at the end,
 * as brokers send, is left out.
 */
export class BatchReader {
  readonly #bytes: Buffer
  readonly #checkCrcs: boolean
  readonly #aborted: AbortedTransaction[]
  readonly #skipped = new Set<bigint>()
  /** The offset after the last complete batch. */
  readonly end: number
  #batch = 0
  readonly #limit: number

  #body: Buffer | null = null
  #at = 0
  #left = 0
  #baseOffset = 0
  #lastOffset = 0
  #baseTimestamp = 0
  #appendTimestamp = 0
  #type: TimestampType = 'CreateTime'
  #legacy: LegacyReader | null = null
  #next: number

  /** `start`: the offset that was asked for; earlier records of a batch are passed over. */
  constructor (bytes: Buffer, start: number, { checkCrcs, aborted }: ReadOptions) {
    this.#bytes = bytes
    this.#checkCrcs = checkCrcs
    this.#aborted = aborted === null ? [] : [...aborted].sort((a, b) => a.firstOffset - b.firstOffset)
    this.#next = start
    let limit = 0
    let end = start
    while (limit + legacyHeaderSize <= bytes.length) {
      const size = bytes.readInt32BE(limit + 8) + lengthEnd
      if (limit + size > bytes.length) break
      end = bytes[limit + 16] === 2 ? readOffset(bytes, limit) + bytes.readInt32BE(limit + 23) + 1 : readOffset(bytes, limit) + 1
      limit += size
    }
    this.#limit = limit
    this.end = Math.max(end, start)
  }

  /** Bytes of complete batches that have not been looked at yet. */
  get unread (): number { return this.#limit - this.#batch }

  /** The offset after what was read: past the last record given, or past all of it once there are no more. */
  get next (): number { return this.#next }

  get isDone (): boolean { return this.#body === null && this.#legacy === null && this.#batch >= this.#limit }

  /** Appends up to `max` records to `into`; returns how many. */
  read (max: number, into: RawRecord[]): number {
    let count = 0
    while (count < max) {
      if (this.#legacy !== null) count += this.#readLegacy(max - count, into)
      else if (this.#body !== null) count += this.#readBody(max - count, into)
      else if (!this.#openBatch()) break
    }
    while (count > 0 && this.#body === null && this.#legacy === null && this.#batch < this.#limit && this.#isPassed()) this.#openBatch()
    return count
  }

  /** Are there no records for anybody in the batch to come? Then the position may go past it at once. */
  #isPassed (): boolean {
    return this.#bytes[this.#batch + 16] === 2 && (this.#bytes.readInt16BE(this.#batch + 21) & controlBit) !== 0
  }

  #openBatch (): boolean {
    const at = this.#batch
    if (at >= this.#limit) {
      this.#next = Math.max(this.#next, this.end)
      return false
    }
    const size = this.#bytes.readInt32BE(at + 8) + lengthEnd
    this.#batch = at + size
    const magic = this.#bytes[at + 16]
    if (magic !== 2) {
      this.#legacy = new LegacyReader(this.#bytes.subarray(at, at + size))
      return true
    }
    this.#baseOffset = readOffset(this.#bytes, at)
    const last = this.#baseOffset + this.#bytes.readInt32BE(at + 23)
    const attributes = this.#bytes.readInt16BE(at + 21)
    const producerId = this.#bytes.readBigInt64BE(at + 43)
    while ((this.#aborted[0]?.firstOffset ?? Infinity) <= last) this.#skipped.add((this.#aborted.shift() as AbortedTransaction).producerId)
    const isControl = (attributes & controlBit) !== 0
    if (isControl || last < this.#next || ((attributes & transactionalBit) !== 0 && this.#skipped.has(producerId))) {
      // A marker of an abort ends the transaction; what the same producer writes next is another one.
      if (isControl && this.#isAbort(at)) this.#skipped.delete(producerId)
      this.#next = Math.max(this.#next, last + 1)
      return true
    }
    if (this.#checkCrcs && crc32c(this.#bytes, at + 21, at + size) !== this.#bytes.readUInt32BE(at + 17)) {
      throw new ConnectError('CORRUPT_MESSAGE', 'system', `The record batch at offset ${this.#baseOffset} is damaged: its checksum does not match.`)
    }
    this.#baseTimestamp = readOffset(this.#bytes, at + 27)
    this.#appendTimestamp = readOffset(this.#bytes, at + 35)
    this.#type = (attributes & logAppendBit) !== 0 ? 'LogAppendTime' : 'CreateTime'
    this.#left = this.#bytes.readInt32BE(at + 57)
    const codec = attributes & 7
    if (codec === 0) {
      this.#body = this.#bytes
      this.#at = at + batchHeaderSize
    } else {
      this.#body = decompress(codec, this.#bytes.subarray(at + batchHeaderSize, at + size))
      this.#at = 0
    }
    this.#lastOffset = last
    return true
  }

  /** Control records carry version and type in their key: 0 abort, 1 commit. */
  #isAbort (batch: number): boolean {
    const body = this.#bytes
    this.#at = batch + batchHeaderSize
    varint(body, this)
    this.#at++
    varint(body, this)
    varint(body, this)
    return varint(body, this) >= 4 && body.readInt16BE(this.#at + 2) === 0
  }

  /** Where reading goes on; moved by {@link varint}. */
  get at (): number { return this.#at }
  set at (value: number) { this.#at = value }

  #readBody (max: number, into: RawRecord[]): number {
    const body = this.#body as Buffer
    const isAppend = this.#type === 'LogAppendTime'
    let at = this.#at
    let count = 0
    while (this.#left > 0 && count < max) {
      this.#left--
      let byte = body[at++]!
      let raw = byte & 127
      for (let shift = 7; byte >= 128; shift += 7) { byte = body[at++]!; raw |= (byte & 127) << shift }
      const end = at + ((raw >>> 1) ^ -(raw & 1))
      at++ // attributes, unused

      byte = body[at++]!
      let wide = byte & 127
      for (let factor = 128; byte >= 128; factor *= 128) { byte = body[at++]!; wide += (byte & 127) * factor }
      const timestamp = this.#baseTimestamp + (wide % 2 === 0 ? wide / 2 : -(wide + 1) / 2)

      byte = body[at++]!
      raw = byte & 127
      for (let shift = 7; byte >= 128; shift += 7) { byte = body[at++]!; raw |= (byte & 127) << shift }
      const offset = this.#baseOffset + ((raw >>> 1) ^ -(raw & 1))
      if (offset < this.#next) { at = end; continue }

      byte = body[at++]!
      raw = byte & 127
      for (let shift = 7; byte >= 128; shift += 7) { byte = body[at++]!; raw |= (byte & 127) << shift }
      let size = (raw >>> 1) ^ -(raw & 1)
      const key = size < 0 ? null : body.subarray(at, at += size)

      byte = body[at++]!
      raw = byte & 127
      for (let shift = 7; byte >= 128; shift += 7) { byte = body[at++]!; raw |= (byte & 127) << shift }
      size = (raw >>> 1) ^ -(raw & 1)
      const value = size < 0 ? null : body.subarray(at, at += size)

      const headers = body[at] === 0 ? noHeaders : this.#headers(body, at)
      at = end
      into.push({ offset, key, value, timestamp: isAppend ? this.#appendTimestamp : timestamp === -1 ? null : timestamp, timestampType: this.#type, headers })
      this.#next = offset + 1
      count++
    }
    this.#at = at
    if (this.#left === 0) {
      this.#body = null
      this.#next = Math.max(this.#next, this.#lastOffset + 1)
    }
    return count
  }

  #headers (body: Buffer, at: number): RawHeaders {
    this.#at = at
    const count = varint(body, this)
    const headers: { key: string, value: Uint8Array | null }[] = []
    for (let i = 0; i < count; i++) {
      const keySize = varint(body, this)
      const key = body.toString('utf8', this.#at, this.#at += keySize)
      const size = varint(body, this)
      headers.push({ key, value: size < 0 ? null : body.subarray(this.#at, this.#at += size) })
    }
    return headers
  }

  #readLegacy (max: number, into: RawRecord[]): number {
    const legacy = this.#legacy as LegacyReader
    let count = 0
    while (count < max) {
      const record = legacy.next()
      if (record === null) {
        this.#next = Math.max(this.#next, legacy.end)
        this.#legacy = null
        break
      }
      if (record.offset as number < this.#next) continue
      into.push(record)
      this.#next = record.offset as number + 1
      count++
    }
    return count
  }
}

function readOffset (bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4)
}

function varint (bytes: Buffer, cursor: { at: number }): number {
  let at = cursor.at
  let byte = bytes[at++]!
  let raw = byte & 127
  for (let shift = 7; byte >= 128; shift += 7) { byte = bytes[at++]!; raw |= (byte & 127) << shift }
  cursor.at = at
  return (raw >>> 1) ^ -(raw & 1)
}
