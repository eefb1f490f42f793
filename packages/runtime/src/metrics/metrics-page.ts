import type { Registry } from 'prom-client'
import type { RebalanceStatistics } from '../group/rebalance-statistics.ts'
import type { ConnectorStatus } from '../herder/herder.ts'
import type { Starts, WorkerStatistics } from '../worker/worker-statistics.ts'
import { type TaskMetric, taskMetrics } from './task-metric-list.ts'
import type { TaskWindow } from './task-window.ts'

/** What the page is made from, asked anew for each reading. */
export interface MetricsSource {
  tasks (): Iterable<{ readonly connector: string, readonly task: number, readonly type: 'source' | 'sink', readonly window: TaskWindow }>
  statuses (): Iterable<ConnectorStatus>
  readonly statistics: WorkerStatistics
  /** null: this worker is in no group, or not yet. */
  group (): GroupView | null
}

/** A worker's place in its group. */
export interface GroupView {
  readonly statistics: RebalanceStatistics
  readonly isRebalancing: boolean
  /** Generation of the group. */
  readonly epoch: number
  /** REST address of the leader; empty: none is known. */
  readonly leader: string
  /** Java's name of the protocol in use, such as SESSIONED. */
  readonly protocol: string
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

  const gauge = (name: string, help: string, labelNames: readonly string[], read: (set: (labels: Record<string, string>, value: number) => void) => void): void => {
    new Gauge({ name, help, labelNames: [...labelNames], registers, collect () {
      this.reset()
      read((labels, value) => { this.set(labels, value) })
    } })
  }
  const counter = (name: string, help: string, labelNames: readonly string[], read: (set: (labels: Record<string, string>, value: number) => void) => void): void => {
    new Counter({ name, help, labelNames: [...labelNames], registers, collect () {
      this.reset()
      read((labels, value) => { this.inc(labels, value) })
    } })
  }
  const taskMetric = (metric: TaskMetric): void => {
    const declare = metric.type === 'counter' ? counter : gauge
    declare(metric.name, metric.help, taskLabels, set => {
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
  const ofGroup = (name: string, help: string, read: (group: GroupView) => number | null): void => {
    const declare = name.endsWith('_total') ? counter : gauge
    declare(`connect_worker_rebalance_${name}`, help, [], set => {
      const group = source.group()
      const value = group === null ? null : read(group)
      if (value !== null) set({}, value)
    })
  }
  ofGroup('completed_rebalances_total', 'Rebalances of the group that this worker has completed.', group => group.statistics.completed)
  ofGroup('epoch', 'Generation of the group.', group => group.epoch)
  ofGroup('rebalancing', 'Whether a rebalance is wanted or under way.', group => group.isRebalancing ? 1 : 0)
  ofGroup('rebalance_max_time_ms', 'The longest rebalance, in milliseconds.', group => group.statistics.completed === 0 ? null : group.statistics.maxMs)
  ofGroup('rebalance_avg_time_ms', 'The average rebalance, in milliseconds.', group => group.statistics.averageMs)
  ofGroup('time_since_last_rebalance_ms', 'Milliseconds since the last rebalance ended.', group => group.statistics.sinceLastMs)
  gauge('connect_worker_rebalance_info', 'Protocol of the group and address of its leader, as labels.', ['connect_protocol', 'leader_name'], set => {
    const group = source.group()
    if (group !== null) set({ connect_protocol: group.protocol, leader_name: group.leader }, 1)
  })
  starts('connector', source.statistics.connectors)
  starts('task', source.statistics.tasks)
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
