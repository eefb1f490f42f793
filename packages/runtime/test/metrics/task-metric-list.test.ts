import t from 'tap'
import { taskMetrics } from '../../src/metrics/task-metric-list.ts'

/** Attributes of Kafka Connect's MBeans of tasks that are numbers, by group. */
const java: Readonly<Record<string, string>> = {
  'connector-task': 'running-ratio pause-ratio offset-commit-max-time-ms offset-commit-avg-time-ms offset-commit-failure-percentage offset-commit-success-percentage batch-size-max batch-size-avg',
  'source-task': 'source-record-poll-rate source-record-poll-total source-record-write-rate source-record-write-total poll-batch-max-time-ms poll-batch-avg-time-ms '
    + 'source-record-active-count source-record-active-count-max source-record-active-count-avg transaction-size-min transaction-size-max transaction-size-avg',
  'sink-task': 'sink-record-read-rate sink-record-read-total sink-record-send-rate sink-record-send-total sink-record-lag-max sink-record-active-count sink-record-active-count-max '
    + 'sink-record-active-count-avg partition-count offset-commit-seq-no offset-commit-completion-rate offset-commit-completion-total offset-commit-skip-rate offset-commit-skip-total '
    + 'put-batch-max-time-ms put-batch-avg-time-ms',
  'task-error': 'total-record-failures total-record-errors total-records-skipped total-retries total-errors-logged deadletterqueue-produce-requests deadletterqueue-produce-failures last-error-timestamp'
}

t.test('tasks have all the metrics of Kafka Connect, and each once', async t => {
  const expected = Object.entries(java).flatMap(([group, attributes]) => attributes.split(' ').map(attribute => `connect_${group}_${attribute}`.replaceAll('-', '_')))
  t.same(taskMetrics.map(({ name }) => name).toSorted(), expected.toSorted())
})
