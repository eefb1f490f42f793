import { setTimeout as sleep } from 'node:timers/promises'
import type { Log, RawConfig } from '@tributary/plugin'
import { committedReads, workerClientSettings } from '../../config/client-settings.ts'
import { transformConfig } from '../../config/config-transformer.ts'
import { lookUpConnector } from '../../config/connector-lookup.ts'
import { connectorEntry, type PluginEntry } from '../../config/plugins.ts'
import { validateConnectorConfig, validationError } from '../../config/validate.ts'
import { exactlyOnceSupport, storageTopicSettings, type DistributedWorkerConfig } from '../../config/worker-config.ts'
import type { PluginCatalog } from '../../discovery/plugin-catalog.ts'
import { messageOf } from '../../error-handling/java-error.ts'
import { GroupSession, type Membership } from '../../group/group-session.ts'
import { Leader } from '../../group/leader.ts'
import { protocolName } from '../../group/protocol.ts'
import type { GroupView } from '../../metrics/group-metrics.ts'
import { openKafka, type Admin, type GroupMember } from '../../kafka/index.ts'
import { loggerNames, type Loggers } from '../../log/loggers.ts'
import type { ConfigChange } from '../../storage/config-state.ts'
import { ConfigTopic } from '../../storage/config-topic.ts'
import { ConnectorOffsetStores } from '../../storage/connector-offset-stores.ts'
import type { InternalTopicOptions } from '../../storage/internal-topic.ts'
import { OffsetTopic } from '../../storage/offset-topic.ts'
import { StatusTopic } from '../../storage/status-topic.ts'
import { Worker } from '../../worker/worker.ts'
import { AutomaticRestarts } from '../automatic-restarts.ts'
import { alterConnectorOffsets, connectorOffsets, resetConnectorOffsets, type OffsetTarget } from '../connector-offsets.ts'
import type { ConnectorInfo, ConnectorOffset, ConnectorStatus, Herder, ServerInfo, TargetState, TaskInfo, TaskStatus, WorkerHealth } from '../herder.ts'
import { withPartitions } from '../owned-partitions.ts'
import { RestError } from '../rest-error.ts'
import { askWorker } from '../../rest/forward.ts'
import { LeaderDuties } from './leader-duties.ts'
import { OwnedWork } from './owned-work.ts'
import { verify, type Signature } from './signature.ts'
import { noLeader } from './leader-request.ts'
import { TaskConfigWriter } from './task-config-writer.ts'
import { ZombieFencing } from './zombie-fencing.ts'

/** Requests wait this long for a rebalance to end before they answer 409. */
const rebalancePatienceMs = 15_000
/** Time for another worker to say which partitions its tasks own. */
const statusTimeoutMs = 3000

export interface DistributedHerderOptions {
  readonly config: DistributedWorkerConfig
  readonly plugins: PluginCatalog
  readonly loggers: Loggers
  /** Advertised REST address, with a slash at its end. */
  readonly url: string
  readonly version: string
  /** The worker cannot go on. */
  onFatal (error: unknown): void
}

/** Owner of connector state in a worker that shares its work with others (Java's DistributedHerder). */
export class DistributedHerder implements Herder {
  readonly #options: DistributedHerderOptions
  readonly #log: Log
  readonly #restarts: AutomaticRestarts
  readonly #end = new AbortController()
  readonly #workerId: string
  #admin!: Admin
  #config!: ConfigTopic
  #statuses!: StatusTopic
  #offsets!: OffsetTopic
  #offsetStores!: ConnectorOffsetStores
  #fencing!: ZombieFencing
  #worker!: Worker
  #owned!: OwnedWork
  #member!: GroupMember
  #leader!: Leader
  #session!: GroupSession
  #duties!: LeaderDuties
  #taskConfigs!: TaskConfigWriter
  #running: Promise<void> = Promise.resolve()
  #clusterId = ''
  #isReady = false

  constructor (options: DistributedHerderOptions) {
    this.#options = options
    this.#log = options.loggers.logger(loggerNames.distributed)
    this.#restarts = new AutomaticRestarts(this, this.#log)
    this.#workerId = new URL(options.url).host
  }

  get #state () { return this.#config.state }

  get worker (): Worker { return this.#worker }

  async start (): Promise<void> {
    const { config, plugins, loggers, url } = this.#options
    const kafka = openKafka()
    this.#admin = await kafka.admin(workerClientSettings(config, 'shared-admin'))
    this.#clusterId = await this.#admin.clusterId()
    const committed = (topic: InternalTopicOptions): InternalTopicOptions => ({ ...topic, consumer: { ...topic.consumer, ...committedReads(config) } })
    this.#offsets = await OffsetTopic.open(kafka, this.#admin, committed(this.#topicOptions('offset', 'source connector offsets', config.values['offset.storage.partitions'])))
    this.#offsetStores = new ConnectorOffsetStores({ kafka, worker: config, workers: this.#offsets, log: loggers.logger(loggerNames.offsets) })
    this.#statuses = await StatusTopic.open(kafka, this.#admin, this.#topicOptions('status', 'connector and task statuses', config.values['status.storage.partitions']))
    this.#worker = new Worker({ config, plugins, loggers, offsets: this.#offsetStores, listener: {
      connectorFailed: (connector, trace) => { this.#owned.connectorFailed(connector, trace) },
      reconfigure: connector => { this.#taskConfigs.write(connector) },
      connectorExpired: connector => { this.#reload(connector, -1, () => this.#owned.restartConnector(connector)) },
      taskExpired: id => { this.#reload(id.connector, id.task, () => this.#owned.restartTasks(id.connector, [id.task])) },
      taskState: (id, state) => {
        this.#owned.taskState(id, state)
        if (state === 'RUNNING') this.#restarts.running(id)
      },
      taskFailed: (id, trace) => {
        this.#owned.taskFailed(id, trace)
        if (this.#owned.owns(id.connector, id.task)) this.#restarts.failed(id)
      },
      topicUsed: (id, topic) => { this.#statuses.putTopic({ topic, connector: id.connector, task: id.task, discoveredAt: Date.now() }) }
    } })
    this.#config = await ConfigTopic.open(kafka, this.#admin, {
      ...committed(this.#topicOptions('config', 'connector configurations', 1)),
      leaderProducer: exactlyOnceSupport(config) === 'disabled' ? null : { ...workerClientSettings(config, 'configs-leader'), acks: 'all', 'enable.idempotence': 'true', 'transactional.id': `connect-cluster-${config.values['group.id']}` },
      onChange: change => { this.#changed(change) }
    })
    this.#owned = new OwnedWork({
      worker: this.#worker, config: this.#state, statuses: this.#statuses, log: this.#log, workerId: this.#workerId,
      generation: () => this.#session.membership?.generation ?? 0,
      versionOf: raw => this.#entryOf(raw)?.version ?? null,
      isTransactional: raw => this.#isTransactional(raw),
      fence: (connector, isWanted) => this.#fencing.request(connector, isWanted),
      refreshConfig: () => this.#config.refresh(),
      onTaskConfigsWanted: connector => { this.#taskConfigs.write(connector) }
    })
    this.#leader = new Leader({
      configOffset: () => this.#state.offset,
      configured: () => this.#state.configured(),
      refresh: async () => await Promise.race([this.#config.refresh().then(() => true), sleep(config.values['worker.sync.timeout.ms'], false, { ref: false })])
    }, { maxDelayMs: config.values['scheduled.rebalance.max.delay.ms'], now: () => performance.now() })
    this.#member = await kafka.groupMember(workerClientSettings(config, 'group'), {
      groupId: config.values['group.id'], protocolType: 'connect', sessionTimeoutMs: config.values['session.timeout.ms'],
      rebalanceTimeoutMs: config.values['rebalance.timeout.ms'], heartbeatIntervalMs: config.values['heartbeat.interval.ms']
    })
    this.#session = new GroupSession({
      member: this.#member, leader: this.#leader, protocol: config.values['connect.protocol'] as 'eager' | 'compatible' | 'sessioned', url, log: this.#log,
      syncTimeoutMs: config.values['worker.sync.timeout.ms'], unsyncBackoffMs: config.values['worker.unsync.backoff.ms'], maxDelayMs: config.values['scheduled.rebalance.max.delay.ms'],
      configOffset: () => this.#state.offset,
      refreshConfig: () => this.#config.refresh(),
      stopWork: (work, options) => this.#owned.stop(work, options),
      startWork: work => { this.#owned.start(work) },
      onRebalanced: membership => this.#rebalanced(membership)
    })
    const shared = { config: this.#config, session: this.#session, log: this.#log }
    this.#fencing = new ZombieFencing({ settings: config, config: this.#config, session: this.#session, admin: this.#admin, settled: () => this.#settled() })
    this.#duties = new LeaderDuties({ ...shared, worker: config, statuses: this.#statuses, leader: this.#leader, end: this.#end.signal })
    this.#taskConfigs = new TaskConfigWriter({ ...shared, settings: config, worker: this.#worker, settled: () => this.#settled(), connectorFailed: (connector, reason) => { this.#owned.connectorFailed(connector, reason) } })
    this.#running = this.#session.run(this.#end.signal).catch((error: unknown) => { this.#options.onFatal(error) })
  }

  async stop (): Promise<void> {
    this.#end.abort()
    this.#restarts.close()
    this.#duties?.stop()
    this.#taskConfigs?.stop()
    await this.#running
    await this.#member?.close()
    await this.#statuses?.flush()
    for (const one of [this.#config, this.#statuses, this.#offsets]) await one?.[Symbol.asyncDispose]()
    await this.#admin?.close()
  }

  #topicOptions (store: 'config' | 'offset' | 'status', purpose: string, partitions: number): InternalTopicOptions {
    const { config, loggers } = this.#options
    const key = `${store}.storage.topic` as const
    const settings = workerClientSettings(config, store === 'status' ? 'statuses' : `${store}s`)
    return {
      topic: config.values[key], key, purpose, partitions,
      replicationFactor: config.values[`${store}.storage.replication.factor`],
      settings: storageTopicSettings(config.raw, store),
      consumer: settings,
      producer: { ...settings, acks: 'all', 'delivery.timeout.ms': '2147483647', 'enable.idempotence': 'false' },
      log: loggers.logger(loggerNames.offsets)
    }
  }

  /** A record of the config topic changed something. Called in their order, and must return at once. */
  #changed (change: ConfigChange): void {
    switch (change.kind) {
      case 'connector':
        if (change.isNew) this.#session?.rejoin(`connector ${change.connector} is new`)
        else this.#owned?.configChanged(change.connector)
        return
      case 'connector-removed':
        this.#taskConfigs?.cancel(change.connector)
        this.#session?.rejoin(`connector ${change.connector} was deleted`)
        return
      case 'tasks':
        void this.#owned?.tasksChanged(change.connector).finally(() => { this.#session.rejoin(`connector ${change.connector} has new tasks`) })
        return
      case 'target-state':
        this.#owned?.targetChanged(change.connector)
        return
      case 'restart':
        void this.#restartHere(change.request).catch((error: unknown) => { this.#log.error({ err: error }, `Restart of ${change.request.connector} failed: ${messageOf(error)}`) })
        return
      case 'log-level':
        this.#options.loggers.set(change.logger, change.level.toUpperCase() as Parameters<Loggers['set']>[1])
        return
      case 'session-key':
    }
  }

  async #rebalanced ({ version }: Membership): Promise<void> {
    this.#isReady = true
    this.#duties.stop()
    if (!this.#session.isLeader) {
      await this.#config.resignWritePrivileges()
      return
    }
    await this.#config.claimWritePrivileges()
    this.#duties.begin(version)
  }

  /** Waits for a rebalance to end; rejects with 409 when it takes too long. */
  async #settled (): Promise<void> {
    try {
      await this.#session.settled(AbortSignal.any([this.#end.signal, AbortSignal.timeout(rebalancePatienceMs)]))
    } catch {
      throw new RestError(409, 'Cannot complete request momentarily due to stale configuration (typically caused by a concurrent config change)')
    }
  }

  /** Goes on only on the leader, with the newest configuration; elsewhere the request is sent on. */
  async #asLeader (): Promise<void> {
    await this.#settled()
    if (!this.#session.isLeader) throw this.#sentTo(this.#session.membership?.leaderUrl ?? null)
    await this.#config.refresh()
  }

  #sentTo (url: string | null): RestError {
    return url === null || url === '' ? new RestError(409, noLeader) : new RestError(409, 'Cannot complete request because of a conflicting operation (e.g. worker rebalance)', { forwardTo: url })
  }

  #entryOf (raw: RawConfig): PluginEntry | null { return connectorEntry(this.#options.plugins, raw['connector.class']?.trim() ?? '') }

  #typeOf (raw: RawConfig): ConnectorInfo['type'] { return (this.#entryOf(raw)?.type as 'source' | 'sink' | undefined) ?? 'unknown' }

  /** Whether the tasks of a connector write in transactions. */
  #isTransactional (raw: RawConfig): boolean { return exactlyOnceSupport(this.#options.config) === 'enabled' && this.#typeOf(raw) === 'source' }

  #configOf (connector: string): RawConfig {
    const raw = this.#state.config(connector)
    if (raw === null) throw new RestError(404, `Connector ${connector} not found`)
    return raw
  }

  #info (connector: string, raw: RawConfig): ConnectorInfo {
    return { name: connector, config: raw, tasks: this.#state.tasks(connector).map((_, task) => ({ connector, task })), type: this.#typeOf(raw) }
  }

  serverInfo (): ServerInfo { return { version: this.#options.version, commit: 'unknown', kafka_cluster_id: this.#clusterId } }

  async health (): Promise<WorkerHealth> {
    const patience = AbortSignal.timeout(10_000)
    await this.#session?.settled(patience).catch(() => {})
    if (!this.#isReady) return { status: 'starting', message: 'Worker is still starting up.' }
    return { status: 'healthy', message: 'Worker has completed startup and is ready to handle requests.' }
  }

  async connectors (): Promise<string[]> { return this.#state.connectors() }

  async connectorInfo (name: string): Promise<ConnectorInfo> {
    if (this.#state.config(name) === null) await this.#config.refresh()
    return this.#info(name, this.#configOf(name))
  }

  /** Restarts what has new values of config providers, if it still is ours. */
  #reload (connector: string, task: number, restart: () => Promise<void>): void {
    if (!this.#owned.owns(connector, task)) return
    restart().catch((error: unknown) => { this.#log.error({ connector, err: error }, `Cannot restart ${connector} with new values of config providers: ${messageOf(error)}`) })
  }

  async connectorStatus (name: string): Promise<ConnectorStatus> {
    const status = this.#status(name)
    if (!this.#options.config.values['rest.status.partitions'] || status.type !== 'sink') return status
    return { ...status, tasks: await Promise.all(status.tasks.map(task => this.#withPartitions(name, task))) }
  }

  /** Partitions are known to the worker that runs the task. One that does not answer in time keeps nobody from seeing the rest. */
  async #withPartitions (connector: string, task: TaskStatus): Promise<TaskStatus> {
    if (task.worker_id === this.#workerId || (task.state !== 'RUNNING' && task.state !== 'PAUSED')) return withPartitions(task, this.#worker.partitionsOf({ connector, task: task.id }))
    const { config, url } = this.#options
    try {
      const there = new URL(`${new URL(url).protocol}//${task.worker_id}/connectors/${encodeURIComponent(connector)}/tasks/${task.id}/status`)
      const { status, body } = await askWorker({ worker: config, timeoutMs: statusTimeoutMs }, there, { method: 'GET', body: null, headers: {} })
      return withPartitions(task, status === 200 ? (body as TaskStatus).partitions ?? null : null)
    } catch {
      return task
    }
  }

  #status (name: string): ConnectorStatus {
    const status = this.#statuses.state.connector(name)
    if (status === null) throw new RestError(404, `No status found for connector ${name}`)
    const raw = this.#state.config(name)
    return {
      name,
      connector: shown(status),
      tasks: this.#statuses.state.tasks(name).map(([id, task]) => ({ id, ...shown(task) })),
      type: raw === null ? 'unknown' : this.#typeOf(raw)
    }
  }

  /** This worker's place in its group, for metrics; null before it has joined. */
  group (): GroupView | null {
    if (this.#session === undefined) return null
    const { rebalances, membership, isRebalancing, work } = this.#session
    return { rebalances, coordinator: this.#member.statistics, connectors: work.connectors.length, tasks: work.tasks.length, isRebalancing, epoch: membership?.generation ?? 0, leader: membership?.leaderUrl ?? '', protocol: protocolName(membership?.version ?? null) }
  }

  /** Statuses of the connectors that run here, for metrics. */
  statuses (): ConnectorStatus[] {
    return this.#session.work.connectors.flatMap(name => this.#statuses.state.connector(name) === null ? [] : [this.#status(name)])
  }

  async taskStatus (name: string, task: number): Promise<TaskStatus> {
    const status = this.#statuses.state.task(name, task)
    if (status === null) throw new RestError(404, `No status found for task ${name}-${task}`)
    return withPartitions({ id: task, ...shown(status) }, this.#worker.partitionsOf({ connector: name, task }))
  }

  async tasks (name: string): Promise<TaskInfo[]> {
    this.#configOf(name)
    return this.#state.tasks(name).map((config, task) => ({ id: { connector: name, task }, config }))
  }

  async putConnector (name: string, config: RawConfig, { initialState, allowReplace }: { initialState?: TargetState | undefined, allowReplace: boolean }): Promise<{ created: boolean, info: ConnectorInfo }> {
    const invalid = validationError(await validateConnectorConfig(config, { plugins: this.#options.plugins, worker: this.#options.config }))
    if (invalid !== null) throw invalid
    await this.#asLeader()
    const exists = this.#state.config(name) !== null
    if (exists && !allowReplace) throw new RestError(409, `Connector ${name} already exists`)
    const tasks = this.#info(name, config).tasks
    await this.#config.putConnector(name, config, initialState)
    return { created: !exists, info: { ...this.#info(name, config), tasks } }
  }

  async patchConnector (name: string, patch: Readonly<Record<string, string | null>>): Promise<ConnectorInfo> {
    await this.#asLeader()
    const patched: Record<string, string> = { ...this.#configOf(name) }
    for (const [key, value] of Object.entries(patch)) {
      if (value === null) delete patched[key]
      else patched[key] = value
    }
    return (await this.putConnector(name, patched, { allowReplace: true })).info
  }

  async deleteConnector (name: string, { resetOffsets }: { resetOffsets: boolean }): Promise<void> {
    await this.#asLeader()
    this.#configOf(name)
    await using target = resetOffsets ? await this.#offsetTarget(name) : null
    await this.#config.removeConnector(name)
    if (target === null) return
    // What it had read is forgotten once nobody can write it any more.
    await this.#settled()
    await resetConnectorOffsets(target)
  }

  async pauseConnector (name: string): Promise<void> { await this.#setTarget(name, 'PAUSED') }

  async resumeConnector (name: string): Promise<void> { await this.#setTarget(name, 'STARTED') }

  async #setTarget (name: string, state: TargetState): Promise<void> {
    if (this.#state.config(name) === null) throw new RestError(404, `Unknown connector ${name}`)
    await this.#config.putTargetState(name, state)
  }

  async stopConnector (name: string): Promise<void> {
    await this.#asLeader()
    if (this.#state.config(name) === null) throw new RestError(404, `Unknown connector ${name}`)
    await this.#config.putTasks(name, [])
    await this.#config.putTargetState(name, 'STOPPED')
    await this.#config.refresh()
  }

  async restartConnector (name: string, options: { includeTasks: boolean, onlyFailed: boolean }): Promise<ConnectorStatus | null> {
    if (options.includeTasks || options.onlyFailed) return await this.#planRestart(name, options)
    await this.#settled()
    if (this.#state.config(name) === null) throw new RestError(404, `Unknown connector: ${name}`)
    if (this.#owned.owns(name)) await this.#owned.restartConnector(name)
    else throw this.#sentTo(this.#session.isLeader ? this.#leader.owners.urlOf(name) : this.#session.membership?.leaderUrl ?? null)
    return null
  }

  async #planRestart (name: string, request: { includeTasks: boolean, onlyFailed: boolean }): Promise<ConnectorStatus> {
    await this.#asLeader()
    if (this.#state.config(name) === null) throw new RestError(404, `Unknown connector: ${name}`)
    if (this.#statuses.state.connector(name) === null) throw new RestError(404, `Status for connector ${name} not found`)
    const status = await this.connectorStatus(name)
    const planned = (state: string): boolean => !request.onlyFailed || state === 'FAILED'
    await this.#config.putRestart({ connector: name, ...request })
    return {
      ...status,
      connector: planned(status.connector.state) ? { ...status.connector, state: 'RESTARTING' } : status.connector,
      tasks: status.tasks.map(task => request.includeTasks && planned(task.state) ? { ...task, state: 'RESTARTING' as const } : task)
    }
  }

  async #restartHere ({ connector, includeTasks, onlyFailed }: { connector: string, includeTasks: boolean, onlyFailed: boolean }): Promise<void> {
    const { state } = this.#statuses
    const planned = (current: string | undefined): boolean => !onlyFailed || current === 'FAILED'
    const tasks = includeTasks ? state.tasks(connector).filter(([task, status]) => this.#owned.owns(connector, task) && planned(status.state)).map(([task]) => task) : []
    if (this.#owned.owns(connector) && planned(state.connector(connector)?.state)) await this.#owned.restartConnector(connector).catch((error: unknown) => { this.#log.warn({ connector }, messageOf(error)) })
    if (tasks.length > 0) await this.#owned.restartTasks(connector, tasks)
  }

  async restartTask (name: string, task: number): Promise<void> {
    await this.#settled()
    if (this.#state.config(name) === null) throw new RestError(404, `Unknown connector: ${name}`)
    if (task >= this.#state.tasks(name).length) throw new RestError(404, `Unknown task: ${name}-${task}`)
    if (this.#owned.owns(name, task)) await this.#owned.restartTasks(name, [task])
    else throw this.#sentTo(this.#session.isLeader ? this.#leader.owners.urlOf(name, task) : this.#session.membership?.leaderUrl ?? null)
  }

  async activeTopics (name: string): Promise<string[]> { return this.#statuses.state.topics(name).map(use => use.topic) }

  async resetActiveTopics (name: string): Promise<void> { this.#statuses.resetTopics(name) }

  async offsets (name: string): Promise<ConnectorOffset[]> {
    await using target = await this.#offsetTarget(name)
    return await connectorOffsets(target)
  }

  async alterOffsets (name: string, offsets: readonly ConnectorOffset[]): Promise<string> {
    await using target = await this.#stoppedTarget(name)
    return await alterConnectorOffsets(target, offsets)
  }

  async resetOffsets (name: string): Promise<string> {
    await using target = await this.#stoppedTarget(name)
    return await resetConnectorOffsets(target)
  }

  async #offsetTarget (name: string): Promise<OffsetTarget & AsyncDisposable> {
    const { config: worker, plugins } = this.#options
    const { config } = await transformConfig(worker.providers, this.#configOf(name))
    const { connector } = await lookUpConnector(config, plugins)
    const store = await this.#offsetStores.open(name, connector.entry.type === 'source' ? config : {})
    return { name, config, connector, worker, kafka: openKafka(), store, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() }
  }

  async #stoppedTarget (name: string): Promise<OffsetTarget & AsyncDisposable> {
    await this.#asLeader()
    const raw = this.#configOf(name)
    if (this.#state.targetState(name) === 'STOPPED' && this.#state.tasks(name).length === 0) {
      // A task that was abandoned may still write in its transactions.
      if (this.#isTransactional(raw)) await this.#fencing.fence(name)
      return await this.#offsetTarget(name)
    }
    throw new RestError(400, `Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/${name}/stop' endpoint`)
  }

  async putTaskConfigs (name: string, configs: readonly RawConfig[], signature: Signature | null, body: Uint8Array): Promise<void> {
    this.#checkSignature(signature, body)
    await this.#asLeader()
    this.#configOf(name)
    await this.#config.putTasks(name, configs)
  }

  #checkSignature (signature: Signature | null, body: Uint8Array): void {
    if ((this.#session.membership?.version ?? 0) >= 2) verify(body, signature, this.#state.sessionKey, this.#options.config.values['inter.worker.verification.algorithms'])
  }

  async fence (name: string, signature: Signature | null): Promise<void> {
    this.#checkSignature(signature, new Uint8Array())
    await this.#asLeader()
    this.#configOf(name)
    await this.#fencing.fence(name)
  }

  async setClusterLogLevel (logger: string, level: string): Promise<void> { await this.#config.putLogLevel(logger, level) }
}

/** A status as REST shows it: without an empty trace. */
function shown<S> ({ state, trace, workerId, version }: { state: S, trace: string | null, workerId: string, version: string | null }): { state: S, worker_id: string, version: string | null, trace?: string } {
  return { state, worker_id: workerId, version, ...trace === null || trace === '' ? {} : { trace } }
}
