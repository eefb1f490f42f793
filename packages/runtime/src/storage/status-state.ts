import type { ConnectorState, TaskState } from '../herder/herder.ts'

/** The status of a connector or task as the status topic holds it. */
export interface StoredStatus<S = ConnectorState> {
  readonly state: S
  /** Stack trace of a failure, else null. */
  readonly trace: string | null
  /** Advertised host and port of the worker that wrote it. */
  readonly workerId: string
  /** Group generation of the writer. */
  readonly generation: number
  readonly version: string | null
}

/** A topic that a connector was seen to use. */
export interface TopicUse {
  readonly topic: string
  readonly connector: string
  readonly task: number
  /** Milliseconds since 1970. */
  readonly discoveredAt: number
}

/** The keys and values of the status topic, as Java's KafkaStatusBackingStore writes them. */
export const statusRecords = {
  connector: (connector: string, status: StoredStatus | null) => ({ key: `status-connector-${connector}`, value: status === null ? null : written(status) }),
  task: (connector: string, task: number, status: StoredStatus<TaskState> | null) => ({ key: `status-task-${connector}-${task}`, value: status === null ? null : written(status) }),
  topic: (use: TopicUse) => ({
    key: `status-topic-${use.topic}:connector-${use.connector}`,
    value: { topic: { name: use.topic, connector: use.connector, task: use.task, discoverTimestamp: use.discoveredAt } }
  }),
  noTopic: (topic: string, connector: string) => ({ key: `status-topic-${topic}:connector-${connector}`, value: null })
} as const

function written ({ state, trace, workerId, generation, version }: StoredStatus): object {
  return { state, trace, worker_id: workerId, generation, version }
}

function read (value: unknown): StoredStatus {
  const { state, trace = null, worker_id: workerId, generation, version = null } = value as Record<string, unknown>
  if (typeof state !== 'string' || typeof workerId !== 'string' || typeof generation !== 'number') throw new Error('it is no status')
  return { state: state as ConnectorState, trace: trace as string | null, workerId, generation, version: version as string | null }
}

const connectorPrefix = 'status-connector-'
const taskPrefix = 'status-task-'
const topicPrefix = 'status-topic-'
const topicOwner = ':connector-'

/** The latest status of everything, from the status topic. */
export class StatusState {
  readonly #connectors = new Map<string, StoredStatus>()
  readonly #tasks = new Map<string, Map<number, StoredStatus<TaskState>>>()
  readonly #topics = new Map<string, Map<string, TopicUse>>()

  connector (connector: string): StoredStatus | null { return this.#connectors.get(connector) ?? null }

  task (connector: string, task: number): StoredStatus<TaskState> | null { return this.#tasks.get(connector)?.get(task) ?? null }

  /** Tasks with a status, by number. */
  tasks (connector: string): [number, StoredStatus<TaskState>][] {
    return [...this.#tasks.get(connector) ?? []].toSorted(([a], [b]) => a - b)
  }

  /** Connectors with a status of their own or of a task. */
  connectors (): string[] { return [...new Set([...this.#connectors.keys(), ...this.#tasks.keys()])] }

  topics (connector: string): TopicUse[] { return [...this.#topics.get(connector)?.values() ?? []] }

  usesTopic (connector: string, topic: string): boolean { return this.#topics.get(connector)?.has(topic) ?? false }

  /**
   * Whether a *safe* write may be made: one that must not cover up a newer status of another worker, such as the UNASSIGNED of a worker that
   * was slow to notice that its work had moved.
   */
  maySafelyWrite (before: StoredStatus | null, next: StoredStatus): boolean {
    return before === null || before.workerId === next.workerId || before.generation <= next.generation
  }

  /** Takes one record; throws for one that cannot be understood. */
  apply (record: { key: Uint8Array | null, value: Uint8Array | null }): void {
    const key = record.key === null ? '' : Buffer.from(record.key).toString()
    const value: unknown = record.value === null ? null : JSON.parse(Buffer.from(record.value).toString())
    if (key.startsWith(connectorPrefix)) this.#applyConnector(key.slice(connectorPrefix.length), value)
    else if (key.startsWith(taskPrefix)) this.#applyTask(key.slice(taskPrefix.length), value)
    else if (key.startsWith(topicPrefix)) this.#applyTopic(key.slice(topicPrefix.length), value)
    else throw new Error(`its key is none of Connect's: ${key}`)
  }

  #applyConnector (connector: string, value: unknown): void {
    if (value === null) this.#connectors.delete(connector)
    else this.#connectors.set(connector, read(value))
  }

  #applyTask (rest: string, value: unknown): void {
    const dash = rest.lastIndexOf('-')
    const task = Number(rest.slice(dash + 1))
    if (dash < 1 || !Number.isInteger(task)) throw new Error('its key names no task')
    const connector = rest.slice(0, dash)
    const tasks = this.#tasks.get(connector) ?? new Map<number, StoredStatus<TaskState>>()
    if (value === null) {
      tasks.delete(task)
      if (tasks.size === 0) this.#tasks.delete(connector)
      return
    }
    const status = read(value) as StoredStatus<TaskState>
    const before = tasks.get(task)
    // The old owner may say UNASSIGNED after the new one said RUNNING.
    if (status.state === 'UNASSIGNED' && before?.state === 'RUNNING' && before.generation >= status.generation) return
    tasks.set(task, status)
    this.#tasks.set(connector, tasks)
  }

  #applyTopic (rest: string, value: unknown): void {
    const colon = rest.indexOf(topicOwner)
    if (colon < 1) throw new Error('its key names no topic')
    const topic = rest.slice(0, colon)
    const connector = rest.slice(colon + topicOwner.length)
    const uses = this.#topics.get(connector) ?? new Map<string, TopicUse>()
    if (value === null) {
      uses.delete(topic)
      return
    }
    const use = (value as { topic?: { task?: unknown, discoverTimestamp?: unknown } }).topic
    if (typeof use?.task !== 'number' || typeof use.discoverTimestamp !== 'number') throw new Error('it is no use of a topic')
    uses.set(topic, { topic, connector, task: use.task, discoveredAt: use.discoverTimestamp })
    this.#topics.set(connector, uses)
  }
}
