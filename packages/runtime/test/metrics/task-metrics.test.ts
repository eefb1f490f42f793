import t from 'tap'
import { taskMetrics, TaskMetrics } from '../../src/metrics/task-metrics.ts'

t.test('ratios are parts of the life of a task, read from the other side as well', async t => {
  const task = new TaskMetrics()
  const worker = new TaskMetrics(task.memory)
  t.equal(worker.ratioOf('RUNNING', 1000), null)
  task.enter(null, 1000)
  task.enter('RUNNING', 2000)
  task.enter('PAUSED', 5000)
  t.equal(worker.ratioOf('RUNNING', 5000), 0.75)
  t.equal(worker.ratioOf('PAUSED', 9000), 0.5)
  task.enter('RUNNING', 9000)
  t.equal(worker.ratioOf('RUNNING', 11_000), 0.5)
  t.equal(worker.ratioOf('PAUSED', 11_000), 0.4)
})

t.test('a name stands for one metric, and starts with its group', async t => {
  const names = taskMetrics.map(({ name }) => name)
  t.equal(new Set(names).size, names.length)
  t.same(names.filter(name => !/^connect_(source_task|sink_task|connector_task|task_error)_/.test(name)), [])
})
