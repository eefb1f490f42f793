import type { RawConfig } from './config.ts'

/** A task: connector name and number from 0. */
export interface TaskId {
  readonly connector: string
  readonly task: number
}

/** One thing wrong with a configuration. */
export interface ConfigProblem {
  readonly key: string
  readonly message: string
}

/** A logger of objects and a sentence, as pino's. Nothing per record above debug. */
export interface Log {
  error (fields: object, sentence: string): void
  warn (fields: object, sentence: string): void
  info (fields: object, sentence: string): void
  debug (fields: object, sentence: string): void
}

/** A total of a task that only grows. */
export interface Counter {
  /** Costs an addition, so it may be called for every record. `amount`: 1 where it is left out. */
  add (amount?: number): void
}

/** What a connector, as opposed to its tasks, is given. */
export interface ConnectorContext {
  readonly connector: string
  /** The connector's configuration as text, variables replaced. */
  readonly raw: RawConfig
  /** Aborts when the connector is stopped. */
  readonly signal: AbortSignal
  readonly log: Log
  /** Asks the worker to call `tasks` again and to restart the tasks if their configurations changed. */
  requestTaskReconfiguration (): void
}

/** A topic and partition of a feed, such as `orders` 2. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** A place in a topic-partition: the offset of the NEXT record to read, as in Kafka's committed offsets. */
export interface Position extends TopicPartition {
  readonly offset: number | bigint
}

export type { RawConfig }
