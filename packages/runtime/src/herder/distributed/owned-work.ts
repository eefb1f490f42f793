import { setTimeout as sleep } from 'node:timers/promises'
import type { Log, RawConfig, TaskId } from '@tributary/plugin'
import { messageOf, traceOf } from '../../error-handling/java-error.ts'
import type { Work } from '../../group/protocol.ts'
import { noWork } from '../../group/protocol.ts'
import type { ConfigState } from '../../storage/config-state.ts'
import type { StatusTopic } from '../../storage/status-topic.ts'
import type { Worker } from '../../worker/worker.ts'
import type { ConnectorState, TaskState } from '../herder.ts'
import { RestError } from '../rest-error.ts'

/** Connectors get this long to end what they do when their work moves away; then it moves without them. */
const moveMs = 10_000
/** Time to see what others say of a task, before its failure is told. */
const refreshMs = 3000

export interface OwnedWorkOptions {
  readonly worker: Worker
  readonly config: ConfigState
  readonly statuses: StatusTopic
  readonly log: Log
  readonly workerId: string
  /** Group generation, for statuses. */
  generation (): number
  versionOf (config: RawConfig): string | null
  /** Whether the tasks of this connector write in transactions (KIP-618). */
  isTransactional (config: RawConfig): boolean
  /** Makes sure that older tasks of a connector cannot write in transactions any more; gives up when it is not wanted any more. */
  fence (connector: string, isWanted: () => boolean): Promise<void>
  /** Reads the config topic to its end of now. */
  refreshConfig (): Promise<void>
  /** A connector runs that did not before, or wants its tasks made again. */
  onTaskConfigsWanted (connector: string): void
}

const taskKey = ({ connector, task }: TaskId): string => `${connector}\u0000${task}`

/**
 * Runs what the group gave to this worker. Everything that concerns one connector happens in a lane of its own, one thing after the other, so
 * a connector that hangs keeps nobody waiting but itself.
 */
export class OwnedWork {
  readonly #options: OwnedWorkOptions
  readonly #lanes = new Map<string, Promise<void>>()
  #wanted: Work = noWork
  readonly #connectors = new Set<string>()
  readonly #tasks = new Map<string, TaskId>()

  constructor (options: OwnedWorkOptions) { this.#options = options }

  owns (connector: string, task = -1): boolean {
    return task === -1 ? this.#wanted.connectors.includes(connector) : this.#wanted.tasks.some(one => one.connector === connector && one.task === task)
  }

  /** Makes this worker run exactly `work`, as the configuration says now. Returns at once. */
  start (work: Work): void {
    this.#wanted = work
    for (const connector of work.connectors) if (!this.#connectors.has(connector)) void this.#inLane(connector, () => this.#startConnector(connector))
    const byConnector = Map.groupBy(work.tasks, ({ connector }) => connector)
    for (const [connector, tasks] of byConnector) void this.#inLane(connector, async () => { await this.#startTasks(connector, tasks.map(({ task }) => task)) })
  }

  /**
   * Stops work; resolves when it can do no more harm, or when its connectors have taken too long. `isLost`: other workers may run it already, so
   * no status is written.
   */
  async stop (work: Work, { isLost }: { isLost: boolean }): Promise<void> {
    const less = new Set(work.tasks.map(taskKey))
    this.#wanted = { connectors: this.#wanted.connectors.filter(connector => !work.connectors.includes(connector)), tasks: this.#wanted.tasks.filter(id => !less.has(taskKey(id))) }
    const names = new Set([...work.connectors, ...work.tasks.map(({ connector }) => connector)])
    // Tasks first and at once, whatever the lanes are busy with: they are what may not run twice.
    const stopped = this.#stopTasks(work.tasks, { isSilent: isLost })
    const lanes = [...names].map(connector => this.#inLane(connector, async () => { if (work.connectors.includes(connector)) await this.#stopConnector(connector, { isSilent: isLost }) }))
    await Promise.all([stopped, Promise.race([Promise.all(lanes), sleep(moveMs, undefined, { ref: false })])])
    await Promise.race([this.#options.statuses.flush(), sleep(moveMs, undefined, { ref: false })])
  }

  /** New task configurations were committed: the tasks here are of the past. Resolves when they are stopped. */
  async tasksChanged (connector: string): Promise<void> {
    const ids = [...this.#tasks.values()].filter(id => id.connector === connector)
    await this.#stopTasks(ids)
  }

  /** The connector has a new configuration. */
  configChanged (connector: string): void {
    void this.#inLane(connector, async () => {
      if (!this.owns(connector)) return
      await this.#options.worker.stopConnector(connector)
      this.#connectors.delete(connector)
      await this.#startConnector(connector)
    })
  }

  /** The connector is to be paused, resumed or stopped. */
  targetChanged (connector: string): void {
    void this.#inLane(connector, async () => { await this.#applyTarget(connector) })
  }

  /** Stops and starts the connector object; rejects with why it did not start. */
  async restartConnector (connector: string): Promise<void> {
    await this.#lane(connector, async () => {
      this.#status(connector, 'RESTARTING')
      await this.#options.worker.stopConnector(connector)
      this.#connectors.delete(connector)
      const error = await this.#startConnector(connector)
      if (error !== null) throw new RestError(500, `Failed to start connector: ${connector}`, { cause: error })
    })
  }

  async restartTasks (connector: string, tasks: readonly number[]): Promise<void> {
    await this.#lane(connector, async () => {
      const mine = tasks.filter(task => this.owns(connector, task))
      for (const task of mine) this.#taskStatus({ connector, task }, 'RESTARTING')
      await this.#stopTasks(mine.map(task => ({ connector, task })), { isSilent: true })
      await this.#startTasks(connector, mine)
    })
  }

  connectorFailed (connector: string, trace: string): void { this.#status(connector, 'FAILED', trace) }

  taskState (id: TaskId, state: 'RUNNING' | 'PAUSED'): void { if (this.owns(id.connector, id.task)) this.#taskStatus(id, state) }

  taskFailed (id: TaskId, trace: string): void {
    const { statuses } = this.#options
    const failed = this.#tasks.get(taskKey(id))
    // A worker that was out of touch for a while may not know yet that the task runs elsewhere, and that this is why it failed here.
    void Promise.race([statuses.refresh().catch(() => {}), sleep(refreshMs, undefined, { ref: false })]).then(() => {
      if (this.owns(id.connector, id.task) && this.#tasks.get(taskKey(id)) === failed) this.#taskStatus(id, 'FAILED', trace)
    })
  }

  async #startConnector (connector: string): Promise<unknown> {
    const { worker, config, log, onTaskConfigsWanted } = this.#options
    const raw = config.config(connector)
    if (raw === null || !this.owns(connector)) return null
    const target = config.targetState(connector)
    this.#connectors.add(connector)
    if (target === 'STOPPED') {
      this.#status(connector, 'STOPPED')
      return null
    }
    try {
      await worker.startConnector(connector, raw)
    } catch (error) {
      log.error({ connector, err: error }, `Failed to start connector '${connector}': ${messageOf(error)}`)
      if (this.owns(connector)) this.#status(connector, 'FAILED', traceOf(error))
      return error
    }
    if (!this.owns(connector)) {
      // It was taken away while it started.
      await worker.stopConnector(connector)
      this.#connectors.delete(connector)
      return null
    }
    this.#status(connector, target === 'PAUSED' ? 'PAUSED' : 'RUNNING')
    if (target === 'STARTED') onTaskConfigsWanted(connector)
    return null
  }

  async #stopConnector (connector: string, { isSilent }: { isSilent: boolean }): Promise<void> {
    if (!this.#connectors.delete(connector)) return
    await this.#options.worker.stopConnector(connector)
    if (!isSilent && this.#options.config.config(connector) !== null) this.#status(connector, 'UNASSIGNED')
  }

  async #startTasks (connector: string, tasks: readonly number[]): Promise<void> {
    const { config, isTransactional } = this.#options
    const raw = config.config(connector)
    if (raw === null) return
    const missing = (): TaskId[] => tasks.map(task => ({ connector, task })).filter(id => config.tasks(connector)[id.task] !== undefined && !this.#tasks.has(taskKey(id)) && this.owns(connector, id.task))
    if (!isTransactional(raw)) {
      for (const id of missing()) await this.#startTask(id)
      return
    }
    const generation = config.taskGeneration(connector)
    const isCurrent = (): boolean => config.taskGeneration(connector) === generation && missing().length > 0
    if (!isCurrent()) return
    try {
      await this.#options.fence(connector, isCurrent)
    } catch (error) {
      for (const id of missing()) this.taskFailed(id, traceOf(error))
      return
    }
    // Newer configurations come with a start of their own.
    if (!isCurrent()) return
    for (const id of missing()) await this.#startTask(id, async () => { await this.#checkStart(id, generation) })
  }

  async #startTask (id: TaskId, mayStart?: () => Promise<void>): Promise<void> {
    const { worker, config } = this.#options
    const raw = config.config(id.connector)
    const taskConfig = config.tasks(id.connector)[id.task]
    if (raw === null || taskConfig === undefined) return
    this.#tasks.set(taskKey(id), id)
    await worker.startTask({ id, connectorConfig: raw, taskConfig, target: config.targetState(id.connector) === 'PAUSED' ? 'PAUSED' : 'STARTED' }, mayStart)
  }

  /** After the producer of a task has fenced older ones: the task may be old itself by now. Java's words. */
  async #checkStart ({ connector, task }: TaskId, generation: number): Promise<void> {
    const { config, refreshConfig } = this.#options
    await refreshConfig()
    const reason = config.taskGeneration(connector) !== generation ? 'the connector has already generated a new set of task configs' : this.owns(connector, task) ? null : 'it has already been revoked from this worker'
    if (reason !== null) throw new Error(`Cannot start source task ${connector}-${task} with exactly-once support as ${reason}`)
  }

  async #stopTasks (ids: readonly TaskId[], { isSilent = false } = {}): Promise<void> {
    const mine = ids.filter(id => this.#tasks.delete(taskKey(id)))
    if (mine.length === 0) return
    const inTime = await this.#options.worker.stopTasks(mine)
    if (isSilent) return
    for (const id of inTime) if (this.#options.config.tasks(id.connector).length > id.task) this.#taskStatus(id, 'UNASSIGNED')
  }

  async #applyTarget (connector: string): Promise<void> {
    const { worker, config, statuses, onTaskConfigsWanted } = this.#options
    const target = config.targetState(connector)
    if (target !== 'STOPPED') worker.setTarget(connector, target)
    if (!this.owns(connector)) return
    const state = statuses.state.connector(connector)?.state
    if (target === 'STOPPED') {
      await worker.stopConnector(connector)
      this.#status(connector, 'STOPPED')
    } else if (worker.connector(connector) === null) {
      // Stopped, or failed at its start: a failed one needs a restart, as in Java.
      if (state !== 'FAILED') await this.#startConnector(connector)
    } else if (state !== 'FAILED') {
      this.#status(connector, target === 'PAUSED' ? 'PAUSED' : 'RUNNING')
      if (target === 'STARTED') onTaskConfigsWanted(connector)
    }
  }

  #version (connector: string): string | null {
    const raw = this.#options.config.config(connector)
    return raw === null ? null : this.#options.versionOf(raw)
  }

  #status (connector: string, state: ConnectorState, trace: string | null = null): void {
    const { statuses, workerId, generation } = this.#options
    statuses.putConnector(connector, { state, trace, workerId, generation: generation(), version: this.#version(connector) }, { safe: state === 'UNASSIGNED' || state === 'FAILED' })
  }

  #taskStatus ({ connector, task }: TaskId, state: TaskState, trace: string | null = null): void {
    const { statuses, workerId, generation } = this.#options
    statuses.putTask(connector, task, { state, trace, workerId, generation: generation(), version: this.#version(connector) }, { safe: state === 'UNASSIGNED' || state === 'FAILED' })
  }

  /** Does something in the lane of a connector; the result rejects as the work does. */
  async #lane (connector: string, work: () => Promise<void>): Promise<void> {
    const before = this.#lanes.get(connector) ?? Promise.resolve()
    const result = before.then(work)
    const quiet = result.catch(() => {})
    this.#lanes.set(connector, quiet)
    try {
      await result
    } finally {
      if (this.#lanes.get(connector) === quiet) this.#lanes.delete(connector)
    }
  }

  /** The same for work that nobody waits for: an error is logged. */
  #inLane (connector: string, work: () => Promise<unknown>): Promise<void> {
    return this.#lane(connector, async () => { await work() }).catch((error: unknown) => {
      this.#options.log.error({ connector, err: error }, `Something went wrong with connector ${connector}: ${messageOf(error)}`)
    })
  }
}
