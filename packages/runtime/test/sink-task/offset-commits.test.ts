import { join } from 'node:path'
import { uniqueName, until } from '@tributary/testing'
import t from 'tap'
import { createTopic, writeValues } from '../cli/kafka-helpers.ts'
import { startStandalone, testFolder } from '../cli/standalone-worker.ts'

t.test('a partition that a sink holds back is named in the log and in the status', async t => {
  const topic = uniqueName('held')
  const name = uniqueName('held')
  await createTopic(topic, 2)
  await writeValues(topic, ['zero'], 0)
  await writeValues(topic, ['one'], 1)
  const worker = await startStandalone(t, {
    worker: { 'offset.flush.interval.ms': '50', 'offset.flush.timeout.ms': '500', 'rest.status.partitions': 'true' }, connectors: [{ name, 'connector.class': 'HoldingSink', topics: topic }]
  })
  await until('the partition is named', async () => (await worker.log()).includes(`The sink holds back ${topic}-0@0: nothing of ${topic}-0 could be committed for `))
  t.notMatch(await worker.log(), `${topic}-1@`)
  const [task] = (await worker.status(name)).tasks
  t.match(task?.partitions?.toSorted((a, b) => a.partition - b.partition), [{ partition: 0, position: 1, committed: 0 }, { partition: 1, position: 1, committed: 1, uncommitted_since: null }])
  const since = task?.partitions?.find(({ partition }) => partition === 0)?.uncommitted_since ?? 0
  t.ok(since > Date.now() - 60_000 && since <= Date.now() - 500, 'since when')
})

t.test('what a sink does not say in time is named, while it is waited for', async t => {
  const folder = await testFolder(t)
  const topic = uniqueName('late')
  const name = uniqueName('late')
  await createTopic(topic)
  await writeValues(topic, ['one'])
  const worker = await startStandalone(t, {
    folder,
    worker: { 'offset.flush.timeout.ms': '300', 'task.shutdown.graceful.timeout.ms': '300', 'rest.status.partitions': 'true' },
    connectors: [{ name, 'connector.class': 'StuckSink', where: 'preCommit', topics: topic, file: join(folder, 'signs') }]
  })
  await until('the log names it', async () => (await worker.log()).includes(`The sink has not said what is safe to commit for more than offset.flush.timeout.ms (300 ms); ${topic}-0@1 wait for it.`))
  const [task] = (await worker.status(name)).tasks
  t.match(task, { state: 'RUNNING', partitions: [{ topic, position: 1, committed: 0 }] })
  t.type(task?.partitions?.[0]?.uncommitted_since, 'number')
})
