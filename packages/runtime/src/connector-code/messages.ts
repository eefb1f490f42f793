import type { RawConfig, SourceOffset, SourcePartition } from '@tributary/plugin'
import type { PluginRecord } from '../discovery/manifest.ts'
import type { LogLevel } from '../log/levels.ts'
import type { LoggingState } from '../log/loggers.ts'
import type { Thrown } from './thrown.ts'

/** What a thread for connector code is started with. */
export interface ThreadData {
  readonly logging: LoggingState
  /** One Int32: the call whose code runs, or ran last; 0: none. Written by the thread, so that it is known even when the thread hangs. */
  readonly running: SharedArrayBuffer
}

/** What the thread is asked to do: a function of the plugin's definition, with its arguments. */
export type Job =
  /** Only imports the module: what hangs or ends the process there shall not do it in the worker's own thread. */
  | { readonly method: 'import' }
  | { readonly method: 'validate', readonly raw: RawConfig }
  | { readonly method: 'tasks', readonly connector: string, readonly maxTasks: number, readonly raw: RawConfig }
  | { readonly method: 'monitor', readonly connector: string, readonly raw: RawConfig }
  | { readonly method: 'alterOffsets', readonly raw: RawConfig, readonly offsets: readonly { partition: SourcePartition, offset: SourceOffset | null }[] }

export type ToThread =
  | { readonly kind: 'call', readonly call: number, readonly record: PluginRecord, readonly job: Job }
  /** The connector of this call is stopped. */
  | { readonly kind: 'abort', readonly call: number }
  | { readonly kind: 'ping' }
  | { readonly kind: 'log-level', readonly name: string, readonly level: LogLevel }

export type FromThread =
  | { readonly kind: 'answer', readonly call: number, readonly answer: unknown }
  | { readonly kind: 'thrown', readonly call: number, readonly error: Thrown }
  /** The connector of this call wants its tasks made again. */
  | { readonly kind: 'reconfigure', readonly call: number }
  /** To a ping; and, without one, when the thread is ready. */
  | { readonly kind: 'pong' }
