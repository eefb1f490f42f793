import { isDeepStrictEqual } from 'node:util'
import type { Log, RawConfig, TaskId } from '@tributary/plugin'
import { transformConfig, withoutSecrets } from '../../config/config-transformer.ts'
import { lookUpConnector } from '../../config/connector-lookup.ts'
import { validateConnectorConfig, validationError } from '../../config/validate.ts'
import type { StandaloneWorkerConfig } from '../../config/worker-config.ts'
import type { PluginCatalog } from '../../discovery/plugin-catalog.ts'
import { messageOf, traceOf } from '../../error-handling/java-error.ts'
import type { Kafka } from '../../kafka/port.ts'
import { levelOf } from '../../log/levels.ts'
import { loggerNames, type Loggers } from '../../log/loggers.ts'
import { oneStore, type OffsetStore } from '../../storage/offset-store.ts'
import { Worker, type WorkerListener } from '../../worker/worker.ts'
import { AutomaticRestarts } from '../automatic-restarts.ts'
import { alterConnectorOffsets, connectorOffsets, type OffsetTarget, resetConnectorOffsets } from '../connector-offsets.ts'
import type { ConnectorInfo, ConnectorOffset, ConnectorStatus, Herder, ServerInfo, TargetState, TaskInfo, TaskStatus, WorkerHealth } from '../herder.ts'
import { withPartitions } from '../owned-partitions.ts'
import { RestError } from '../rest-error.ts'
import { ConnectorRecord } from './connector-record.ts'

export interface StandaloneHerderOptions {
  readonly config: StandaloneWorkerConfig
  readonly plugins: PluginCatalog
  readonly loggers: Loggers
  readonly offsets: OffsetStore
  /** Advertised `host:port`, shown in statuses. */
  readonly workerId: string
  readonly serverInfo: ServerInfo
  /** Kafka's clients, loaded when first needed. */
  readonly kafka: () => Promise<Kafka>
}

/** A connector to be created with the worker. */
export interface NewConnector { readonly name: string, readonly config: RawConfig, readonly initialState: TargetState | undefined }

/** The herder of one worker alone: connectors live in memory, offsets in a file. Java's StandaloneHerder. */
export class StandaloneHerder implements Herder, WorkerListener {
  readonly worker: Worker
  readonly #options: StandaloneHerderOptions
  readonly #log: Log
  readonly #records = new Map<string, ConnectorRecord>()
  /** The last operation on each connector; the next one waits for it. */
  readonly #queues = new Map<string, Promise<unknown>>()
  readonly #restarts: AutomaticRestarts
  #isReady = false
  #isStopping = false

  constructor (options: StandaloneHerderOptions) {
    const { config, plugins, loggers, offsets } = options
    this.#options = options
    this.#log = loggers.logger(loggerNames.standalone)
    this.#restarts = new AutomaticRestarts(this, this.#log)
    this.worker = new Worker({ config, plugins, loggers, offsets: oneStore(offsets), listener: this })
  }

  start (): Promise<void> { return Promise.resolve() }

  /** All connectors of the command line are there. */
  ready (): void { this.#isReady = true }

  async stop (): Promise<void> {
    this.#isStopping = true
    this.#restarts.close()
    const records = [...this.#records.values()]
    await Promise.all(records.map(({ name }) => this.worker.stopConnector(name)))
    await this.worker.stopTasks(records.flatMap(record => idsOf(record)))
    await this.#options.offsets[Symbol.asyncDispose]()
  }

  serverInfo (): ServerInfo { return this.#options.serverInfo }

  health (): Promise<WorkerHealth> {
    return Promise.resolve(this.#isReady
      ? { status: 'healthy', message: 'Worker has completed startup and is ready to handle requests.' }
      : { status: 'starting', message: 'Worker is still starting up.' })
  }

  connectors (): Promise<string[]> { return Promise.resolve([...this.#records.keys()]) }

  async connectorInfo (name: string): Promise<ConnectorInfo> { return this.#record(name).info() }

  async connectorStatus (name: string): Promise<ConnectorStatus> {
    const record = this.#records.get(name)
    if (record === undefined) throw new RestError(404, `No status found for connector ${name}`)
    const status = record.connectorStatus(this.#options.workerId)
    return { ...status, tasks: status.tasks.map(task => withPartitions(task, this.worker.partitionsOf({ connector: name, task: task.id }))) }
  }

  /** Statuses of all connectors, for metrics. */
  statuses (): ConnectorStatus[] { return [...this.#records.values()].map(record => record.connectorStatus(this.#options.workerId)) }

  async taskStatus (name: string, task: number): Promise<TaskStatus> {
    const status = this.#records.get(name)?.taskStatus(task, this.#options.workerId) ?? null
    if (status === null) throw new RestError(404, `No status found for task ${name}-${task}`)
    return withPartitions(status, this.worker.partitionsOf({ connector: name, task }))
  }

  async tasks (name: string): Promise<TaskInfo[]> {
    return this.#record(name).taskConfigs.map((config, task) => ({ id: { connector: name, task }, config }))
  }

  /** All that is wrong with a configuration as one RestError 400, or null. */
  async problem (config: RawConfig): Promise<Error | null> {
    const { plugins, config: worker } = this.#options
    try {
      return validationError(await validateConnectorConfig(config, { plugins, worker }))
    } catch (error) {
      if (error instanceof RestError) return error
      throw error
    }
  }

  async putConnector (name: string, config: RawConfig, options: { initialState?: TargetState | undefined, allowReplace: boolean }): Promise<{ created: boolean, info: ConnectorInfo }> {
    const named = { ...config, name }
    const problem = await this.problem(named)
    if (problem !== null) throw problem
    return await this.#inTurn(name, async () => {
      const before = this.#records.get(name)
      if (before !== undefined && !options.allowReplace) throw new RestError(409, `Connector ${name} already exists`)
      const record = await this.#place({ name, config: named, initialState: options.initialState })
      return { created: before === undefined, info: record.info() }
    })
  }

  /** Creates a connector whose configuration was found good. */
  async create (connector: NewConnector): Promise<void> { await this.#inTurn(connector.name, () => this.#place(connector)) }

  async patchConnector (name: string, patch: Readonly<Record<string, string | null>>): Promise<ConnectorInfo> {
    const { config } = this.#record(name)
    const merged = Object.fromEntries(Object.entries({ ...config, ...patch }).filter((entry): entry is [string, string] => entry[1] !== null))
    return (await this.putConnector(name, merged, { allowReplace: true })).info
  }

  async deleteConnector (name: string, options: { resetOffsets: boolean }): Promise<void> {
    await this.#inTurn(name, async () => {
      const record = this.#record(name)
      await this.#stopAll(record)
      if (options.resetOffsets) await resetConnectorOffsets(await this.#offsetTarget(record))
      this.#records.delete(name)
      this.#log.info({ connector: name }, `Deleted connector ${name}.`)
    })
  }

  async pauseConnector (name: string): Promise<void> { await this.#setTarget(name, 'PAUSED') }

  async resumeConnector (name: string): Promise<void> { await this.#setTarget(name, 'STARTED') }

  async stopConnector (name: string): Promise<void> {
    await this.#inTurn(name, async () => {
      const record = this.#known(name)
      record.target = 'STOPPED'
      await this.#stopAll(record)
      record.taskConfigs = []
      record.status = { state: 'STOPPED', trace: null }
    })
  }

  async restartConnector (name: string, options: { includeTasks: boolean, onlyFailed: boolean }): Promise<ConnectorStatus | null> {
    return await this.#inTurn(name, async () => {
      const record = this.#record(name)
      if (!options.includeTasks && !options.onlyFailed) {
        await this.#restart(record, true, [])
        return null
      }
      const isWanted = (state: string | null): boolean => !options.onlyFailed || state === 'FAILED'
      const restartsConnector = isWanted(record.status.state)
      const tasks = options.includeTasks ? idsOf(record).filter(({ task }) => isWanted(record.taskState(task))) : []
      if (restartsConnector) record.status = { state: 'RESTARTING', trace: null }
      for (const { task } of tasks) record.setTask(task, 'RESTARTING')
      const planned = record.connectorStatus(this.#options.workerId)
      await this.#restart(record, restartsConnector, tasks)
      return planned
    })
  }

  async restartTask (name: string, task: number): Promise<void> {
    await this.#inTurn(name, async () => {
      const record = this.#record(name)
      if (record.taskConfigs[task] === undefined) throw new RestError(404, `Unknown task: ${name}-${task}`)
      await this.#restart(record, false, [{ connector: name, task }])
    })
  }

  async activeTopics (name: string): Promise<string[]> { return [...this.#record(name).topics] }

  async resetActiveTopics (name: string): Promise<void> { this.#record(name).topics.clear() }

  async offsets (name: string): Promise<ConnectorOffset[]> { return await connectorOffsets(await this.#offsetTarget(this.#record(name))) }

  async alterOffsets (name: string, offsets: readonly ConnectorOffset[]): Promise<string> {
    return await this.#inTurn(name, async () => alterConnectorOffsets(await this.#stoppedTarget(name), offsets))
  }

  async resetOffsets (name: string): Promise<string> {
    return await this.#inTurn(name, async () => resetConnectorOffsets(await this.#stoppedTarget(name)))
  }

  putTaskConfigs (): Promise<void> { return Promise.reject(new RestError(500, 'Kafka Connect in standalone mode does not support externally setting task configurations')) }

  fence (): Promise<void> { return Promise.reject(new RestError(500, 'Kafka Connect in standalone mode does not support exactly-once source connectors')) }

  async setClusterLogLevel (logger: string, level: string): Promise<void> {
    const known = levelOf(level)
    if (known !== null) this.#options.loggers.set(logger, known)
  }

  connectorFailed (name: string, trace: string): void {
    const record = this.#records.get(name)
    if (record !== undefined) record.status = { state: 'FAILED', trace }
  }

  reconfigure (name: string): void {
    void this.#inTurn(name, async () => {
      const record = this.#records.get(name)
      if (record !== undefined && record.target !== 'STOPPED') await this.#updateTasks(record)
    }).catch((error: unknown) => { this.#log.error({ err: error, connector: name }, `Cannot make the task configurations of ${name} again: ${messageOf(error)}`) })
  }

  connectorExpired (name: string): void { this.#reload(name, () => this.restartConnector(name, { includeTasks: false, onlyFailed: false })) }

  taskExpired ({ connector, task }: TaskId): void { this.#reload(connector, () => this.restartTask(connector, task)) }

  #reload (connector: string, restart: () => Promise<unknown>): void {
    restart().catch((error: unknown) => { this.#log.error({ connector, err: error }, `Cannot restart ${connector} with new values of config providers: ${messageOf(error)}`) })
  }

  taskState (id: TaskId, state: 'RUNNING' | 'PAUSED'): void {
    this.#records.get(id.connector)?.setTask(id.task, state)
    if (state === 'RUNNING') this.#restarts.running(id)
  }

  taskFailed (id: TaskId, trace: string): void {
    this.#records.get(id.connector)?.setTask(id.task, 'FAILED', trace)
    this.#restarts.failed(id)
  }

  topicUsed ({ connector }: TaskId, topic: string): void { this.#records.get(connector)?.topics.add(topic) }

  #record (name: string): ConnectorRecord {
    const record = this.#records.get(name)
    if (record === undefined) throw new RestError(404, `Connector ${name} not found`)
    return record
  }

  #known (name: string): ConnectorRecord {
    const record = this.#records.get(name)
    if (record === undefined) throw new RestError(404, `Unknown connector ${name}`)
    return record
  }

  /** Runs operations on one connector one after the other; those on others do not wait. */
  async #inTurn<T> (name: string, run: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(name) ?? Promise.resolve()
    const mine = before.then(() => {
      if (this.#isStopping) throw new RestError(500, 'Worker is shutting down')
      return run()
    })
    const settled = mine.catch(() => {})
    this.#queues.set(name, settled)
    try {
      return await mine
    } finally {
      if (this.#queues.get(name) === settled) this.#queues.delete(name)
    }
  }

  async #place ({ name, config, initialState }: NewConnector): Promise<ConnectorRecord> {
    const before = this.#records.get(name)
    if (before !== undefined) await this.#stopAll(before)
    const record = before ?? new ConnectorRecord(name, config, initialState ?? 'STARTED')
    record.config = config
    record.taskConfigs = []
    this.#records.set(name, record)
    const { connector } = await lookUpConnector((await transformConfig(this.#options.config.providers, config)).config, this.#options.plugins)
    record.type = connector.entry.type
    record.version = connector.entry.version
    await this.#startAll(record)
    this.#log.info({ connector: name }, `Created connector ${name}.`)
    return record
  }

  /** Starts connector and tasks as its target state says. Throws a RestError 500 when the connector does not start. */
  async #startAll (record: ConnectorRecord): Promise<void> {
    if (record.target === 'STOPPED') {
      record.status = { state: 'STOPPED', trace: null }
      return
    }
    await this.#startConnector(record)
    await this.#updateTasks(record)
  }

  async #startConnector (record: ConnectorRecord): Promise<void> {
    try {
      await this.worker.startConnector(record.name, record.config)
      record.status = { state: record.target === 'PAUSED' ? 'PAUSED' : 'RUNNING', trace: null }
    } catch (error) {
      record.status = { state: 'FAILED', trace: traceOf(error) }
      throw new RestError(500, `Failed to start connector ${record.name}: ${messageOf(error)}`, { cause: error })
    }
  }

  /** Makes task configurations anew, and starts the tasks anew if they changed. */
  async #updateTasks (record: ConnectorRecord): Promise<void> {
    const connector = this.worker.connector(record.name)
    if (connector === null) return
    let configs: RawConfig[]
    try {
      configs = (await connector.taskConfigs()).map(task => withoutSecrets(record.config, task))
    } catch (error) {
      record.status = { state: 'FAILED', trace: traceOf(error) }
      throw new RestError(500, `Failed to make the task configurations of connector ${record.name}: ${messageOf(error)}`, { cause: error })
    }
    if (isDeepStrictEqual(configs, record.taskConfigs)) return
    await this.worker.stopTasks(idsOf(record))
    record.forgetTasks()
    record.taskConfigs = configs
    await Promise.all(idsOf(record).map(id => this.#startTask(record, id)))
  }

  async #startTask (record: ConnectorRecord, id: TaskId): Promise<void> {
    record.setTask(id.task, 'UNASSIGNED')
    await this.worker.startTask({ id, connectorConfig: record.config, taskConfig: record.taskConfigs[id.task]!, target: record.target === 'PAUSED' ? 'PAUSED' : 'STARTED' })
  }

  async #stopAll (record: ConnectorRecord): Promise<void> {
    await this.worker.stopConnector(record.name)
    await this.worker.stopTasks(idsOf(record))
    record.forgetTasks()
    record.status = { state: 'UNASSIGNED', trace: null }
  }

  async #setTarget (name: string, target: 'STARTED' | 'PAUSED'): Promise<void> {
    await this.#inTurn(name, async () => {
      const record = this.#known(name)
      const wasStopped = record.target === 'STOPPED'
      record.target = target
      if (wasStopped) return await this.#startAll(record)
      this.worker.setTarget(name, target)
      // A failed connector stays so until it is restarted.
      if (record.status.state !== 'FAILED') record.status = { state: target === 'PAUSED' ? 'PAUSED' : 'RUNNING', trace: null }
    })
  }

  async #restart (record: ConnectorRecord, connector: boolean, tasks: readonly TaskId[]): Promise<void> {
    if (connector) {
      await this.worker.stopConnector(record.name)
      if (record.target === 'STOPPED') record.status = { state: 'STOPPED', trace: null }
      else await this.#startConnector(record)
    }
    for (const { task } of tasks) record.setTask(task, 'RESTARTING')
    await this.worker.stopTasks(tasks)
    await Promise.all(tasks.map(id => this.#startTask(record, id)))
    if (connector && record.target !== 'STOPPED') await this.#updateTasks(record)
  }

  async #offsetTarget (record: ConnectorRecord): Promise<OffsetTarget> {
    const { config: worker, plugins, offsets: store, kafka } = this.#options
    const { config } = await transformConfig(worker.providers, record.config)
    const { connector } = await lookUpConnector(config, plugins)
    return { name: record.name, config, connector, worker, store, kafka: await kafka() }
  }

  async #stoppedTarget (name: string): Promise<OffsetTarget> {
    const record = this.#record(name)
    if (record.target !== 'STOPPED' || record.taskConfigs.length > 0) {
      throw new RestError(400, `Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/${name}/stop' endpoint`)
    }
    return await this.#offsetTarget(record)
  }
}

function idsOf ({ name, taskConfigs }: ConnectorRecord): TaskId[] { return taskConfigs.map((_, task) => ({ connector: name, task })) }
