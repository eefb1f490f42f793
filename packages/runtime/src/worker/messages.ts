import type { SourceOffset, SourcePartition } from '@tributary/plugin'
import type { PluginRecord } from '../discovery/manifest.ts'
import type { OwnedPartition } from '../herder/herder.ts'
import type { LoggingState } from '../log/loggers.ts'
import type { LogLevel } from '../log/levels.ts'
import type { OffsetEntry } from './task-services.ts'
import type { TaskSpec } from './task-spec.ts'
import type { TaskTarget } from './task-control.ts'

/** What a task's thread is started with. */
export interface ThreadData {
  readonly spec: TaskSpec
  readonly plugins: readonly PluginRecord[]
  readonly logging: LoggingState
  /** Memory of the task's metrics, shared with the worker. */
  readonly metrics: SharedArrayBuffer
}

/** From the worker to a task's thread. */
export type ToTask =
  | { readonly kind: 'target', readonly target: TaskTarget }
  | { readonly kind: 'stop' }
  | { readonly kind: 'give-up' }
  | { readonly kind: 'log-level', readonly name: string, readonly level: LogLevel }
  | { readonly kind: 'offsets', readonly request: number, readonly offsets: readonly (SourceOffset | null)[] }
  | { readonly kind: 'offset-keys', readonly request: number, readonly keys: readonly Uint8Array[] }
  | { readonly kind: 'done', readonly request: number }
  | { readonly kind: 'refused', readonly request: number, readonly message: string }

/** From a task's thread to the worker. Records never cross. */
export type FromTask =
  | { readonly kind: 'state', readonly state: 'RUNNING' | 'PAUSED' }
  | { readonly kind: 'topic', readonly topic: string }
  | { readonly kind: 'counter', readonly name: string, readonly help: string }
  | { readonly kind: 'partitions', readonly partitions: readonly OwnedPartition[] }
  | { readonly kind: 'read-offsets', readonly request: number, readonly partitions: readonly SourcePartition[] }
  | { readonly kind: 'write-offsets', readonly request: number, readonly entries: readonly OffsetEntry[] }
  | { readonly kind: 'offset-keys', readonly request: number, readonly partitions: readonly SourcePartition[] }
  | { readonly kind: 'note-offsets', readonly request: number, readonly entries: readonly OffsetEntry[] }
  | { readonly kind: 'may-start', readonly request: number }
  /** The last message. `trace` null: the task was stopped. */
  | { readonly kind: 'ended', readonly trace: string | null }
