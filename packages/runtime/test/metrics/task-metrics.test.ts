import t from 'tap'
import { taskMemory, TaskMetrics } from '../../src/metrics/task-metrics.ts'

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

t.test('each sample remembers extremes of its own, and the oldest is forgotten', async t => {
  const worker = new TaskMetrics(taskMemory(3))
  const task = new TaskMetrics(worker.memory)
  t.equal(task.samples, 3)
  task.max('putBatchMaxMs', 5)
  task.max('putBatchMaxMs', 3)
  task.min('transactionSizeMin', 5)
  task.min('transactionSizeMin', 0)
  task.min('transactionSizeMin', 3)
  worker.nextSample()
  task.max('putBatchMaxMs', 4)
  t.same(worker.extremesOf('putBatchMaxMs'), [5, 4, null])
  t.same(worker.extremesOf('transactionSizeMin'), [0, null, null])
  worker.nextSample()
  worker.nextSample()
  t.same(worker.extremesOf('putBatchMaxMs'), [null, 4, null])
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
