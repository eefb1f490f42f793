import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { RawConfig, TaskId } from '@tributary/plugin'
import { transformConfig } from '../config/config-transformer.ts'
import { connectorWarnings } from '../config/connector-warnings.ts'
import type { WorkerConfig } from '../config/worker-config.ts'
import type { PluginCatalog } from '../discovery/plugin-catalog.ts'
import { messageOf, traceOf } from '../error-handling/java-error.ts'
import type { OwnedPartition } from '../herder/herder.ts'
import { loggerNames, type Loggers } from '../log/loggers.ts'
import { type Sampling, TaskWindow } from '../metrics/task-window.ts'
import type { OffsetStore, OffsetStores } from '../storage/offset-store.ts'
import { ConfigReloads } from './config-reloads.ts'
import { InlineTask } from './inline-task.ts'
import type { RunningTask } from './running-task.ts'
import type { TaskTarget } from './task-control.ts'
import type { TaskOffsets } from './task-services.ts'
import type { TaskSpec } from './task-spec.ts'
import { type TaskSpecInput, taskSpecOf } from './task-spec-of.ts'
import { ThreadTask } from './thread-task.ts'
import { WorkerConnector } from './worker-connector.ts'
import { WorkerStatistics } from './worker-statistics.ts'

/** A connector gets this long to stop before it is left to itself. */
const connectorStopMs = 5000

/** Kafka allows samples of any length, 0 too. */
const shortestWindowMs = 100

/** Told of everything that happens to connectors and tasks of this worker by themselves; herders keep the statuses. */
export interface WorkerListener {
  connectorFailed (connector: string, trace: string): void
  /** A connector wants its tasks' configurations made again. */
  reconfigure (connector: string): void
  /** Values of config providers in the connector's configuration have expired; it is to be restarted. */
  connectorExpired (connector: string): void
  /** They have changed in the configuration of a task, which is to be restarted. */
  taskExpired (id: TaskId): void
  taskState (id: TaskId, state: 'RUNNING' | 'PAUSED'): void
  taskFailed (id: TaskId, trace: string): void
  topicUsed (id: TaskId, topic: string): void
}

export interface WorkerOptions {
  readonly config: WorkerConfig
  readonly plugins: PluginCatalog
  readonly loggers: Loggers
  readonly offsets: OffsetStores
  readonly listener: WorkerListener
}

/** A task of this worker, running or ended by itself. */
export interface TaskEntry {
  readonly spec: TaskSpec
  readonly running: RunningTask
  readonly window: TaskWindow
  /** Set when the end of the task is wanted. */
  isStopping: boolean
}

/** Whether a connector wants to be restarted when values of config providers expire. */
function followsProviders (config: RawConfig): boolean { return config['config.action.reload']?.trim() !== 'none' }

function keyOf ({ connector, task }: TaskId): string { return `${connector}-${task}` }

/** Runs connectors and tasks, and lets nothing they do reach each other. Knows no target states and no statuses: those are the herder's. */
export class Worker {
  readonly statistics = new WorkerStatistics()
  readonly #options: WorkerOptions
  readonly #connectors = new Map<string, WorkerConnector>()
  readonly #tasks = new Map<string, TaskEntry>()
  /** Tasks between the wish to start them and their start. */
  readonly #starting = new Map<string, symbol>()
  readonly #connectorReloads = new ConfigReloads()
  readonly #taskReloads = new ConfigReloads()

  constructor (options: WorkerOptions) {
    this.#options = options
    setInterval(() => { for (const { window } of this.#tasks.values()) window.nextSample() }, this.#sampling.windowMs).unref()
    options.loggers.onSet((name, level) => {
      for (const { running } of this.#tasks.values()) running.setLogLevel(name, level)
    })
  }

  /** Connectors that were started and not stopped. */
  get connectors (): Iterable<readonly [string, WorkerConnector]> { return this.#connectors }

  /** Tasks that were started and not stopped, failed ones too. */
  get tasks (): Iterable<TaskEntry> { return this.#tasks.values() }

  get #sampling (): Sampling {
    const { values } = this.#options.config
    return { windowMs: Math.max(shortestWindowMs, values['metrics.sample.window.ms']), samples: values['metrics.num.samples'] }
  }

  /** Partitions of a running sink task, if the worker wants to know them; null: none to show. */
  partitionsOf (id: TaskId): readonly OwnedPartition[] | null { return this.#tasks.get(keyOf(id))?.running.partitions ?? null }

  connector (name: string): WorkerConnector | null { return this.#connectors.get(name) ?? null }

  /** Starts a connector, without its tasks. `config` is as stored, with variables. Throws what keeps it from starting. */
  async startConnector (name: string, config: RawConfig): Promise<WorkerConnector> {
    const { config: worker, plugins, loggers, listener } = this.#options
    return await this.statistics.connectors.starting(async () => {
      const { config: resolved, ttlMs } = await transformConfig(worker.providers, config)
      const log = loggers.logger(loggerNames.connector, { connector: name, task: null })
      for (const warning of await connectorWarnings(resolved, plugins)) log.warn({}, warning)
      const connector = await WorkerConnector.start({
        name, config: resolved, plugins, log,
        onReconfigure: () => { listener.reconfigure(name) },
        onFailure: error => { listener.connectorFailed(name, traceOf(error)) }
      })
      this.#connectors.set(name, connector)
      if (ttlMs !== null && followsProviders(resolved)) {
        log.info({ ttlMs }, `Scheduling a restart of connector ${name} in ${ttlMs} ms, when values of its config providers expire.`)
        this.#connectorReloads.plan(name, ttlMs, () => { void this.#lookUpAgain(connector, { name, config, ttlMs }) })
      }
      return connector
    })
  }

  /** Values of a connector have expired: it is restarted, unless there are none now. It goes on with the old ones then. */
  async #lookUpAgain (connector: WorkerConnector, expired: { name: string, config: RawConfig, ttlMs: number }): Promise<void> {
    const { config: { providers }, loggers, listener } = this.#options
    const { name, config, ttlMs } = expired
    const failure = await transformConfig(providers, config).then(() => null, (error: unknown) => ({ error }))
    if (this.#connectors.get(name) !== connector) return
    if (failure === null) {
      listener.connectorExpired(name)
      return
    }
    loggers.logger(loggerNames.connector, { connector: name, task: null }).warn({ err: failure.error, ttlMs }, `Values of config providers have expired and could not be looked up again; the next try follows in ${ttlMs} ms: ${messageOf(failure.error)}`)
    this.#connectorReloads.plan(name, ttlMs, () => { void this.#lookUpAgain(connector, expired) })
  }

  async stopConnector (name: string): Promise<void> {
    const connector = this.#connectors.get(name)
    if (connector === undefined) return
    this.#connectors.delete(name)
    this.#connectorReloads.cancel(name)
    const log = this.#options.loggers.logger(loggerNames.connector, { connector: name, task: null })
    const ended = connector.stop().then(() => true, (error: unknown) => {
      log.error({ err: error }, `The connector failed while it was stopped: ${messageOf(error)}`)
      return true
    })
    if (await Promise.race([ended, sleep(connectorStopMs, false, { ref: false })])) return
    log.error({}, `Connector '${name}' failed to properly shut down, has become unresponsive, and may be consuming external resources. Correct the configuration for this connector or remove the connector. After fixing the connector, it may be necessary to restart this worker to release any consumed resources.`)
  }

  /**
   * Starts a task, unless it is stopped before that; whatever goes wrong, now or later, is told to the listener. `mayStart`: asked by a task
   * with exactly-once when its producer has fenced older ones; rejects with why it may not go on.
   */
  async startTask (input: TaskSpecInput, mayStart: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    const { listener } = this.#options
    const key = keyOf(input.id)
    const start = Symbol(key)
    this.#starting.set(key, start)
    try {
      await this.statistics.tasks.starting(async () => {
        const { spec, ttlMs } = await taskSpecOf(input, this.#options.config, this.#options.plugins)
        const store = spec.type === 'source' ? await this.#options.offsets.open(spec.id.connector, spec.connectorConfig) : null
        if (this.#starting.get(key) !== start) {
          await store?.[Symbol.asyncDispose]()
          return
        }
        const running = this.#run(spec, store, mayStart)
        const entry: TaskEntry = { spec, running, window: new TaskWindow(running.metrics, this.#sampling), isStopping: false }
        this.#tasks.set(key, entry)
        if (followsProviders(spec.connectorConfig)) this.#taskReloads.plan(key, ttlMs, () => { void this.#compare(entry, input, ttlMs) })
        void this.#follow(entry, store)
      })
    } catch (error) {
      if (this.#starting.get(key) === start) listener.taskFailed(input.id, traceOf(error))
    } finally {
      if (this.#starting.get(key) === start) this.#starting.delete(key)
    }
  }

  setTarget (connector: string, target: TaskTarget): void {
    for (const { spec, running } of this.#tasks.values()) if (spec.id.connector === connector) running.setTarget(target)
  }

  /**
   * Stops tasks, together within `task.shutdown.graceful.timeout.ms`; those that take longer are abandoned. Returns the ids of those that ended
   * in time: of the others no status may be written.
   */
  async stopTasks (ids: readonly TaskId[]): Promise<TaskId[]> {
    for (const id of ids) this.#starting.delete(keyOf(id))
    const entries = ids.map(id => this.#tasks.get(keyOf(id))).filter(entry => entry !== undefined)
    for (const entry of entries) {
      this.#taskReloads.cancel(keyOf(entry.spec.id))
      entry.isStopping = true
      entry.running.stop()
    }
    const late = new AbortController()
    const timeout = sleep(this.#options.config.values['task.shutdown.graceful.timeout.ms'], false, { signal: late.signal }).catch(() => false)
    const inTime = await Promise.all(entries.map(async entry => {
      if (await Promise.race([entry.running.ended.then(() => true), timeout])) return [entry.spec.id]
      this.#log(entry.spec.id).error({}, `Graceful stop of task ${keyOf(entry.spec.id)} failed.`)
      await entry.running.abandon()
      return []
    }))
    late.abort()
    for (const entry of entries) if (this.#tasks.get(keyOf(entry.spec.id)) === entry) this.#tasks.delete(keyOf(entry.spec.id))
    return inTime.flat()
  }

  /** Ends all tasks at once, without waiting for them. */
  async abandonAll (): Promise<void> {
    await Promise.all([...this.#tasks.values()].map(entry => {
      entry.isStopping = true
      return entry.running.abandon()
    }))
  }

  /** Values in a task's configuration have expired: it is restarted if they are others now. A look-up that fails is tried again. */
  async #compare (entry: TaskEntry, input: TaskSpecInput, lastTtlMs: number | null): Promise<void> {
    const { config, plugins, listener } = this.#options
    const { id, connectorConfig, taskConfig } = entry.spec
    let next = lastTtlMs
    try {
      const { spec, ttlMs } = await taskSpecOf(input, config, plugins)
      if (this.#tasks.get(keyOf(id)) !== entry || entry.isStopping) return
      if (!isDeepStrictEqual([spec.connectorConfig, spec.taskConfig], [connectorConfig, taskConfig])) {
        listener.taskExpired(id)
        return
      }
      next = ttlMs
    } catch (error) {
      this.#log(id).warn({ err: error }, `Values of config providers have expired and could not be looked up again: ${messageOf(error)}`)
    }
    if (this.#tasks.get(keyOf(id)) === entry && !entry.isStopping) this.#taskReloads.plan(keyOf(id), next, () => { void this.#compare(entry, input, next) })
  }

  #log (id: TaskId) { return this.#options.loggers.logger(loggerNames.worker, id) }

  #run (spec: TaskSpec, store: OffsetStore | null, mayStart: () => Promise<void>): RunningTask {
    const { config, plugins, loggers, listener } = this.#options
    const isCurrent = (): boolean => this.#tasks.get(keyOf(spec.id))?.spec === spec
    const common = {
      spec,
      samples: this.#sampling.samples,
      offsets: taskOffsets(spec.id.connector, store),
      mayStart,
      onState: (state: 'RUNNING' | 'PAUSED') => { if (isCurrent()) listener.taskState(spec.id, state) },
      onTopic: (topic: string) => { listener.topicUsed(spec.id, topic) }
    }
    if (config.values['task.isolation'] === 'inline') return new InlineTask({ ...common, plugins, log: name => loggers.logger(name, spec.id) })
    const memory = spec.connectorConfig['task.memory.max.mb']
    return new ThreadTask({ ...common, plugins: plugins.records, logging: loggers.state, memoryMaxMb: memory === undefined ? config.values['task.memory.max.mb'] : Number(memory) })
  }

  async #closeOffsets (id: TaskId, store: OffsetStore): Promise<void> {
    try {
      await store[Symbol.asyncDispose]()
    } catch (error) {
      this.#log(id).warn({ err: error }, `The offsets of ${id.connector} could not be closed: ${messageOf(error)}`)
    }
  }

  async #follow (entry: TaskEntry, store: OffsetStore | null): Promise<void> {
    const { id } = entry.spec
    const { trace } = await entry.running.ended
    if (this.#tasks.get(keyOf(id)) === entry) this.#taskReloads.cancel(keyOf(id))
    if (store !== null) void this.#closeOffsets(id, store)
    if (trace === null && entry.isStopping) return
    const reason = trace ?? 'org.apache.kafka.connect.errors.ConnectException: The task ended by itself.'
    this.#log(id).error({ trace: reason }, `Task ${keyOf(id)} threw an uncaught and unrecoverable exception. Task is being killed and will not recover until manually restarted`)
    if (this.#tasks.get(keyOf(id)) === entry) this.#options.listener.taskFailed(id, reason)
  }
}

/** The offsets of one source connector, out of their store. A sink has none. */
function taskOffsets (connector: string, store: OffsetStore | null): TaskOffsets {
  if (store === null) {
    const none = (): Promise<never> => Promise.reject(new Error('A sink task keeps no source offsets.'))
    return { read: none, write: none, keys: none, noteWritten: none }
  }
  return {
    read: partitions => store.read(connector, partitions),
    write: entries => store.write(connector, entries),
    keys: async partitions => store.keys(connector, partitions),
    noteWritten: entries => store.noteWritten(connector, entries)
  }
}
