import type { Feed, FeedContext, RawHeaders } from '@tributary/plugin'
import type { GroupStatistics } from './group-statistics.ts'

/**
 * What Connect needs of Kafka, and no more. Only this folder knows which client library is behind it.
 * Settings are Kafka's own client keys (`bootstrap.servers`, `security.protocol`, `sasl.*`, `ssl.*`, `acks`, ...) as text.
 */
export type ClientSettings = Readonly<Record<string, string>>

/** A record to write. `partition` null: murmur2 of the key, or sticky without a key, as Java's default partitioner. */
export interface ProducerRecord {
  readonly topic: string
  readonly partition: number | null
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly timestamp: number | null
  readonly headers: RawHeaders
}

/** How one record of a `send` ended. */
export interface RecordMetadata { readonly partition: number, readonly offset: number }

/** Writes records. Bounded by `buffer.memory`; order within a partition is the order of `send` calls, whatever is retried. */
export interface Producer {
  /**
   * Takes a batch and calls `onDone` once for each record, in any order over partitions but in order within one, when the brokers acknowledged it
   * (metadata) or refused it for good (error). Resolves when there is room for the next batch, so it is the back-pressure.
   */
  send (records: readonly ProducerRecord[], onDone: (index: number, metadata: RecordMetadata | null, error: Error | null) => void): Promise<void>
  /** Resolves when everything sent so far is acknowledged or refused. */
  flush (options: { signal: AbortSignal }): Promise<void>
  /** Partition count of a topic; waits for auto-creation where the broker does it. */
  partitionsOf (topic: string): Promise<number>
  /** Transactional producers only. `init` fences older producers of the same `transactional.id`. */
  init (): Promise<void>
  begin (): void
  commitTransaction (): Promise<void>
  abortTransaction (): Promise<void>
  /** Closes; waits for outstanding records at most `timeoutMs`, 0: drops them. */
  close (timeoutMs: number): Promise<void>
}

export interface NewTopic { readonly name: string, readonly partitions: number, readonly replicationFactor: number, readonly configs: Readonly<Record<string, string>> }

/** Administration. Errors are ConnectErrors: `transient` where a retry may help, with Kafka's error name as code (`TOPIC_ALREADY_EXISTS`). */
export interface Admin {
  clusterId (): Promise<string>
  /** Names of topics, internal ones included. */
  topics (): Promise<string[]>
  /** Partition and replica counts, null for a topic that is not there. Never creates it. */
  describe (topics: readonly string[]): Promise<Map<string, { partitions: number, replicationFactor: number } | null>>
  /** Effective settings of a topic. */
  topicConfig (topic: string): Promise<Map<string, string>>
  /** Creates a topic; false when it was there. */
  create (topic: NewTopic): Promise<boolean>
  /** End offsets of all partitions of a topic; `isolation` read_committed gives the last stable offsets. */
  endOffsets (topic: string, isolation: 'read_committed' | 'read_uncommitted'): Promise<number[]>
  /** Committed offsets of a consumer group; null where none. */
  groupOffsets (group: string): Promise<{ topic: string, partition: number, offset: number }[]>
  alterGroupOffsets (group: string, offsets: readonly { topic: string, partition: number, offset: number | null }[]): Promise<void>
  /** Removes a group with all its offsets; an unknown group is fine. */
  deleteGroup (group: string): Promise<void>
  /** Fences producers of these transactional ids (KIP-618's zombie fencing). */
  fenceProducers (transactionalIds: readonly string[]): Promise<void>
  close (): Promise<void>
}

/** One record of a compacted log. */
export interface LogRecord { readonly partition: number, readonly offset: number, readonly key: Uint8Array | null, readonly value: Uint8Array | null, readonly timestamp: number }

/** Reads all partitions of a topic from their beginning, and follows (Java's KafkaBasedLog). */
export interface LogReader {
  /**
   * Reads from the beginning to the end of now, or what is committed of it; then follows in the background. `onRecord` is called in order within a
   * partition.
   */
  start (): Promise<void>
  /** Resolves when everything that was in the topic at the time of the call has gone through `onRecord`. */
  readToEnd (): Promise<void>
  close (): Promise<void>
}

/** A member of a group with a protocol of its own (Connect's workers). Bytes are the caller's. */
export interface GroupMember {
  readonly statistics: GroupStatistics
  /**
   * Joins, or joins again with new metadata; resolves after SyncGroup. `assign` is called on the leader only, with every member's metadata.
   * Rejects when aborted or when the coordinator cannot be found within the session.
   */
  join (options: {
    protocols: readonly { name: string, metadata: Uint8Array }[]
    assign: (members: readonly { id: string, metadata: Uint8Array }[], round: { protocol: string, leaderId: string, generation: number }) => Map<string, Uint8Array> | Promise<Map<string, Uint8Array>>
    signal: AbortSignal
  }): Promise<{ memberId: string, leaderId: string, generation: number, protocol: string, assignment: Uint8Array }>
  /** Called when the coordinator wants everyone to join again, or when this member was thrown out (`lost`), or the coordinator is not reachable. */
  onRebalance (listener: (reason: 'rebalance' | 'lost' | 'unreachable') => void): void
  leave (): Promise<void>
  close (): Promise<void>
}

export interface GroupMemberOptions { readonly groupId: string, readonly protocolType: string, readonly sessionTimeoutMs: number, readonly rebalanceTimeoutMs: number, readonly heartbeatIntervalMs: number }

/** Opens the parts. Each part has connections of its own and is closed by its owner. */
export interface Kafka {
  admin (settings: ClientSettings): Promise<Admin>
  producer (settings: ClientSettings): Promise<Producer>
  /** The feed of a sink task: the consumer group of `settings['group.id']`, subscribed to topics or to all that match a pattern. */
  consumer (settings: ClientSettings, subscription: { topics: readonly string[] } | { pattern: RegExp }, context: Omit<FeedContext<unknown>, 'config' | 'raw'>): Promise<Feed>
  logReader (settings: ClientSettings, topic: string, onRecord: (record: LogRecord) => void): Promise<LogReader>
  groupMember (settings: ClientSettings, options: GroupMemberOptions): Promise<GroupMember>
}
