import type { RawHeaders, RawRecord } from '@tributary/plugin'
import { decompress } from './compression.ts'

const noHeaders: RawHeaders = Object.freeze([])

/** Reads one message of format 0 or 1 (before Kafka 0.11), which may hold others, compressed. Brokers keep them as they were written. */
export class LegacyReader {
  readonly #records: RawRecord[]
  #index = 0
  /** The offset after the last message. */
  readonly end: number

  constructor (bytes: Buffer) {
    this.end = Number(bytes.readBigInt64BE(0)) + 1
    this.#records = messagesIn(bytes)
  }

  next (): RawRecord | null { return this.#records[this.#index++] ?? null }
}

function messagesIn (bytes: Buffer): RawRecord[] {
  const records: RawRecord[] = []
  for (let at = 0; at + 26 <= bytes.length;) {
    const size = bytes.readInt32BE(at + 8) + 12
    if (at + size > bytes.length) break
    readMessage(bytes.subarray(at, at + size), records)
    at += size
  }
  return records
}

function readMessage (bytes: Buffer, into: RawRecord[]): void {
  const offset = Number(bytes.readBigInt64BE(0))
  const magic = bytes[16] as number
  const attributes = bytes[17] as number
  const timestamp = magic === 0 ? null : Number(bytes.readBigInt64BE(18))
  let at = magic === 0 ? 18 : 26
  const key = sized(bytes, at)
  at += 4 + (key?.length ?? 0)
  const value = sized(bytes, at)
  const codec = attributes & 7
  const isAppend = (attributes & 8) !== 0
  if (codec === 0 || value === null) {
    into.push({ offset, key, value, timestamp: timestamp === -1 ? null : timestamp, timestampType: timestamp === null ? 'NoTimestampType' : isAppend ? 'LogAppendTime' : 'CreateTime', headers: noHeaders })
    return
  }
  const inner = messagesIn(decompress(codec, value))
  // In format 1 the offsets inside count from 0 and the wrapper has the last one.
  const base = magic === 0 ? 0 : offset - Number(inner.at(-1)?.offset ?? 0)
  for (const record of inner) into.push({ ...record, offset: base + Number(record.offset), ...(isAppend ? { timestamp, timestampType: 'LogAppendTime' as const } : {}) })
}

function sized (bytes: Buffer, at: number): Buffer | null {
  const size = bytes.readInt32BE(at)
  return size < 0 ? null : bytes.subarray(at + 4, at + 4 + size)
}
