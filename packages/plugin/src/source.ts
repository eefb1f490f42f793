import type { ConfigObject, Infer, RawConfig } from './config.ts'
import type { ConfigProblem, ConnectorContext, Log, TaskId } from './context.ts'
import type { SourceOffset, SourcePartition, SourceRecord } from './record.ts'

/** Transaction boundaries set by the connector itself (`transaction.boundary=connector`, KIP-618). */
export interface TransactionContext {
  /** Ends the transaction after the batch now being yielded, or after `record` of it. */
  commit (record?: SourceRecord): void
  /** Drops the transaction after the batch now being yielded, or after `record` of it; offsets still advance. */
  abort (record?: SourceRecord): void
}

/** What one task of a source is given. */
export interface SourceTaskContext<C> {
  readonly task: TaskId
  /** Parsed task configuration. */
  readonly config: C
  /** The same before parsing. */
  readonly raw: RawConfig
  /** Aborts when the task is to stop: yield no more, clean up, return. */
  readonly signal: AbortSignal
  readonly log: Log
  /** The last committed offset of each partition asked for, null where there is none. Before the first yield, normally. */
  offsets (partitions: readonly SourcePartition[]): Promise<(SourceOffset | null)[]>
  /** Calls back, in order, with records that Kafka has acknowledged (or that were filtered out); for queues that must be told. */
  onCommit (listener: (records: readonly SourceRecord[]) => void | Promise<void>): void
  /** Present only with `transaction.boundary=connector`. */
  readonly transaction: TransactionContext | null
}

/** A source connector: moves records from another system into Kafka. */
export interface SourceDefinition<O extends ConfigObject = ConfigObject> {
  readonly kind: 'source'
  /** One sentence for lists of plugins. */
  readonly summary: string
  /** Class of the tasks of the Java connector that this one stands in for, so that a Java worker of the same group can run them. */
  readonly javaTaskClass?: string
  readonly config: O
  /** Problems across keys, or found by looking at the other system; called by REST `validate` and before a start. */
  validate? (config: Infer<O>, raw: RawConfig): readonly ConfigProblem[] | Promise<readonly ConfigProblem[]>
  /** The configuration of each task, at most `maxTasks`. Default: one task with the connector's configuration. */
  tasks? (config: Infer<O>, context: ConnectorContext & { readonly maxTasks: number }): readonly RawConfig[] | Promise<readonly RawConfig[]>
  /** Runs beside the tasks on the worker that owns the connector; calls `context.requestTaskReconfiguration()` when the tasks must change. */
  monitor? (config: Infer<O>, context: ConnectorContext): Promise<void>
  /** Whether offsets of this configuration allow exactly-once (KIP-618). Default: false. */
  exactlyOnce?: (config: Infer<O>) => boolean
  /** Whether the connector can set transaction boundaries itself. Default: false. */
  definesTransactionBoundaries?: (config: Infer<O>) => boolean
  /** Checks offsets that a user wants to set (null: reset); true when the other system keeps no offsets of its own to change. Throw to refuse. */
  alterOffsets? (config: RawConfig, offsets: readonly { partition: SourcePartition, offset: SourceOffset | null }[]): boolean | Promise<boolean>
  /**
   * Yields batches until `context.signal` aborts or there will never be more. The worker pulls the next batch when it has room,
   * so a paused task simply is not pulled. Throw `ConnectError` of kind `transient` from inside to be started again.
   */
  read (context: SourceTaskContext<Infer<O>>): AsyncIterable<readonly SourceRecord[]>
}

/** Declares a source connector. */
export function defineSource<const O extends ConfigObject> (definition: Omit<SourceDefinition<O>, 'kind'>): SourceDefinition<O> {
  return { kind: 'source', ...definition }
}
