import type { RawConfig } from '@tributary/plugin'

/** Connector states as REST shows them. */
export type ConnectorState = 'UNASSIGNED' | 'RUNNING' | 'PAUSED' | 'STOPPED' | 'FAILED' | 'RESTARTING'
export type TaskState = Exclude<ConnectorState, 'STOPPED'>
export type TargetState = 'STARTED' | 'PAUSED' | 'STOPPED'
export type PluginType = 'source' | 'sink' | 'transformation' | 'predicate' | 'converter' | 'header_converter' | 'feed' | 'config_provider'

export interface ConnectorInfo {
  name: string
  config: RawConfig
  tasks: { connector: string, task: number }[]
  type: 'source' | 'sink' | 'unknown'
}

interface StatusOf<S> { state: S, worker_id: string, trace?: string, version?: string | null }
/** A partition that a sink task owns, for `rest.status.partitions`. Offsets and sequence numbers that a number cannot hold exactly are text. */
export interface OwnedPartition {
  topic: string
  partition: number
  /** Behind the records given to the sink. */
  position: number | string
  /** Where reading resumes after a crash. */
  committed: number | string
  /** Records known to be behind the position; null: not known. */
  lag: number | null
  /** Since when records before the position wait for a commit without progress: milliseconds since 1970; null: none wait. */
  uncommitted_since: number | null
}
export type TaskStatus = { id: number, partitions?: readonly OwnedPartition[] } & StatusOf<TaskState>
export interface ConnectorStatus {
  name: string
  connector: StatusOf<ConnectorState>
  tasks: TaskStatus[]
  type: ConnectorInfo['type']
}

export interface TaskInfo { id: { connector: string, task: number }, config: RawConfig }
export interface ConnectorOffset { partition: Record<string, unknown>, offset: Record<string, unknown> | null }
export interface ServerInfo { version: string, commit: string, kafka_cluster_id: string }
export interface WorkerHealth { status: 'healthy' | 'starting' | 'unhealthy', message: string }
/** Where a request has to go when this worker may not do it; REST forwards it, or answers 409. */
export interface ForwardTo { forwardTo: string }

/**
 * Owner of connector state in a worker: what REST and the command lines call. Names in errors and answers are Java's.
 * Every method rejects with a RestError (see ./rest-error.ts: status, message, optional forwardTo URL) for what the caller did wrong.
 */
export interface Herder {
  serverInfo (): ServerInfo
  health (): Promise<WorkerHealth>
  connectors (): Promise<string[]>
  connectorInfo (name: string): Promise<ConnectorInfo>
  connectorStatus (name: string): Promise<ConnectorStatus>
  taskStatus (name: string, task: number): Promise<TaskStatus>
  tasks (name: string): Promise<TaskInfo[]>
  /** Creates or updates. `allowReplace` false: an existing connector is a conflict (409). */
  putConnector (name: string, config: RawConfig, options: { initialState?: TargetState | undefined, allowReplace: boolean }): Promise<{ created: boolean, info: ConnectorInfo }>
  /** Merge patch: null removes a key. */
  patchConnector (name: string, patch: Readonly<Record<string, string | null>>): Promise<ConnectorInfo>
  deleteConnector (name: string, options: { resetOffsets: boolean }): Promise<void>
  pauseConnector (name: string): Promise<void>
  resumeConnector (name: string): Promise<void>
  stopConnector (name: string): Promise<void>
  /** Without options: the connector only, resolves with null when done; with options: resolves with the planned status. */
  restartConnector (name: string, options: { includeTasks: boolean, onlyFailed: boolean }): Promise<ConnectorStatus | null>
  restartTask (name: string, task: number): Promise<void>
  activeTopics (name: string): Promise<string[]>
  resetActiveTopics (name: string): Promise<void>
  offsets (name: string): Promise<ConnectorOffset[]>
  /** Returns the message to answer with. */
  alterOffsets (name: string, offsets: readonly ConnectorOffset[]): Promise<string>
  resetOffsets (name: string): Promise<string>
  /** Internal, signed requests of other workers. */
  putTaskConfigs (name: string, configs: readonly RawConfig[], signature: { key: string, algorithm: string } | null, body: Uint8Array): Promise<void>
  fence (name: string, signature: { key: string, algorithm: string } | null): Promise<void>
  /** `scope=cluster` logger levels; a standalone worker applies them to itself. */
  setClusterLogLevel (logger: string, level: string): Promise<void>
  start (): Promise<void>
  stop (): Promise<void>
}
