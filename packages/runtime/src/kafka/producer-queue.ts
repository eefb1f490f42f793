import type { ConnectError, RawRecord } from '@tributary/plugin'
import { BatchReader } from './batch-reader.ts'
import { BatchWriter, batchHeaderSize, recordBound, type ProducerState } from './batch-writer.ts'
import type { ProducerRecord, RecordMetadata } from './port.ts'
import type { Compression } from './settings.ts'

export type OnDone = (index: number, metadata: RecordMetadata | null, error: Error | null) => void

const firstCapacity = 16 * 1024

/** Records of one partition that travel together, and whom to tell of them. */
export class Batch {
  readonly createdAt: number
  readonly #writer = new BatchWriter(firstCapacity)
  readonly #listeners: OnDone[] = []
  readonly #indexes: number[] = []
  #bytes: Buffer | null = null
  /** Set when first sent with a producer id; kept for retries, so that the broker knows them as such. */
  producer: ProducerState | null = null
  attempts = 0

  constructor (createdAt: number) { this.createdAt = createdAt }

  get size (): number { return this.#writer.size }
  get count (): number { return this.#writer.count }
  get isClosed (): boolean { return this.#bytes !== null }

  append (key: Uint8Array | null, value: Uint8Array | null, timestamp: number, headers: ProducerRecord['headers'], index: number, onDone: OnDone): void {
    this.#writer.append(key, value, timestamp, headers)
    this.#listeners.push(onDone)
    this.#indexes.push(index)
  }

  /** The bytes to send; no more records are taken then. */
  bytes (codec: Compression, producer: ProducerState | null, transactional: boolean): Buffer {
    if (this.#bytes === null || this.producer !== producer) {
      this.producer = producer
      this.#bytes = this.#writer.finish(codec, producer, transactional)
    }
    return this.#bytes
  }

  acknowledge (partition: number, baseOffset: number): void {
    for (const [i, onDone] of this.#listeners.entries()) onDone(this.#indexes[i] as number, { partition, offset: baseOffset < 0 ? -1 : baseOffset + i }, null)
  }

  refuse (error: ConnectError): void {
    for (const [i, onDone] of this.#listeners.entries()) onDone(this.#indexes[i] as number, null, error)
  }

  /** Two batches with the same records in the same order, for a broker that found this one too large. */
  split (): [Batch, Batch] {
    const records: RawRecord[] = []
    new BatchReader(this.#writer.finish('none', null, false), 0, { checkCrcs: false, aborted: null }).read(this.count, records)
    const halves: [Batch, Batch] = [new Batch(this.createdAt), new Batch(this.createdAt)]
    const middle = records.length >>> 1
    for (const [i, { key, value, timestamp, headers }] of records.entries()) {
      halves[i < middle ? 0 : 1].append(key, value, timestamp ?? -1, headers, this.#indexes[i] as number, this.#listeners[i] as OnDone)
    }
    return halves
  }
}

/** What waits for one partition, in order. At most one batch is under way, so that a retry cannot overtake. */
export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  readonly batches: Batch[] = []
  inFlight = false
  /** Not before this time, after a failure. */
  retryAt = 0
  /** The next sequence number of an idempotent producer, and whose. */
  sequence = 0
  producerId = -1n
  producerEpoch = -1
  /** Has the transaction's coordinator been told of this partition? */
  transaction: 'no' | 'adding' | 'yes' = 'no'

  constructor (topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  /** Appends a record; returns how many bytes it added. */
  append (record: ProducerRecord, now: number, batchSize: number, index: number, onDone: OnDone): { bytes: number, opened: Batch | null } {
    const { key, value, headers, timestamp } = record
    let batch = this.batches.at(-1)
    let opened: Batch | null = null
    if (batch === undefined || batch.isClosed || (batch.count > 0 && batch.size + recordBound(key, value, headers) > Math.max(batchSize, batchHeaderSize))) {
      batch = opened = new Batch(now)
      this.batches.push(batch)
    }
    const before = opened === null ? batch.size : 0
    batch.append(key, value, timestamp ?? now, headers, index, onDone)
    return { bytes: batch.size - before, opened }
  }
}
