import type { RawConfig } from '@tributary/plugin'
import type { ConnectorInfo, ConnectorState, ConnectorStatus, TargetState, TaskState, TaskStatus } from '../herder.ts'

interface Status<S> { readonly state: S, readonly trace: string | null }

/** What a standalone worker knows of one connector. */
export class ConnectorRecord {
  readonly name: string
  /** As given, with variables of config providers. */
  config: RawConfig
  target: TargetState
  type: ConnectorInfo['type'] = 'unknown'
  version: string | null = null
  taskConfigs: readonly RawConfig[] = []
  status: Status<ConnectorState> = { state: 'UNASSIGNED', trace: null }
  readonly topics = new Set<string>()
  readonly #tasks = new Map<number, Status<TaskState>>()

  constructor (name: string, config: RawConfig, target: TargetState) {
    this.name = name
    this.config = config
    this.target = target
  }

  setTask (task: number, state: TaskState, trace: string | null = null): void { this.#tasks.set(task, { state, trace }) }

  taskState (task: number): TaskState | null { return this.#tasks.get(task)?.state ?? null }

  forgetTasks (): void { this.#tasks.clear() }

  info (): ConnectorInfo {
    return { name: this.name, config: this.config, tasks: this.taskConfigs.map((_, task) => ({ connector: this.name, task })), type: this.type }
  }

  taskStatus (task: number, workerId: string): TaskStatus | null {
    const status = this.#tasks.get(task)
    return status === undefined ? null : { id: task, ...shown(status, workerId, this.version) }
  }

  connectorStatus (workerId: string): ConnectorStatus {
    const tasks = [...this.#tasks.keys()].toSorted((a, b) => a - b).map(task => this.taskStatus(task, workerId)!)
    return { name: this.name, connector: shown(this.status, workerId, this.version), tasks, type: this.type }
  }
}

function shown<S> ({ state, trace }: Status<S>, workerId: string, version: string | null): { state: S, worker_id: string, version?: string, trace?: string } {
  return { state, worker_id: workerId, ...version === null ? {} : { version }, ...trace === null ? {} : { trace } }
}
