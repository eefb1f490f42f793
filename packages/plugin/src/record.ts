import type { Schema } from './schema.ts'

/** A header: name, schema and value. Names may repeat; order counts. */
export interface Header {
  readonly key: string
  readonly schema: Schema | null
  readonly value: unknown
}

/** Where in the external system a source record came from, such as `{ filename: '/tmp/in' }`: string keys, primitive values. */
export type SourcePartition = Readonly<Record<string, unknown>>
/** How far a source partition is read, such as `{ position: 10 }`: string keys, primitive values. */
export type SourceOffset = Readonly<Record<string, unknown>>

/** Marker shared by all records without headers, so that none allocates a list. */
export const noHeaders: readonly Header[] = Object.freeze([])

/** What transforms see of a record: both kinds have it. Never changed in place; transforms return {@link withParts}. */
export interface ConnectRecord {
  readonly topic: string
  /** Kafka partition; null in a source record: the producer's partitioner decides. */
  readonly partition: number | null
  readonly keySchema: Schema | null
  readonly key: unknown
  readonly valueSchema: Schema | null
  readonly value: unknown
  /** Milliseconds since 1970, or null. */
  readonly timestamp: number | null
  readonly headers: readonly Header[]
}

/** A record on its way into Kafka. */
export interface SourceRecord extends ConnectRecord {
  readonly sourcePartition: SourcePartition | null
  readonly sourceOffset: SourceOffset | null
}

export type TimestampType = 'NoTimestampType' | 'CreateTime' | 'LogAppendTime'

/** A record on its way out of Kafka or out of another feed. */
export interface SinkRecord extends ConnectRecord {
  readonly partition: number
  /**
   * Place in the topic-partition: Kafka's offset, or a Kinesis sequence number as bigint. Comparable with `<` in either form.
   * `offset`, `originalTopic` and `originalPartition` stay what the feed gave, whatever transforms do.
   */
  readonly offset: number | bigint
  readonly timestampType: TimestampType
  readonly originalTopic: string
  readonly originalPartition: number
}

/** What an author writes down of a source record; the rest is null. */
export type SourceRecordInput = Pick<SourceRecord, 'topic'> & Partial<SourceRecord>

/** Makes a source record. All records are made here or below, in one field order, so that engines see one shape. */
export function sourceRecord (input: SourceRecordInput): SourceRecord {
  return {
    topic: input.topic,
    partition: input.partition ?? null,
    keySchema: input.keySchema ?? null,
    key: input.key ?? null,
    valueSchema: input.valueSchema ?? null,
    value: input.value ?? null,
    timestamp: input.timestamp ?? null,
    headers: input.headers ?? noHeaders,
    sourcePartition: input.sourcePartition ?? null,
    sourceOffset: input.sourceOffset ?? null
  }
}

/** What the runtime knows of a sink record. */
export type SinkRecordInput = Pick<SinkRecord, 'topic' | 'partition' | 'offset'> & Partial<SinkRecord>

/** Makes a sink record. */
export function sinkRecord (input: SinkRecordInput): SinkRecord {
  return {
    topic: input.topic,
    partition: input.partition,
    keySchema: input.keySchema ?? null,
    key: input.key ?? null,
    valueSchema: input.valueSchema ?? null,
    value: input.value ?? null,
    timestamp: input.timestamp ?? null,
    headers: input.headers ?? noHeaders,
    offset: input.offset,
    timestampType: input.timestampType ?? (input.timestamp == null ? 'NoTimestampType' : 'CreateTime'),
    originalTopic: input.originalTopic ?? input.topic,
    originalPartition: input.originalPartition ?? input.partition
  }
}

/** The parts a transform may replace. */
export type RecordParts = Partial<ConnectRecord>

function has<K extends keyof ConnectRecord> (parts: RecordParts, key: K): boolean {
  return parts[key] !== undefined
}

/** A copy of a record with some parts replaced; a part given as undefined keeps its old value. */
export function withParts<R extends ConnectRecord> (record: R, parts: RecordParts): R {
  const topic = parts.topic ?? record.topic
  const partition = has(parts, 'partition') ? parts.partition : record.partition
  const keySchema = has(parts, 'keySchema') ? parts.keySchema : record.keySchema
  const key = has(parts, 'key') ? parts.key : record.key
  const valueSchema = has(parts, 'valueSchema') ? parts.valueSchema : record.valueSchema
  const value = has(parts, 'value') ? parts.value : record.value
  const timestamp = has(parts, 'timestamp') ? parts.timestamp : record.timestamp
  const headers = parts.headers ?? record.headers
  if ('offset' in record) {
    const sink = record as unknown as SinkRecord
    return {
      topic, partition, keySchema, key, valueSchema, value, timestamp, headers,
      offset: sink.offset,
      timestampType: sink.timestampType,
      originalTopic: sink.originalTopic,
      originalPartition: sink.originalPartition
    } as unknown as R
  }
  const source = record as unknown as SourceRecord
  return {
    topic, partition, keySchema, key, valueSchema, value, timestamp, headers,
    sourcePartition: source.sourcePartition,
    sourceOffset: source.sourceOffset
  } as unknown as R
}
