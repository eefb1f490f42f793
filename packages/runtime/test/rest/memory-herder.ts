import type { RawConfig } from '@tributary/plugin'
import type { ConnectorInfo, ConnectorOffset, ConnectorState, ConnectorStatus, Herder, TargetState, TaskInfo, TaskStatus, WorkerHealth } from '../../src/herder/herder.ts'
import { RestError } from '../../src/herder/rest-error.ts'

interface Entry { config: RawConfig, state: ConnectorState, offsets: ConnectorOffset[] }

const states: Readonly<Record<TargetState, ConnectorState>> = { STARTED: 'RUNNING', PAUSED: 'PAUSED', STOPPED: 'STOPPED' }

/** A herder that keeps connectors in memory, each with one task, for tests of REST. */
export class MemoryHerder implements Herder {
  readonly entries = new Map<string, Entry>()
  readonly calls: unknown[][] = []
  workerHealth: WorkerHealth | null = { status: 'healthy', message: 'Worker has completed startup and is ready to handle requests.' }

  #entry (name: string): Entry {
    const entry = this.entries.get(name)
    if (entry === undefined) throw new RestError(404, `Connector ${name} not found`)
    return entry
  }

  serverInfo () { return { version: '4.3.1', commit: 'abc', kafka_cluster_id: 'cluster' } }

  async health (): Promise<WorkerHealth> { return this.workerHealth ?? await new Promise(() => {}) }

  async connectors (): Promise<string[]> { return [...this.entries.keys()] }

  async connectorInfo (name: string): Promise<ConnectorInfo> { return { name, config: this.#entry(name).config, tasks: [{ connector: name, task: 0 }], type: 'source' } }

  async connectorStatus (name: string): Promise<ConnectorStatus> {
    const entry = this.entries.get(name)
    if (entry === undefined) throw new RestError(404, `No status found for connector ${name}`)
    return { name, connector: { state: entry.state, worker_id: 'w:1', version: null }, tasks: [{ id: 0, state: 'RUNNING', worker_id: 'w:1' }], type: 'source' }
  }

  async taskStatus (name: string, task: number): Promise<TaskStatus> {
    if (!this.entries.has(name) || task !== 0) throw new RestError(404, `No status found for task ${name}-${task}`)
    return { id: 0, state: 'RUNNING', worker_id: 'w:1' }
  }

  async tasks (name: string): Promise<TaskInfo[]> { return [{ id: { connector: name, task: 0 }, config: this.#entry(name).config }] }

  async putConnector (name: string, config: RawConfig, { initialState, allowReplace }: { initialState?: TargetState | undefined, allowReplace: boolean }) {
    const created = !this.entries.has(name)
    if (!created && !allowReplace) throw new RestError(409, `Connector ${name} already exists`)
    this.entries.set(name, { config, state: states[initialState ?? 'STARTED'], offsets: [] })
    return { created, info: await this.connectorInfo(name) }
  }

  async patchConnector (name: string, patch: Readonly<Record<string, string | null>>): Promise<ConnectorInfo> {
    const entry = this.#entry(name)
    entry.config = Object.fromEntries(Object.entries({ ...entry.config, ...patch }).filter(([, value]) => value !== null)) as RawConfig
    return await this.connectorInfo(name)
  }

  async deleteConnector (name: string, options: { resetOffsets: boolean }): Promise<void> {
    this.#entry(name)
    this.entries.delete(name)
    this.calls.push(['deleteConnector', name, options])
  }

  async pauseConnector (name: string): Promise<void> { this.#entry(name).state = 'PAUSED' }

  async resumeConnector (name: string): Promise<void> { this.#entry(name).state = 'RUNNING' }

  async stopConnector (name: string): Promise<void> { this.#entry(name).state = 'STOPPED' }

  async restartConnector (name: string, options: { includeTasks: boolean, onlyFailed: boolean }): Promise<ConnectorStatus | null> {
    this.calls.push(['restartConnector', name, options])
    return options.includeTasks || options.onlyFailed ? await this.connectorStatus(name) : null
  }

  async restartTask (name: string, task: number): Promise<void> {
    if (task !== 0) throw new RestError(404, `Unknown task: ${name}-${task}`)
    this.calls.push(['restartTask', name, task])
  }

  async activeTopics (name: string): Promise<string[]> { return [`topic-of-${name}`] }

  async resetActiveTopics (name: string): Promise<void> { this.calls.push(['resetActiveTopics', name]) }

  async offsets (name: string): Promise<ConnectorOffset[]> { return this.#entry(name).offsets }

  async alterOffsets (name: string, offsets: readonly ConnectorOffset[]): Promise<string> {
    this.#entry(name).offsets = [...offsets]
    return 'altered'
  }

  async resetOffsets (name: string): Promise<string> {
    this.#entry(name).offsets = []
    return 'reset'
  }

  async putTaskConfigs (...call: Parameters<Herder['putTaskConfigs']>): Promise<void> { this.calls.push(['putTaskConfigs', ...call]) }

  async fence (...call: Parameters<Herder['fence']>): Promise<void> { this.calls.push(['fence', ...call]) }

  async setClusterLogLevel (logger: string, level: string): Promise<void> { this.calls.push(['setClusterLogLevel', logger, level]) }

  async start (): Promise<void> {}

  async stop (): Promise<void> {}
}
