import { ConnectError, type Counter } from '@tributary/plugin'

/**
 * What is counted of a task, in one place. A cell is a number in memory that the task's thread and the worker share: counting costs an addition,
 * and the worker reads the cells when it is asked for metrics, even of a thread that hangs or has died.
 */
export const taskCells = [
  'sourceRecordPoll', 'sourceRecordWrite', 'sourceRecordActive', 'sourceRecordActiveMax', 'pollBatches', 'pollBatchMs', 'pollBatchMaxMs',
  'transactionSizeMin', 'transactionSizeMax', 'transactions', 'transactionRecords',
  'sinkRecordRead', 'sinkRecordSend', 'sinkRecordActive', 'sinkRecordActiveMax', 'sinkRecordLagMax', 'partitionCount',
  'offsetCommitSeqNo', 'offsetCommitCompletion', 'offsetCommitSkip', 'putBatches', 'putBatchMs', 'putBatchMaxMs',
  'batches', 'batchRecords', 'batchSizeMax', 'offsetCommits', 'offsetCommitFailures', 'offsetCommitMs', 'offsetCommitMaxMs', 'createdAt', 'stateAt', 'isPaused', 'runningMs', 'pausedMs',
  'recordFailures', 'recordErrors', 'recordsSkipped', 'retries', 'errorsLogged', 'deadLetters', 'deadLetterFailures', 'lastErrorTimestamp'
] as const

export type TaskCell = typeof taskCells[number]

const index = Object.fromEntries(taskCells.map((cell, i) => [cell, i])) as Record<TaskCell, number>

/** Most counts that a plugin may have of its own. */
const maxCounters = 16

/** A count that a plugin has made. */
export interface CounterName {
  readonly name: string
  readonly help: string
}

/** The cells of one task. */
export class TaskMetrics {
  readonly memory: SharedArrayBuffer
  readonly #cells: Float64Array
  readonly #counters: CounterName[] = []
  readonly #onCounter: (counter: CounterName) => void

  /** `memory`: that of the other side, to share it. `onCounter` is told of each new {@link counter}, so that the other side can make it too, in the same order. */
  constructor (memory = new SharedArrayBuffer((taskCells.length + maxCounters) * 8), onCounter: (counter: CounterName) => void = () => {}) {
    this.memory = memory
    this.#cells = new Float64Array(memory)
    this.#onCounter = onCounter
  }

  /** See SinkTaskContext. */
  counter (name: string, help: string): Counter {
    let at = this.#counters.findIndex(counter => counter.name === name)
    if (at === -1) {
      if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new ConnectError('COUNTER', 'system', `A counter cannot have the name ${name}: write lower case letters, digits and underscores.`)
      if (this.#counters.length === maxCounters) throw new ConnectError('COUNTER', 'system', `The counter ${name} is one too many: a task may have ${maxCounters}.`)
      at = this.#counters.push({ name, help }) - 1
      this.#onCounter({ name, help })
    }
    const cell = taskCells.length + at
    return { add: (amount = 1) => { this.#cells[cell]! += amount } }
  }

  /** The plugin's own counts. */
  * counters (): Generator<CounterName & { readonly value: number }> {
    for (const [at, counter] of this.#counters.entries()) yield { ...counter, value: this.#cells[taskCells.length + at]! }
  }

  add (cell: TaskCell, amount = 1): void { this.#cells[index[cell]]! += amount }

  set (cell: TaskCell, value: number): void { this.#cells[index[cell]] = value }

  /** Raises a cell to a value if it is lower. */
  max (cell: TaskCell, value: number): void {
    if (value > this.#cells[index[cell]]!) this.#cells[index[cell]] = value
  }

  get (cell: TaskCell): number { return this.#cells[index[cell]]! }

  /** The task is in this state from now on (null: it was only made). Times are milliseconds since 1970, which two threads share. */
  enter (state: 'RUNNING' | 'PAUSED' | null, now = Date.now()): void {
    if (state === null) return this.set('createdAt', now)
    if (this.get('stateAt') > 0) this.add(this.get('isPaused') === 1 ? 'pausedMs' : 'runningMs', now - this.get('stateAt'))
    this.set('isPaused', state === 'PAUSED' ? 1 : 0)
    this.set('stateAt', now)
  }

  /** The part of its life, from 0 to 1, that the task was in a state; null: it has none yet. */
  ratioOf (state: 'RUNNING' | 'PAUSED', now = Date.now()): number | null {
    const life = now - this.get('createdAt')
    if (this.get('createdAt') === 0 || life <= 0) return null
    const isNow = this.get('stateAt') > 0 && (this.get('isPaused') === 1) === (state === 'PAUSED')
    return Math.min(1, (this.get(state === 'PAUSED' ? 'pausedMs' : 'runningMs') + (isNow ? now - this.get('stateAt') : 0)) / life)
  }
}

type TaskKind = 'source' | 'sink'

/** A metric of tasks as `/metrics` shows it; `null` for "no figure yet". */
export interface TaskMetric {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly of: readonly TaskKind[]
  readonly read: (cells: TaskMetrics) => number | null
}

const both: readonly TaskKind[] = ['source', 'sink']
const source: readonly TaskKind[] = ['source']
const sink: readonly TaskKind[] = ['sink']

const counter = (name: string, help: string, of: readonly TaskKind[], cell: TaskCell): TaskMetric => ({ name, help, type: 'counter', of, read: cells => cells.get(cell) })
const gauge = (name: string, help: string, of: readonly TaskKind[], cell: TaskCell): TaskMetric => ({ name, help, type: 'gauge', of, read: cells => cells.get(cell) })
const average = (name: string, help: string, of: readonly TaskKind[], sum: TaskCell, count: TaskCell): TaskMetric =>
  ({ name, help, type: 'gauge', of, read: cells => cells.get(count) === 0 ? null : cells.get(sum) / cells.get(count) })

/** The metrics of every task, named after Kafka Connect's MBeans: group, then attribute. */
export const taskMetrics: readonly TaskMetric[] = [
  counter('connect_source_task_source_record_poll_total', 'Records the source gave, before transforms.', source, 'sourceRecordPoll'),
  counter('connect_source_task_source_record_write_total', 'Records written to Kafka and acknowledged.', source, 'sourceRecordWrite'),
  gauge('connect_source_task_source_record_active_count', 'Records not yet acknowledged by Kafka.', source, 'sourceRecordActive'),
  gauge('connect_source_task_source_record_active_count_max', 'The most records ever not yet acknowledged.', source, 'sourceRecordActiveMax'),
  gauge('connect_source_task_poll_batch_max_time_ms', 'The longest wait for a batch of the source, in milliseconds.', source, 'pollBatchMaxMs'),
  average('connect_source_task_poll_batch_avg_time_ms', 'The average wait for a batch of the source, in milliseconds.', source, 'pollBatchMs', 'pollBatches'),
  gauge('connect_source_task_transaction_size_min', 'Records of the smallest transaction.', source, 'transactionSizeMin'),
  gauge('connect_source_task_transaction_size_max', 'Records of the largest transaction.', source, 'transactionSizeMax'),
  average('connect_source_task_transaction_size_avg', 'Records of the average transaction.', source, 'transactionRecords', 'transactions'),
  counter('connect_sink_task_sink_record_read_total', 'Records read from the feed, before transforms.', sink, 'sinkRecordRead'),
  counter('connect_sink_task_sink_record_send_total', 'Records given to the sink, after transforms.', sink, 'sinkRecordSend'),
  gauge('connect_sink_task_sink_record_active_count', 'Records read and not yet committed.', sink, 'sinkRecordActive'),
  gauge('connect_sink_task_sink_record_active_count_max', 'The most records ever read and not yet committed.', sink, 'sinkRecordActiveMax'),
  gauge('connect_sink_task_sink_record_lag_max', 'Records behind the last one read, of the partition with the most.', sink, 'sinkRecordLagMax'),
  gauge('connect_sink_task_partition_count', 'Partitions the task owns.', sink, 'partitionCount'),
  gauge('connect_sink_task_offset_commit_seq_no', 'Number of the latest commit of offsets.', sink, 'offsetCommitSeqNo'),
  counter('connect_sink_task_offset_commit_completion_total', 'Commits of offsets that completed.', sink, 'offsetCommitCompletion'),
  counter('connect_sink_task_offset_commit_skip_total', 'Commits of offsets that came too late or were not needed.', sink, 'offsetCommitSkip'),
  gauge('connect_sink_task_put_batch_max_time_ms', 'The longest put, in milliseconds.', sink, 'putBatchMaxMs'),
  average('connect_sink_task_put_batch_avg_time_ms', 'The average put, in milliseconds.', sink, 'putBatchMs', 'putBatches'),
  { name: 'connect_connector_task_running_ratio', help: 'The part of its life that the task was running, from 0 to 1.', type: 'gauge', of: both, read: cells => cells.ratioOf('RUNNING') },
  { name: 'connect_connector_task_pause_ratio', help: 'The part of its life that the task was paused, from 0 to 1.', type: 'gauge', of: both, read: cells => cells.ratioOf('PAUSED') },
  gauge('connect_connector_task_batch_size_max', 'Records of the largest batch.', both, 'batchSizeMax'),
  average('connect_connector_task_batch_size_avg', 'Records of the average batch.', both, 'batchRecords', 'batches'),
  gauge('connect_connector_task_offset_commit_max_time_ms', 'The longest commit of offsets, in milliseconds.', both, 'offsetCommitMaxMs'),
  average('connect_connector_task_offset_commit_avg_time_ms', 'The average commit of offsets, in milliseconds.', both, 'offsetCommitMs', 'offsetCommits'),
  average('connect_connector_task_offset_commit_failure_percentage', 'Failed commits of offsets, as a part of all, from 0 to 1.', both, 'offsetCommitFailures', 'offsetCommits'),
  { name: 'connect_connector_task_offset_commit_success_percentage', help: 'Good commits of offsets, as a part of all, from 0 to 1.', type: 'gauge', of: both,
    read: cells => cells.get('offsetCommits') === 0 ? null : 1 - cells.get('offsetCommitFailures') / cells.get('offsetCommits') },
  counter('connect_task_error_total_record_failures', 'Failures of processing a record, retries included.', both, 'recordFailures'),
  counter('connect_task_error_total_record_errors', 'Records that failed for good.', both, 'recordErrors'),
  counter('connect_task_error_total_records_skipped', 'Records skipped because of errors.', both, 'recordsSkipped'),
  counter('connect_task_error_total_retries', 'Operations tried again.', both, 'retries'),
  counter('connect_task_error_total_errors_logged', 'Errors written to the log.', both, 'errorsLogged'),
  counter('connect_task_error_deadletterqueue_produce_requests', 'Records sent to the dead letter queue.', sink, 'deadLetters'),
  counter('connect_task_error_deadletterqueue_produce_failures', 'Records the dead letter queue refused.', sink, 'deadLetterFailures'),
  gauge('connect_task_error_last_error_timestamp', 'When a record last failed: milliseconds since 1970, 0 for never.', both, 'lastErrorTimestamp')
]
