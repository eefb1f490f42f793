import type { ConnectorStatus, ServerInfo } from '../herder/herder.ts'
import type { Starts, WorkerStatistics } from '../worker/worker-statistics.ts'
import type { Declare, Read } from './declare.ts'
import { declareGroup, type GroupView } from './group-metrics.ts'
import { declarePlugins, type PluginUse } from './plugin-metrics.ts'
import { type TaskMetric, taskMetrics } from './task-metric-list.ts'
import type { TaskWindow } from './task-window.ts'

/** What metrics are read from, asked anew for each reading. */
export interface MetricsSource extends PluginUse {
  /** null: the worker is still starting. */
  serverInfo (): Pick<ServerInfo, 'version' | 'commit'> | null
  tasks (): Iterable<{ readonly connector: string, readonly task: number, readonly type: 'source' | 'sink', readonly window: TaskWindow }>
  statuses (): Iterable<ConnectorStatus>
  /** null: the worker is still starting. */
  statistics (): WorkerStatistics | null
  /** null: this worker is in no group, or not yet. */
  group (): GroupView | null
}

export const taskLabels = ['connector', 'task'] as const
const taskStates = ['RUNNING', 'PAUSED', 'FAILED', 'UNASSIGNED', 'RESTARTING'] as const

/** All metrics of a worker but those that plugins have of their own. Named after Kafka Connect's MBeans: group, then attribute. */
export function declareMetrics (declare: Declare, source: MetricsSource): void {
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
  const starts = (what: 'connector' | 'task'): void => {
    const read = (figure: (starts: Starts) => number | null): Read => set => {
      const statistics = source.statistics()
      const value = statistics === null ? null : figure(statistics[`${what}s`])
      if (value !== null) set({}, value)
    }
    const part = (figure: (starts: Starts) => number): Read => read(all => all.attempts === 0 ? null : figure(all) / all.attempts)
    counter(`connect_worker_${what}_startup_attempts_total`, `Starts of a ${what}.`, [], read(({ attempts }) => attempts))
    counter(`connect_worker_${what}_startup_success_total`, `Starts of a ${what} that worked.`, [], read(({ successes }) => successes))
    counter(`connect_worker_${what}_startup_failure_total`, `Starts of a ${what} that failed.`, [], read(({ failures }) => failures))
    gauge(`connect_worker_${what}_startup_success_percentage`, `Starts of a ${what} that worked, as a part of all, from 0 to 1.`, [], part(({ successes }) => successes))
    gauge(`connect_worker_${what}_startup_failure_percentage`, `Starts of a ${what} that failed, as a part of all, from 0 to 1.`, [], part(({ failures }) => failures))
  }
  starts('connector')
  starts('task')
  declareGroup(declare, () => source.group())
  declarePlugins(declare, source)
  gauge('connect_app_info', 'Version of the worker, as labels.', ['version', 'commit_id'], set => {
    const info = source.serverInfo()
    if (info !== null) set({ version: info.version, commit_id: info.commit }, 1)
  })
  gauge('connect_app_info_start_time_ms', 'When the worker was started: milliseconds since 1970.', [], set => { set({}, Math.round(performance.timeOrigin)) })
}
