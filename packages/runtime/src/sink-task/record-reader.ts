import { noHeaders, type Header, type RawBatch, type RawRecord, type SinkRecord } from '@tributary/plugin'
import type { Consumed } from '../error-handling/dead-letter-queue.ts'
import type { ErrorHandler } from '../error-handling/error-handler.ts'
import { transformBatch } from '../error-handling/record-chain.ts'
import type { FailedStage, Stage } from '../error-handling/stages.ts'
import type { TransformChain } from '../transform-chain.ts'
import type { TaskConverters } from '../worker/task-converters.ts'

/** Turns bytes of a feed into records for a sink: key, value and header converter, then transforms, a batch at a time. */
export class RecordReader {
  readonly #chain: TransformChain
  readonly #converters: TaskConverters
  readonly #errors: ErrorHandler
  /** Where records that a sink may still report came from; kept only for a dead letter queue, which needs their bytes. */
  readonly #consumed: WeakMap<SinkRecord, Consumed> | null
  #stage: Stage = 'KEY_CONVERTER'

  constructor (options: { chain: TransformChain, converters: TaskConverters, errors: ErrorHandler }) {
    this.#chain = options.chain
    this.#converters = options.converters
    this.#errors = options.errors
    this.#consumed = options.errors.policy.deadLetters === null ? null : new WeakMap()
  }

  /** Records that came through; those dropped by transforms or by tolerated errors are left out. */
  async read (batches: readonly RawBatch[]): Promise<SinkRecord[]> {
    const converted: SinkRecord[] = []
    for (const batch of batches) await this.#convertBatch(batch, converted)
    if (this.#chain.isEmpty) {
      this.#remember(converted, batches)
      return converted
    }
    const { records, failure } = await transformBatch(this.#chain, converted, this.#errors, index => ({ consumed: find(converted[index]!, batches) }))
    if (failure !== null) throw failure.error
    const kept: SinkRecord[] = []
    for (let i = 0; i < records.length; i++) {
      const record = records[i]!
      if (record !== null) kept.push(record)
    }
    this.#remember(kept, batches)
    return kept
  }

  /** Where a record that the sink was given came from. */
  consumedOf (record: SinkRecord): Consumed {
    return this.#consumed?.get(record) ?? {
      topic: record.originalTopic,
      partition: record.originalPartition,
      record: { offset: record.offset, key: null, value: null, timestamp: record.timestamp, timestampType: record.timestampType, headers: [] }
    }
  }

  async #convertBatch (batch: RawBatch, into: SinkRecord[]): Promise<void> {
    const { topic, partition, records } = batch
    for (let i = 0; i < records.length;) {
      try {
        for (; i < records.length; i++) into.push(this.#convert(topic, partition, records[i]!))
      } catch (error) {
        if (await this.#errors.failed(error, this.#failedStage(), { consumed: { topic, partition, record: records[i]! } }) === 'skip') i++
      }
    }
    this.#errors.recovered()
  }

  #convert (topic: string, partition: number, raw: RawRecord): SinkRecord {
    const { offset, timestamp, timestampType, headers: rawHeaders } = raw
    this.#stage = 'KEY_CONVERTER'
    const key = this.#converters.key.converter.toConnect(topic, raw.key, rawHeaders)
    this.#stage = 'VALUE_CONVERTER'
    const value = this.#converters.value.converter.toConnect(topic, raw.value, rawHeaders)
    this.#stage = 'HEADER_CONVERTER'
    const headers = rawHeaders.length === 0 ? noHeaders : this.#convertHeaders(topic, raw)
    // One shape for all records: the field order of the plugin package's sinkRecord().
    return {
      topic, partition, keySchema: key.schema, key: key.value, valueSchema: value.schema, value: value.value, timestamp, headers,
      offset, timestampType, originalTopic: topic, originalPartition: partition
    }
  }

  #convertHeaders (topic: string, raw: RawRecord): readonly Header[] {
    const { converter } = this.#converters.header
    return raw.headers.map(({ key, value: bytes }) => {
      const { schema, value } = converter.toConnect(topic, key, bytes)
      return { key, schema, value }
    })
  }

  #failedStage (): FailedStage {
    const { key, value, header } = this.#converters
    const className = this.#stage === 'KEY_CONVERTER' ? key.className : this.#stage === 'VALUE_CONVERTER' ? value.className : header.className
    return { stage: this.#stage, className }
  }

  #remember (records: readonly SinkRecord[], batches: readonly RawBatch[]): void {
    if (this.#consumed === null) return
    const raw = new Map<string, Map<number | bigint, RawRecord>>()
    for (const { topic, partition, records: of } of batches) raw.set(`${partition} ${topic}`, new Map(of.map(record => [record.offset, record])))
    for (const record of records) {
      const { originalTopic: topic, originalPartition: partition } = record
      const from = raw.get(`${partition} ${topic}`)?.get(record.offset)
      if (from !== undefined) this.#consumed.set(record, { topic, partition, record: from })
    }
  }
}

/** The bytes a record was made of. Slow, for records that failed. */
function find ({ originalTopic: topic, originalPartition: partition, offset }: SinkRecord, batches: readonly RawBatch[]): Consumed {
  for (const batch of batches) {
    if (batch.topic !== topic || batch.partition !== partition) continue
    const record = batch.records.find(one => one.offset === offset)
    if (record !== undefined) return { topic, partition, record }
  }
  throw new Error(`No record ${offset} in ${topic}-${partition}.`)
}
