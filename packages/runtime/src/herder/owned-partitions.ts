import type { OwnedPartition, TaskStatus } from './herder.ts'

/** The status of a task with the partitions it owns, while it runs. `partitions` null: none are known. */
export function withPartitions (status: TaskStatus, partitions: readonly OwnedPartition[] | null): TaskStatus {
  return partitions === null || (status.state !== 'RUNNING' && status.state !== 'PAUSED') ? status : { ...status, partitions }
}
