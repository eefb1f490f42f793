import t from 'tap'
import { taskMetrics } from '../../src/metrics/task-metric-list.ts'
import { TaskMetrics } from '../../src/metrics/task-metrics.ts'
import { TaskWindow } from '../../src/metrics/task-window.ts'

const sampling = { windowMs: 30_000, samples: 2 }

function read (window: TaskWindow, name: string): number | null | undefined { return taskMetrics.find(metric => metric.name === name)?.read(window) }

t.test('averages and extremes are of the last two samples', async t => {
  const metrics = new TaskMetrics()
  const window = new TaskWindow(metrics, sampling, 0)
  const put = (ms: number): void => {
    metrics.add('putBatches')
    metrics.add('putBatchMs', ms)
    metrics.max('putBatchMaxMs', ms)
  }
  const figures = (): unknown[] => ['max', 'avg'].map(kind => read(window, `connect_sink_task_put_batch_${kind}_time_ms`))
  t.same(figures(), [null, null])
  put(100)
  window.nextSample(30_000)
  put(10)
  put(40)
  t.same(figures(), [100, 50])
  window.nextSample(60_000)
  t.same(figures(), [40, 25], 'the first is forgotten')
  window.nextSample(90_000)
  t.same(figures(), [null, null])
})

t.test('rates are of the last samples; the first record of a task is no burst', async t => {
  const metrics = new TaskMetrics()
  const window = new TaskWindow(metrics, sampling, 0)
  metrics.add('sinkRecordRead', 300)
  t.equal(window.rate('sinkRecordRead', 100), 10)
  window.nextSample(30_000)
  metrics.add('sinkRecordRead', 600)
  t.equal(window.rate('sinkRecordRead', 45_000), 20)
  window.nextSample(60_000)
  t.equal(window.rate('sinkRecordRead', 90_000), 10)
  t.equal(metrics.get('sinkRecordRead'), 900, 'totals go on')
})

t.test('a level that stays is its own average and maximum when its changes are forgotten', async t => {
  const metrics = new TaskMetrics()
  const window = new TaskWindow(metrics, sampling, 0)
  for (const value of [30, 10, 20]) metrics.level('sinkRecordActive', value)
  const figures = (): unknown[] => ['', '_max', '_avg'].map(kind => read(window, `connect_sink_task_sink_record_active_count${kind}`))
  t.same(figures(), [20, 30, 20])
  window.nextSample(30_000)
  window.nextSample(60_000)
  t.same(figures(), [20, 20, 20])
})
