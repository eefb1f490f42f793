import type { Registry } from 'prom-client'
import type { ConnectorStatus, ServerInfo } from '../herder/herder.ts'
import type { Starts, WorkerStatistics } from '../worker/worker-statistics.ts'
import type { Declare } from './declare.ts'
import { declareGroup, type GroupView } from './group-metrics.ts'
import { declarePlugins, type PluginUse } from './plugin-metrics.ts'
import { type TaskMetric, taskMetrics } from './task-metric-list.ts'
import type { TaskWindow } from './task-window.ts'

/** What the page is made from, asked anew for each reading. */
export interface MetricsSource extends PluginUse {
  serverInfo (): Pick<ServerInfo, 'version' | 'commit'>
  tasks (): Iterable<{ readonly connector: string, readonly task: number, readonly type: 'source' | 'sink', readonly window: TaskWindow }>
  statuses (): Iterable<ConnectorStatus>
  readonly statistics: WorkerStatistics
  /** null: this worker is in no group, or not yet. */
  group (): GroupView | null
}

const taskLabels = ['connector', 'task'] as const
const taskStates = ['RUNNING', 'PAUSED', 'FAILED', 'UNASSIGNED', 'RESTARTING'] as const

/** The page `/metrics`. Loads prom-client when it is first read: most starts of a worker are over before that. */
export class MetricsPage {
  readonly contentType = 'text/plain; version=0.0.4; charset=utf-8' as Registry['contentType']
  readonly #source: MetricsSource
  #registry: Promise<{ registry: Registry, declareCounters: () => void }> | undefined

  constructor (source: MetricsSource) { this.#source = source }

  async metrics (): Promise<string> {
    this.#registry ??= newRegistry(this.#source)
    const { registry, declareCounters } = await this.#registry
    declareCounters()
    return await registry.metrics()
  }
}

async function newRegistry (source: MetricsSource): Promise<{ registry: Registry, declareCounters: () => void }> {
  const { Registry, Gauge, Counter } = (await import('prom-client')).default
  const registry = new Registry()
  const registers = [registry]

  const declare: Declare = {
    gauge (name, help, labelNames, read) {
      new Gauge({ name, help, labelNames: [...labelNames], registers, collect () {
        this.reset()
        read((labels, value) => { this.set(labels, value) })
      } })
    },
    counter (name, help, labelNames, read) {
      new Counter({ name, help, labelNames: [...labelNames], registers, collect () {
        this.reset()
        read((labels, value) => { this.inc(labels, value) })
      } })
    }
  }
  const { gauge, counter } = declare
  const taskMetric = (metric: TaskMetric): void => {
    declare[metric.type](metric.name, metric.help, taskLabels, set => {
      for (const { connector, task, type, window } of source.tasks()) {
        const value = metric.of.includes(type) ? metric.read(window) : null
        if (value !== null) set({ connector, task: String(task) }, value)
      }
    })
  }
  for (const metric of taskMetrics) taskMetric(metric)

  gauge('connect_connector_status', 'State of each connector: 1 beside the state it is in.', ['connector', 'type', 'status'], set => {
    for (const { name, type, connector } of source.statuses()) set({ connector: name, type, status: connector.state.toLowerCase() }, 1)
  })
  gauge('connect_connector_task_status', 'State of each task: 1 beside the state it is in.', ['connector', 'task', 'status'], set => {
    for (const { name, tasks } of source.statuses()) for (const { id, state } of tasks) set({ connector: name, task: String(id), status: state.toLowerCase() }, 1)
  })
  gauge('connect_worker_connector_count', 'Connectors of this worker.', [], set => { set({}, [...source.statuses()].length) })
  gauge('connect_worker_task_count', 'Tasks of this worker.', [], set => { set({}, [...source.tasks()].length) })
  gauge('connect_worker_connector_total_task_count', 'Tasks of a connector.', ['connector'], set => {
    for (const { name, tasks } of source.statuses()) set({ connector: name }, tasks.length)
  })
  for (const state of taskStates) {
    const word = state.toLowerCase()
    gauge(`connect_worker_connector_${word}_task_count`, `Tasks of a connector that are ${word}.`, ['connector'], set => {
      for (const { name, tasks } of source.statuses()) set({ connector: name }, tasks.filter(task => task.state === state).length)
    })
  }
  const starts = (what: 'connector' | 'task', of: Starts): void => {
    counter(`connect_worker_${what}_startup_attempts_total`, `Starts of a ${what}.`, [], set => { set({}, of.attempts) })
    counter(`connect_worker_${what}_startup_success_total`, `Starts of a ${what} that worked.`, [], set => { set({}, of.successes) })
    counter(`connect_worker_${what}_startup_failure_total`, `Starts of a ${what} that failed.`, [], set => { set({}, of.failures) })
    gauge(`connect_worker_${what}_startup_success_percentage`, `Starts of a ${what} that worked, as a part of all, from 0 to 1.`, [], set => { if (of.attempts > 0) set({}, of.successes / of.attempts) })
    gauge(`connect_worker_${what}_startup_failure_percentage`, `Starts of a ${what} that failed, as a part of all, from 0 to 1.`, [], set => { if (of.attempts > 0) set({}, of.failures / of.attempts) })
  }
  starts('connector', source.statistics.connectors)
  starts('task', source.statistics.tasks)
  declareGroup(declare, () => source.group())
  declarePlugins(declare, source)
  gauge('connect_app_info', 'Version of the worker, as labels.', ['version', 'commit_id'], set => {
    const { version, commit } = source.serverInfo()
    set({ version, commit_id: commit }, 1)
  })
  gauge('connect_app_info_start_time_ms', 'When the worker was started: milliseconds since 1970.', [], set => { set({}, Math.round(performance.timeOrigin)) })
  const declared = new Set<string>()
  const declareCounters = (): void => {
    for (const { window: { metrics } } of source.tasks()) {
      for (const { name, help } of metrics.counters()) {
        if (declared.has(name)) continue
        declared.add(name)
        counter(`connect_plugins_${name}_total`, help, taskLabels, set => {
          for (const { connector, task, window: { metrics } } of source.tasks()) {
            for (const own of metrics.counters()) if (own.name === name) set({ connector, task: String(task) }, own.value)
          }
        })
      }
    }
  }
  return { registry, declareCounters }
}
