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

t.test('the worker reads what a plugin counts in its thread, by the names that it gave', async t => {
  const worker = new TaskMetrics()
  const task = new TaskMetrics(worker.memory, ({ name, help }) => { worker.counter(name, help) })
  const late = task.counter('late_records', 'Records that came late.')
  task.counter('pages', 'Pages read.').add(7)
  late.add()
  task.counter('late_records', 'The same again.').add(2)
  t.same([...worker.counters()], [{ name: 'late_records', help: 'Records that came late.', value: 3 }, { name: 'pages', help: 'Pages read.', value: 7 }])
  t.equal(worker.get('lastErrorTimestamp'), 0)
})

t.test('a counter with a name that Prometheus does not take, or one too many, is refused', async t => {
  const task = new TaskMetrics()
  t.throws(() => task.counter('late-records', 'x'), /lower case letters, digits and underscores/)
  for (let i = 0; i < 16; i++) task.counter(`c${i}`, 'x').add()
  t.throws(() => task.counter('c16', 'x'), /a task may have 16/)
  t.equal([...task.counters()].length, 16)
})
