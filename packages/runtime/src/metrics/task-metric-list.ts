import type { Extreme, TaskCell } from './task-metrics.ts'
import type { TaskWindow } from './task-window.ts'

type TaskKind = 'source' | 'sink'

/** A metric of tasks as `/metrics` shows it; `null` for "no figure yet". */
export interface TaskMetric {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly of: readonly TaskKind[]
  readonly read: (window: TaskWindow) => number | null
}

const both: readonly TaskKind[] = ['source', 'sink']
const source: readonly TaskKind[] = ['source']
const sink: readonly TaskKind[] = ['sink']

const counter = (name: string, help: string, of: readonly TaskKind[], cell: TaskCell): TaskMetric => ({ name, help, type: 'counter', of, read: ({ metrics }) => metrics.get(cell) })
const gauge = (name: string, help: string, of: readonly TaskKind[], cell: TaskCell): TaskMetric => ({ name, help, type: 'gauge', of, read: ({ metrics }) => metrics.get(cell) })
const rate = (name: string, help: string, of: readonly TaskKind[], cell: TaskCell): TaskMetric => ({ name, help, type: 'gauge', of, read: window => window.rate(cell) })
const largest = (name: string, help: string, of: readonly TaskKind[], cell: Extreme): TaskMetric => ({ name, help, type: 'gauge', of, read: window => window.largest(cell) })
const average = (name: string, help: string, of: readonly TaskKind[], sum: TaskCell, count: TaskCell): TaskMetric => ({ name, help, type: 'gauge', of, read: window => window.average(sum, count) })
/** A level that has not changed for long is no more in the samples, and still its own maximum and average. */
const levelMax = (name: string, help: string, of: readonly TaskKind[], cell: 'sourceRecordActive' | 'sinkRecordActive'): TaskMetric =>
  ({ name, help, type: 'gauge', of, read: window => Math.max(window.largest(`${cell}Max`) ?? 0, window.metrics.get(cell)) })
const levelAverage = (name: string, help: string, of: readonly TaskKind[], cell: 'sourceRecordActive' | 'sinkRecordActive'): TaskMetric =>
  ({ name, help, type: 'gauge', of, read: window => window.average(`${cell}Sum`, `${cell}Count`) ?? window.metrics.get(cell) })

/**
 * The metrics of every task, named after Kafka Connect's MBeans: group, then attribute. Rates, averages and extremes are of the last samples, as in
 * Kafka; counters and ratios of the task's life.
 */
export const taskMetrics: readonly TaskMetric[] = [
  counter('connect_source_task_source_record_poll_total', 'Records the source gave, before transforms.', source, 'sourceRecordPoll'),
  rate('connect_source_task_source_record_poll_rate', 'Records a second that the source gave, before transforms.', source, 'sourceRecordPoll'),
  counter('connect_source_task_source_record_write_total', 'Records written to Kafka and acknowledged.', source, 'sourceRecordWrite'),
  rate('connect_source_task_source_record_write_rate', 'Records a second that were written to Kafka and acknowledged.', source, 'sourceRecordWrite'),
  gauge('connect_source_task_source_record_active_count', 'Records not yet acknowledged by Kafka.', source, 'sourceRecordActive'),
  levelMax('connect_source_task_source_record_active_count_max', 'The most records not yet acknowledged at a time.', source, 'sourceRecordActive'),
  levelAverage('connect_source_task_source_record_active_count_avg', 'Records not yet acknowledged, on average.', source, 'sourceRecordActive'),
  largest('connect_source_task_poll_batch_max_time_ms', 'The longest wait for a batch of the source, in milliseconds.', source, 'pollBatchMaxMs'),
  average('connect_source_task_poll_batch_avg_time_ms', 'The average wait for a batch of the source, in milliseconds.', source, 'pollBatchMs', 'pollBatches'),
  { name: 'connect_source_task_transaction_size_min', help: 'Records of the smallest transaction.', type: 'gauge', of: source, read: window => window.smallest('transactionSizeMin') },
  largest('connect_source_task_transaction_size_max', 'Records of the largest transaction.', source, 'transactionSizeMax'),
  average('connect_source_task_transaction_size_avg', 'Records of the average transaction.', source, 'transactionRecords', 'transactions'),
  counter('connect_sink_task_sink_record_read_total', 'Records read from the feed, before transforms.', sink, 'sinkRecordRead'),
  rate('connect_sink_task_sink_record_read_rate', 'Records a second that were read from the feed, before transforms.', sink, 'sinkRecordRead'),
  counter('connect_sink_task_sink_record_send_total', 'Records given to the sink, after transforms.', sink, 'sinkRecordSend'),
  rate('connect_sink_task_sink_record_send_rate', 'Records a second that were given to the sink, after transforms.', sink, 'sinkRecordSend'),
  gauge('connect_sink_task_sink_record_active_count', 'Records read and not yet committed.', sink, 'sinkRecordActive'),
  levelMax('connect_sink_task_sink_record_active_count_max', 'The most records read and not yet committed at a time.', sink, 'sinkRecordActive'),
  levelAverage('connect_sink_task_sink_record_active_count_avg', 'Records read and not yet committed, on average.', sink, 'sinkRecordActive'),
  gauge('connect_sink_task_sink_record_lag_max', 'Records behind the last one read, of the partition with the most.', sink, 'sinkRecordLagMax'),
  gauge('connect_sink_task_partition_count', 'Partitions the task owns.', sink, 'partitionCount'),
  gauge('connect_sink_task_offset_commit_seq_no', 'Number of the latest commit of offsets.', sink, 'offsetCommitSeqNo'),
  counter('connect_sink_task_offset_commit_completion_total', 'Commits of offsets that completed.', sink, 'offsetCommitCompletion'),
  rate('connect_sink_task_offset_commit_completion_rate', 'Commits of offsets a second that completed.', sink, 'offsetCommitCompletion'),
  counter('connect_sink_task_offset_commit_skip_total', 'Commits of offsets that came too late or were not needed.', sink, 'offsetCommitSkip'),
  rate('connect_sink_task_offset_commit_skip_rate', 'Commits of offsets a second that came too late or were not needed.', sink, 'offsetCommitSkip'),
  largest('connect_sink_task_put_batch_max_time_ms', 'The longest put, in milliseconds.', sink, 'putBatchMaxMs'),
  average('connect_sink_task_put_batch_avg_time_ms', 'The average put, in milliseconds.', sink, 'putBatchMs', 'putBatches'),
  { name: 'connect_connector_task_running_ratio', help: 'The part of its life that the task was running, from 0 to 1.', type: 'gauge', of: both, read: ({ metrics }) => metrics.ratioOf('RUNNING') },
  { name: 'connect_connector_task_pause_ratio', help: 'The part of its life that the task was paused, from 0 to 1.', type: 'gauge', of: both, read: ({ metrics }) => metrics.ratioOf('PAUSED') },
  largest('connect_connector_task_batch_size_max', 'Records of the largest batch.', both, 'batchSizeMax'),
  average('connect_connector_task_batch_size_avg', 'Records of the average batch.', both, 'batchRecords', 'batches'),
  largest('connect_connector_task_offset_commit_max_time_ms', 'The longest commit of offsets, in milliseconds.', both, 'offsetCommitMaxMs'),
  average('connect_connector_task_offset_commit_avg_time_ms', 'The average commit of offsets, in milliseconds.', both, 'offsetCommitMs', 'offsetCommits'),
  average('connect_connector_task_offset_commit_failure_percentage', 'Failed commits of offsets, as a part of all, from 0 to 1.', both, 'offsetCommitFailures', 'offsetCommits'),
  { name: 'connect_connector_task_offset_commit_success_percentage', help: 'Good commits of offsets, as a part of all, from 0 to 1.', type: 'gauge', of: both,
    read: window => {
      const failed = window.average('offsetCommitFailures', 'offsetCommits')
      return failed === null ? null : 1 - failed
    } },
  counter('connect_task_error_total_record_failures', 'Failures of processing a record, retries included.', both, 'recordFailures'),
  counter('connect_task_error_total_record_errors', 'Records that failed for good.', both, 'recordErrors'),
  counter('connect_task_error_total_records_skipped', 'Records skipped because of errors.', both, 'recordsSkipped'),
  counter('connect_task_error_total_retries', 'Operations tried again.', both, 'retries'),
  counter('connect_task_error_total_errors_logged', 'Errors written to the log.', both, 'errorsLogged'),
  counter('connect_task_error_deadletterqueue_produce_requests', 'Records sent to the dead letter queue.', sink, 'deadLetters'),
  counter('connect_task_error_deadletterqueue_produce_failures', 'Records the dead letter queue refused.', sink, 'deadLetterFailures'),
  gauge('connect_task_error_last_error_timestamp', 'When a record last failed: milliseconds since 1970, 0 for never.', both, 'lastErrorTimestamp')
]
