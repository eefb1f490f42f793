import type { RawConfig } from '@tributary/plugin'
import type { TargetState } from '../herder/herder.ts'

/** The key that signs requests between workers (KIP-507). */
export interface SessionKey {
  readonly key: Buffer
  readonly algorithm: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
}

export interface RestartRequest {
  readonly connector: string
  readonly includeTasks: boolean
  readonly onlyFailed: boolean
}

/** What a record of the config topic changed. */
export type ConfigChange =
  | { readonly kind: 'connector', readonly connector: string, readonly isNew: boolean }
  | { readonly kind: 'connector-removed', readonly connector: string }
  | { readonly kind: 'tasks', readonly connector: string }
  | { readonly kind: 'target-state', readonly connector: string }
  | { readonly kind: 'restart', readonly request: RestartRequest }
  | { readonly kind: 'session-key' }
  | { readonly kind: 'log-level', readonly logger: string, readonly level: string }

/** The keys and values of the config topic, as Java's KafkaConfigBackingStore writes them. */
export const configRecords = {
  connector: (connector: string, config: RawConfig | null) => ({ key: `connector-${connector}`, value: config === null ? null : { properties: config } }),
  task: (connector: string, task: number, config: RawConfig) => ({ key: `task-${connector}-${task}`, value: { properties: config } }),
  commit: (connector: string, tasks: number) => ({ key: `commit-${connector}`, value: { tasks } }),
  /** `state` is for workers older than 3.5, which know no STOPPED. */
  targetState: (connector: string, state: TargetState | null) => ({
    key: `target-state-${connector}`,
    value: state === null ? null : { state: state === 'STOPPED' ? 'PAUSED' : state, 'state.v2': state }
  }),
  restart: ({ connector, includeTasks, onlyFailed }: RestartRequest) => ({ key: `restart-connector-${connector}`, value: { 'include-tasks': includeTasks, 'only-failed': onlyFailed } }),
  fencing: (connector: string, tasks: number) => ({ key: `tasks-fencing-${connector}`, value: { 'task-count': tasks } }),
  sessionKey: ({ key, algorithm, createdAt }: SessionKey) => ({ key: 'session-key', value: { key: key.toString('base64'), algorithm, 'creation-timestamp': createdAt } }),
  logLevel: (logger: string, level: string) => ({ key: `logger-cluster-${logger}`, value: { level } })
} as const

export type ConfigRecord = ReturnType<typeof configRecords[keyof typeof configRecords]>

// In the order in which Java tests them: a connector may be called "x" or "target-state-x".
const prefixes = ['target-state-', 'connector-', 'task-', 'commit-', 'restart-connector-', 'tasks-fencing-', 'logger-cluster-'] as const

type Bag = Record<string, unknown>

function isBag (value: unknown): value is Bag {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function propertiesOf (value: unknown): RawConfig | null {
  if (!isBag(value) || !isBag(value.properties)) return null
  const properties = Object.entries(value.properties)
  return properties.every(([, text]) => typeof text === 'string' || text === null) ? Object.fromEntries(properties.filter(([, text]) => text !== null)) as RawConfig : null
}

const targetStates: readonly unknown[] = ['STARTED', 'PAUSED', 'STOPPED']

function targetStateOf (value: Bag): TargetState | null {
  const state = value['state.v2'] ?? value.state
  return targetStates.includes(state) ? state as TargetState : null
}

/**
 * What the config topic says, record by record. Task configurations count only after their commit record, all at once; a commit whose tasks
 * are not complete makes the connector inconsistent: it has no tasks until the next good commit.
 */
export class ConfigState {
  readonly #connectors = new Map<string, RawConfig>()
  readonly #targets = new Map<string, TargetState>()
  readonly #tasks = new Map<string, readonly RawConfig[]>()
  readonly #buffered = new Map<string, Map<number, RawConfig>>()
  readonly #applied = new Map<string, RawConfig>()
  readonly #inconsistent = new Set<string>()
  readonly #generations = new Map<string, number>()
  readonly #fenced = new Map<string, number>()
  readonly #pendingFencing = new Set<string>()
  #sessionKey: SessionKey | null = null
  #offset = 0

  /** Position after the last good record: the config offset of the group protocol. */
  get offset (): number { return this.#offset }

  get sessionKey (): SessionKey | null { return this.#sessionKey }

  connectors (): string[] { return [...this.#connectors.keys()] }

  config (connector: string): RawConfig | null { return this.#connectors.get(connector) ?? null }

  targetState (connector: string): TargetState { return this.#targets.get(connector) ?? 'STARTED' }

  /** Committed task configurations; empty for an inconsistent connector. */
  tasks (connector: string): readonly RawConfig[] { return this.#tasks.get(connector) ?? [] }

  /** The connector's configuration when its tasks were last committed; null when they never were. */
  appliedConfig (connector: string): RawConfig | null { return this.#applied.get(connector) ?? null }

  isInconsistent (connector: string): boolean { return this.#inconsistent.has(connector) }

  /** Rises with each commit of tasks; counts from this worker's start. */
  taskGeneration (connector: string): number { return this.#generations.get(connector) ?? 0 }

  /** Whether tasks of an older commit may still be running unfenced (KIP-618). */
  needsFencing (connector: string): boolean { return this.#pendingFencing.has(connector) }

  /** Tasks of the last fencing; null: none recorded. */
  fencedTasks (connector: string): number | null { return this.#fenced.get(connector) ?? null }

  /** Connectors with their task counts, for assignment. */
  configured (): Map<string, number> {
    return new Map(this.connectors().map(connector => [connector, this.tasks(connector).length]))
  }

  /**
   * Takes one record. Returns what it changed, null for nothing; throws for a record that cannot be understood, which then counts as not
   * there. `live` false: the record was there before this worker started, so requests in it are over.
   */
  apply (record: { offset: number, key: Uint8Array | null, value: Uint8Array | null }, options: { live: boolean }): ConfigChange | null {
    const key = record.key === null ? '' : Buffer.from(record.key).toString()
    const value: unknown = record.value === null ? null : JSON.parse(Buffer.from(record.value).toString())
    this.#offset = record.offset + 1
    if (key === 'session-key') return this.#applySessionKey(value)
    const prefix = prefixes.find(one => key.startsWith(one))
    if (prefix === undefined) throw new Error(`its key is none of Connect's: ${key}`)
    const rest = key.slice(prefix.length)
    switch (prefix) {
      case 'target-state-': return this.#applyTargetState(rest, value)
      case 'connector-': return this.#applyConnector(rest, value)
      case 'task-': return this.#bufferTask(rest, value)
      case 'commit-': return this.#applyCommit(rest, value)
      case 'restart-connector-': return options.live && isBag(value)
        ? { kind: 'restart', request: { connector: rest, includeTasks: value['include-tasks'] === true, onlyFailed: value['only-failed'] === true } }
        : null
      case 'tasks-fencing-': return this.#applyFencing(rest, value)
      case 'logger-cluster-': return options.live && isBag(value) && typeof value.level === 'string' ? { kind: 'log-level', logger: rest, level: value.level } : null
    }
  }

  #applySessionKey (value: unknown): ConfigChange {
    if (!isBag(value) || typeof value.key !== 'string' || typeof value.algorithm !== 'string' || typeof value['creation-timestamp'] !== 'number') throw new Error('it is no session key')
    this.#sessionKey = { key: Buffer.from(value.key, 'base64'), algorithm: value.algorithm, createdAt: value['creation-timestamp'] }
    return { kind: 'session-key' }
  }

  #applyTargetState (connector: string, value: unknown): ConfigChange | null {
    if (value === null) {
      this.#targets.delete(connector)
      // Also sent when a connector is deleted; then there is nobody to tell.
      return this.#connectors.has(connector) ? { kind: 'target-state', connector } : null
    }
    const state = isBag(value) ? targetStateOf(value) : null
    if (state === null) throw new Error('it has no target state that Connect knows')
    this.#targets.set(connector, state)
    return this.#connectors.has(connector) ? { kind: 'target-state', connector } : null
  }

  #applyConnector (connector: string, value: unknown): ConfigChange {
    if (value === null) {
      for (const map of [this.#connectors, this.#targets, this.#tasks, this.#buffered, this.#applied, this.#fenced]) map.delete(connector)
      this.#inconsistent.delete(connector)
      this.#pendingFencing.delete(connector)
      return { kind: 'connector-removed', connector }
    }
    const config = propertiesOf(value)
    if (config === null) throw new Error('its properties are not text by key')
    const isNew = !this.#connectors.has(connector)
    this.#connectors.set(connector, config)
    if (!this.#targets.has(connector)) this.#targets.set(connector, 'STARTED')
    return { kind: 'connector', connector, isNew }
  }

  #bufferTask (rest: string, value: unknown): null {
    const dash = rest.lastIndexOf('-')
    const task = Number(rest.slice(dash + 1))
    const config = propertiesOf(value)
    if (dash < 1 || !Number.isInteger(task) || config === null) throw new Error('it is no task configuration')
    const connector = rest.slice(0, dash)
    const buffered = this.#buffered.get(connector) ?? new Map<number, RawConfig>()
    this.#buffered.set(connector, buffered)
    buffered.set(task, config)
    return null
  }

  #applyCommit (connector: string, value: unknown): ConfigChange | null {
    const config = this.#connectors.get(connector)
    const buffered = this.#buffered.get(connector) ?? new Map<number, RawConfig>()
    this.#buffered.delete(connector)
    if (config === undefined) return null
    if (!isBag(value) || !Number.isInteger(value.tasks)) throw new Error('it is no commit of tasks')
    const count = value.tasks as number
    const tasks = Array.from({ length: count }, (_, task) => buffered.get(task))
    const complete = tasks.filter(task => task !== undefined)
    this.#generations.set(connector, this.taskGeneration(connector) + 1)
    this.#pendingFencing.add(connector)
    if (complete.length === count && buffered.size === count) {
      this.#tasks.set(connector, complete)
      this.#applied.set(connector, config)
      this.#inconsistent.delete(connector)
    } else {
      this.#tasks.delete(connector)
      this.#inconsistent.add(connector)
    }
    return { kind: 'tasks', connector }
  }

  #applyFencing (connector: string, value: unknown): null {
    if (!isBag(value) || !Number.isInteger(value['task-count'])) throw new Error('it is no record of a fencing')
    this.#fenced.set(connector, value['task-count'] as number)
    this.#pendingFencing.delete(connector)
    return null
  }
}
