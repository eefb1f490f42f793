import type { GroupStatistics } from '../kafka/group-statistics.ts'
import type { Declare } from './declare.ts'
import type { Timed } from './timed.ts'

/** A worker's place in its group. */
export interface GroupView {
  /** From the wish for a rebalance until the work of this worker is started. */
  readonly rebalances: Timed
  readonly coordinator: GroupStatistics
  readonly isRebalancing: boolean
  /** Generation of the group. */
  readonly epoch: number
  /** REST address of the leader; empty: none is known. */
  readonly leader: string
  /** Java's name of the protocol in use, such as SESSIONED. */
  readonly protocol: string
  readonly connectors: number
  readonly tasks: number
}

function inSeconds (ms: number | null): number | null { return ms === null ? null : ms / 1000 }

/** The metrics of the worker's group, and of what it asks the coordinator. None while there is no group. */
export function declareGroup (declare: Declare, group: () => GroupView | null): void {
  const one = (name: string, help: string, read: (group: GroupView) => number | null): void => {
    declare[name.endsWith('_total') ? 'counter' : 'gauge'](`connect_${name}`, help, [], set => {
      const view = group()
      const value = view === null ? null : read(view)
      if (value !== null) set({}, value)
    })
  }
  one('worker_rebalance_completed_rebalances_total', 'Rebalances of the group that this worker has completed.', ({ rebalances }) => rebalances.count)
  one('worker_rebalance_epoch', 'Generation of the group.', ({ epoch }) => epoch)
  one('worker_rebalance_rebalancing', 'Whether a rebalance is wanted or under way.', ({ isRebalancing }) => isRebalancing ? 1 : 0)
  one('worker_rebalance_rebalance_max_time_ms', 'The longest rebalance, in milliseconds.', ({ rebalances }) => rebalances.count === 0 ? null : rebalances.maxMs)
  one('worker_rebalance_rebalance_avg_time_ms', 'The average rebalance, in milliseconds.', ({ rebalances }) => rebalances.averageMs)
  one('worker_rebalance_time_since_last_rebalance_ms', 'Milliseconds since the last rebalance ended.', ({ rebalances }) => rebalances.sinceLastMs)
  declare.gauge('connect_worker_rebalance_info', 'Protocol of the group and address of its leader, as labels.', ['connect_protocol', 'leader_name'], set => {
    const view = group()
    if (view !== null) set({ connect_protocol: view.protocol, leader_name: view.leader }, 1)
  })

  one('coordinator_assigned_connectors', 'Connectors that the group gave to this worker.', ({ connectors }) => connectors)
  one('coordinator_assigned_tasks', 'Tasks that the group gave to this worker.', ({ tasks }) => tasks)
  one('coordinator_heartbeat_total', 'Heartbeats that the coordinator answered.', ({ coordinator }) => coordinator.heartbeats.count)
  one('coordinator_heartbeat_response_time_max', 'The longest wait for the answer to a heartbeat, in milliseconds.', ({ coordinator: { heartbeats } }) => heartbeats.count === 0 ? null : heartbeats.maxMs)
  one('coordinator_last_heartbeat_seconds_ago', 'Seconds since the coordinator last answered a heartbeat.', ({ coordinator }) => inSeconds(coordinator.heartbeats.sinceLastMs))
  const timed = (name: string, what: string, time: string, of: (statistics: GroupStatistics) => Timed): void => {
    one(`coordinator_${name}_total`, `${what}.`, ({ coordinator }) => of(coordinator).count)
    one(`coordinator_${name}_${time}_avg`, `${what}: average time in milliseconds.`, ({ coordinator }) => of(coordinator).averageMs)
    one(`coordinator_${name}_${time}_max`, `${what}: longest time in milliseconds.`, ({ coordinator }) => of(coordinator).count === 0 ? null : of(coordinator).maxMs)
  }
  timed('join', 'Joins of the group', 'time', ({ joins }) => joins)
  timed('sync', 'Assignments fetched', 'time', ({ syncs }) => syncs)
  timed('rebalance', 'Joins until the assignment was there', 'latency', ({ rebalances }) => rebalances)
  one('coordinator_rebalance_latency_total', 'Milliseconds spent in joins until the assignment was there.', ({ coordinator }) => coordinator.rebalances.sumMs)
  one('coordinator_failed_rebalance_total', 'Joins that did not come to an assignment.', ({ coordinator }) => coordinator.failedRebalances)
  one('coordinator_last_rebalance_seconds_ago', 'Seconds since the last assignment.', ({ coordinator }) => inSeconds(coordinator.rebalances.sinceLastMs))
}
