import type { ConfigObject, Infer, RawConfig } from './config.ts'
import type { ConfigProblem, Log, Position, TaskId, TopicPartition } from './context.ts'
import type { RawHeaders } from './converter.ts'
import type { TimestampType } from './record.ts'

/** One record of a feed, before conversion. */
export interface RawRecord {
  /** Kafka's offset, or a Kinesis sequence number as bigint. */
  readonly offset: number | bigint
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** Milliseconds since 1970, or null. */
  readonly timestamp: number | null
  readonly timestampType: TimestampType
  readonly headers: RawHeaders
}

/** Consecutive records of one partition. */
export interface RawBatch extends TopicPartition {
  readonly records: readonly RawRecord[]
  /** The position after this batch: past the last record, and past control records or deleted ones that no one sees. */
  readonly next: number | bigint
  /** Records known to be behind this batch in the partition, for the lag metric; null: not known. */
  readonly lag: number | null
}

/**
 * Where a sink task reads: the Kafka topics of its connector, or a Kinesis stream. A shard is a partition, a sequence number an offset,
 * the lease table the group. The worker makes one call at a time.
 */
export interface Feed {
  /**
   * The next batches, at most `maxRecords` records if it can be helped; empty after `waitMs` without any. During a poll, and only then, the
   * feed calls `onRevoked` and `onAssigned`, and waits for them.
   */
  poll (options: { waitMs: number, maxRecords: number }): Promise<readonly RawBatch[]>
  /** Makes positions durable: reading resumes there after a crash. Throws `transient` when ownership was lost meanwhile. */
  commit (positions: readonly Position[]): Promise<void>
  pause (partitions: readonly TopicPartition[]): void
  resume (partitions: readonly TopicPartition[]): void
  seek (positions: readonly Position[]): void
  /** Records known to be behind what was polled of a partition, as of now; null: not known. Without it, the lag of the last batch counts. */
  lag? (partition: TopicPartition): number | null
  /** Wakes a waiting poll, which then returns what it has. */
  wakeup (): void
  /** Gives all partitions back at once, so that others can take them; calls no listener. */
  close (): Promise<void>
}

/** What a feed is given. */
export interface FeedContext<C> {
  readonly task: TaskId
  readonly config: C
  readonly raw: RawConfig
  readonly log: Log
  /** Aborts when no more time is left. */
  readonly giveUp: AbortSignal
  /** Partitions newly owned, with the position reading starts at. */
  onAssigned (positions: readonly Position[]): Promise<void>
  /** Partitions about to be given up (the listener may still commit them), or already lost. */
  onRevoked (partitions: readonly TopicPartition[], reason: 'revoked' | 'lost'): Promise<void>
}

/** A kind of feed, chosen by the connector key `feed.class`; its keys start with `feed.`. */
export interface FeedDefinition<O extends ConfigObject = ConfigObject> {
  readonly kind: 'feed'
  readonly summary: string
  readonly config: O
  validate? (config: Infer<O>, raw: RawConfig): readonly ConfigProblem[] | Promise<readonly ConfigProblem[]>
  open (context: FeedContext<Infer<O>>): Promise<Feed>
}

/** Declares a feed. Keys are declared without the `feed.` prefix. */
export function defineFeed<const O extends ConfigObject> (definition: Omit<FeedDefinition<O>, 'kind'>): FeedDefinition<O> {
  return { kind: 'feed', ...definition }
}
