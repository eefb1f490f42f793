import { ConnectError, noHeaders, type RawHeaders, type SourceRecord } from '@tributary/plugin'
import type { ErrorHandler } from '../error-handling/error-handler.ts'
import { transformBatch } from '../error-handling/record-chain.ts'
import type { FailedStage, Stage } from '../error-handling/stages.ts'
import type { ProducerRecord } from '../kafka/port.ts'
import type { TransformChain } from '../transform-chain.ts'
import type { TaskConverters } from '../worker/task-converters.ts'

const noRawHeaders: RawHeaders = Object.freeze([])

/** A batch ready for the producer. */
export interface Prepared {
  readonly records: readonly ProducerRecord[]
  /** The source's records behind `records`, one to one. */
  readonly originals: readonly SourceRecord[]
  /** A failure that ends the task, once `records` are sent; null: none. */
  readonly failure: unknown
}

/** Turns records of a source into bytes for Kafka: transforms, then header, key and value converter, a batch at a time. */
export class RecordPreparer {
  readonly #chain: TransformChain
  readonly #converters: TaskConverters
  readonly #errors: ErrorHandler
  #stage: Stage = 'HEADER_CONVERTER'

  constructor (options: { chain: TransformChain, converters: TaskConverters, errors: ErrorHandler }) {
    this.#chain = options.chain
    this.#converters = options.converters
    this.#errors = options.errors
  }

  async prepare (batch: readonly SourceRecord[]): Promise<Prepared> {
    const { records: transformed, failure } = await transformBatch(this.#chain, batch, this.#errors, index => ({ source: batch[index]! }))
    const length = failure === null ? batch.length : failure.index
    const records: ProducerRecord[] = []
    const originals: SourceRecord[] = []
    for (let i = 0; i < length;) {
      try {
        for (; i < length; i++) {
          const record = transformed[i]!
          if (record === null) continue
          records.push(this.#convert(record))
          originals.push(batch[i]!)
        }
      } catch (error) {
        try {
          // The record stays at its place: it is converted again, or passed over.
          if (await this.#errors.failed(error, this.#failedStage(), { source: batch[i]! }) === 'skip') i++
        } catch (fatal) {
          return { records, originals, failure: fatal }
        }
      }
    }
    this.#errors.recovered()
    return { records, originals: originals.length === batch.length ? batch : originals, failure: failure?.error ?? null }
  }

  #convert (record: SourceRecord): ProducerRecord {
    const { topic, partition, keySchema, key, valueSchema, value, headers } = record
    this.#stage = 'HEADER_CONVERTER'
    const rawHeaders = headers === noHeaders || headers.length === 0 ? noRawHeaders : this.#convertHeaders(record)
    this.#stage = 'KEY_CONVERTER'
    const rawKey = this.#converters.key.converter.fromConnect(topic, keySchema, key)
    this.#stage = 'VALUE_CONVERTER'
    const rawValue = this.#converters.value.converter.fromConnect(topic, valueSchema, value)
    return { topic, partition, key: rawKey, value: rawValue, timestamp: timestampOf(record), headers: rawHeaders }
  }

  #convertHeaders ({ topic, headers }: SourceRecord): RawHeaders {
    const { converter } = this.#converters.header
    return headers.map(({ key, schema, value }) => ({ key, value: converter.fromConnect(topic, key, schema, value) }))
  }

  #failedStage (): FailedStage {
    const { key, value, header } = this.#converters
    const className = this.#stage === 'KEY_CONVERTER' ? key.className : this.#stage === 'VALUE_CONVERTER' ? value.className : header.className
    return { stage: this.#stage, className }
  }
}

function timestampOf ({ timestamp }: SourceRecord): number | null {
  if (timestamp === null || timestamp === -1) return null
  if (timestamp < 0) throw new ConnectError('TIMESTAMP', 'system', `Invalid record timestamp ${timestamp}`, { javaClass: 'org.apache.kafka.connect.errors.ConnectException' })
  return timestamp
}
