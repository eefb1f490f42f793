import type { ConfigObject, Infer, RawConfig } from './config.ts'
import type { ConfigProblem, ConnectorContext, Counter, Log, Position, TaskId, TopicPartition } from './context.ts'
import type { RawBatch } from './feed.ts'
import type { SinkRecord } from './record.ts'

/** What one task of a sink is given. */
export interface SinkTaskContext<C> {
  readonly task: TaskId
  /** Parsed task configuration. */
  readonly config: C
  /** The same before parsing. */
  readonly raw: RawConfig
  /** Aborts when no more time is left: give up even writes in flight. A gentle stop is the end of `put` calls, then `close`. */
  readonly giveUp: AbortSignal
  readonly log: Log
  /** Partitions the task owns now. */
  assignment (): readonly TopicPartition[]
  /** Takes no records of these partitions until `resume`; `put` goes on with the others. */
  pause (partitions: readonly TopicPartition[]): void
  resume (partitions: readonly TopicPartition[]): void
  /** Reads on from these places; takes effect before the next `put`. */
  seek (positions: readonly Position[]): void
  /** Asks for a commit soon, not at the end of the interval. */
  requestCommit (): void
  /** The longest wait until the next `put`, in milliseconds, once. */
  timeout (ms: number): void
  /**
   * Reports one record that the target refused: dead letter queue, log and count, as the user configured. Resolves when the report is
   * durable; throws if errors are not tolerated. The record counts as done.
   */
  report (record: SinkRecord, error: Error): Promise<void>
  /**
   * A count of the task's own (KIP-877), which the worker's `/metrics` shows as `connect_plugins_<name>_total` with connector and task. `name` is in
   * lower case with underscores, `help` a sentence. The same name gives the same count; a task has 16 at most.
   */
  counter (name: string, help: string): Counter
}

/** A running sink task. The worker calls one method at a time, and waits for it. */
export interface SinkTask {
  /**
   * Takes records of one or more owned partitions, in order within each; called with an empty batch when a poll found nothing, so that
   * time based work can happen. A `transient` ConnectError makes the worker call again with the same batch; any other fails the task.
   * Records count as written when `preCommit` says so.
   */
  put (records: readonly SinkRecord[]): void | Promise<void>
  /**
   * What the feed delivered, before converters and transforms: every batch once, before the `put` of its records, whether any of them come through
   * or not. For sinks that keep the bytes as well; must not wait. The same positions count for both, so `preCommit` answers for both.
   */
  putRaw? (batches: readonly RawBatch[]): void
  /**
   * Called before each commit with the position after the last record put, per partition. Returns the positions up to which everything is
   * durable; what is left out keeps its last commit. Default: what was given, so a `put` that resolves only when records are safe needs none.
   */
  preCommit? (positions: readonly Position[]): readonly Position[] | Promise<readonly Position[]>
  /** Partitions newly owned, before their first record. */
  open? (partitions: readonly TopicPartition[]): void | Promise<void>
  /** Partitions no longer owned; `preCommit` was called before, unless `lost`: then another task may own them already, and nothing may be written. */
  close? (partitions: readonly TopicPartition[], reason: 'revoked' | 'lost'): void | Promise<void>
  /** The end of the task, after `close`. */
  stop? (): void | Promise<void>
}

/** A sink connector: moves records from Kafka, or another feed, into another system. */
export interface SinkDefinition<O extends ConfigObject = ConfigObject> {
  readonly kind: 'sink'
  /** One sentence for lists of plugins. */
  readonly summary: string
  /** Class of the tasks of the Java connector that this one stands in for, so that a Java worker of the same group can run them. */
  readonly javaTaskClass?: string
  /** What a reader of the target can rely on, after any crash. Shown in docs and proved by tests. */
  readonly guarantee: 'exactly-once' | 'at-least-once'
  readonly config: O
  /** Problems across keys, or found by looking at the target; called by REST `validate` and before a start. */
  validate? (config: Infer<O>, raw: RawConfig): readonly ConfigProblem[] | Promise<readonly ConfigProblem[]>
  /** The configuration of each task, at most `maxTasks`. Default: `maxTasks` times the connector's configuration. */
  tasks? (config: Infer<O>, context: ConnectorContext & { readonly maxTasks: number, readonly raw: RawConfig }): readonly RawConfig[] | Promise<readonly RawConfig[]>
  /** See {@link SourceDefinition.monitor}. */
  monitor? (config: Infer<O>, context: ConnectorContext): Promise<void>
  /** Checks offsets that a user wants to set (null: reset). Throw to refuse. */
  alterOffsets? (config: RawConfig, offsets: readonly (TopicPartition & { offset: number | bigint | null })[]): boolean | Promise<boolean>
  /** Starts a task. Throw a `config` ConnectError when the target is missing or refuses the credentials. */
  start (context: SinkTaskContext<Infer<O>>): SinkTask | Promise<SinkTask>
}

/** Declares a sink connector. */
export function defineSink<const O extends ConfigObject> (definition: Omit<SinkDefinition<O>, 'kind'>): SinkDefinition<O> {
  return { kind: 'sink', ...definition }
}
