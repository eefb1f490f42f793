import type { Log } from '@tributary/plugin'
import type { Registry } from 'prom-client'
import type { Plugins } from '../config/plugins.ts'
import type { WorkerConfig } from '../config/worker-config.ts'
import type { Herder } from '../herder/herder.ts'

/** A level of a logger, and when somebody set it: milliseconds since 1970, or null. */
export interface LoggerLevel { readonly level: string, readonly last_modified: number | null }

/** The loggers of a worker, as the admin endpoints need them. */
export interface LogLevels {
  /** All loggers by name, sorted; those that are OFF are left out. */
  all (): Readonly<Record<string, LoggerLevel>>
  /** null: no logger of this name. */
  get (name: string): LoggerLevel | null
  /** Sets a logger and all below it; returns the names that changed, sorted. `level` is one of `ALL` to `OFF`, upper case. */
  set (name: string, level: 'ALL' | 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'FATAL' | 'OFF'): string[]
}

/** What the worker is doing, or did last, for messages on requests that took too long; times in milliseconds since 1970. */
export interface Stage { readonly description: string, readonly startedMs: number, readonly completedMs: number | null }

/** What all routes need. */
export interface RestContext {
  readonly worker: WorkerConfig
  readonly plugins: Plugins
  readonly log: Log
  readonly logLevels: LogLevels
  /** null: no `/metrics`. */
  readonly metrics: Pick<Registry, 'contentType' | 'metrics'> | null
  /** null: not known. */
  readonly stage: () => Stage | null
  /** Milliseconds that a request may take; Kafka's are 90,000. */
  readonly timeoutMs: number
  /** The herder; throws a RestError 404, as Kafka answers before its resources are there, until it is known. */
  readonly herder: () => Herder
}
