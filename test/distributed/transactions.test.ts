import { writeFile } from 'node:fs/promises'
import { kafkaBootstrap, uniqueName, until } from '@tributary/testing'
import t from 'tap'
import { ExactlyOnceCluster, numbered, request, texts } from './exactly-once-cluster.ts'
import { recordsOf } from './lines.ts'

t.test('transactions end as transaction.boundary says', { timeout: 300_000 }, async t => {
  const cluster = await ExactlyOnceCluster.make()
  const worker = await cluster.worker(t)
  const create = async (name: string, keys: Record<string, string>): Promise<string> => {
    const topic = uniqueName(name)
    await request(worker, 'PUT', `/connectors/${topic}/config`, { topic, 'exactly.once.support': 'required', ...keys })
    return topic
  }
  const poll = await create('poll', { 'connector.class': 'CountingSource', count: '200' })
  const interval = await create('interval', { 'connector.class': 'CountingSource', count: '200', 'transaction.boundary': 'INTERVAL', 'transaction.boundary.interval.ms': '60000' })
  const idle = await create('idle', { 'connector.class': 'CountingSource', count: '20', 'pause.ms': '600000', 'transaction.boundary': 'interval', 'transaction.boundary.interval.ms': '500' })
  const bounded = await create('bounded', { 'connector.class': 'BoundedSource', count: '40', 'transaction.boundary': 'connector' })
  const size = async (connector: string): Promise<number> => {
    const page = await (await fetch(`${worker.url}/metrics`)).text()
    return Number(new RegExp(`^connect_source_task_transaction_size_max\\{connector="${connector}",task="0"\\} (.*)$`, 'm').exec(page)?.[1])
  }
  t.same(await cluster.untilCommitted(200, poll), texts(1, 200))
  t.equal(await size(poll), 10)
  t.same(await cluster.untilCommitted(200, interval), texts(1, 200), 'the source has ended, so nobody waits for the interval')
  t.equal(await size(interval), 200)
  t.same(await cluster.untilCommitted(10, idle), texts(1, 10), 'the interval ends while the source gives nothing')
  t.same(await cluster.untilCommitted(28, bounded), [...texts(1, 8), ...texts(11, 16), ...texts(21, 28), ...texts(31, 36)])
  await until('the offset is that of the last transaction, though it was aborted', async () => {
    const { offsets } = await request(worker, 'GET', `/connectors/${bounded}/offsets`) as { offsets: { offset: { n: number } }[] }
    return offsets[0]?.offset.n === 40
  })
  const refused = await fetch(`${worker.url}/connector-plugins/CountingSource/config/validate`, {
    method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'x', 'connector.class': 'CountingSource', topic: 'x', 'transaction.boundary': 'connector' })
  })
  t.match(await refused.text(), /does not support connector-defined transaction boundaries/)
})

t.test('tasks of an older set of configurations are fenced before those of the new set start', { timeout: 300_000 }, async t => {
  const cluster = await ExactlyOnceCluster.make()
  const workers = [await cluster.worker(t), await cluster.worker(t)] as const
  const count = 1500
  for (const tasks of [3, 2, 1, 4]) {
    await request(workers[0], 'PUT', `/connectors/${cluster.connector}/config`, { 'connector.class': 'CountingSource', topic: cluster.topic, count: String(count), 'pause.ms': '5', 'tasks.max': String(tasks) })
    await until(`${tasks} tasks run`, async () => {
      const status = await request(workers[1], 'GET', `/connectors/${cluster.connector}/status`) as { tasks: { state: string, trace?: string }[] }
      const failed = status.tasks.find(({ state }) => state === 'FAILED')
      if (failed !== undefined) throw new Error(failed.trace)
      return status.tasks.length === tasks && status.tasks.every(({ state }) => state === 'RUNNING')
    }, 60_000)
    await until(`the fencing of ${tasks} tasks is written down`, async () => {
      let last = ''
      await recordsOf({ 'bootstrap.servers': kafkaBootstrap(), 'isolation.level': 'read_committed' }, `${cluster.group}-config`, ({ key, value }) => {
        if (Buffer.from(key ?? '').toString() === `tasks-fencing-${cluster.connector}`) last = Buffer.from(value ?? '').toString()
      })
      return last === JSON.stringify({ 'task-count': tasks })
    })
  }
  const parts = ['0', '1', '2', '3']
  const seen = await until('the last tasks have written all', async () => {
    const all = await cluster.committed()
    return parts.every(part => all.includes(`${part} ${count}`)) ? all : null
  }, 120_000)
  for (const part of parts) t.same(seen!.filter(text => text.startsWith(`${part} `)), texts(1, count).map(n => `${part} ${n}`))
  const alone = seen!.filter(text => !text.includes(' '))
  t.same(alone, texts(1, alone.length), 'the one task between them was stopped somewhere')
})

t.test('a connector with an offset topic of its own leaves a copy in the worker\'s, and its offsets can be changed', { timeout: 300_000 }, async t => {
  const cluster = await ExactlyOnceCluster.make()
  const worker = await cluster.worker(t)
  const own = `${cluster.topic}-offsets`
  await writeFile(cluster.input, numbered(0, 10))
  await cluster.create(worker, { 'offsets.storage.topic': own })
  t.equal((await cluster.untilCommitted(10)).length, 10)
  const offset = JSON.stringify({ position: numbered(0, 10).length })
  t.same(await cluster.untilCommitted(1, own), [offset])
  t.same(await cluster.untilCommitted(1, `${cluster.group}-offset`), [offset])
  await request(worker, 'PUT', `/connectors/${cluster.connector}/stop`)
  await request(worker, 'PATCH', `/connectors/${cluster.connector}/offsets`, { offsets: [{ partition: { filename: cluster.input }, offset: { position: numbered(0, 5).length } }] })
  t.match(await cluster.offsets(worker), [{ offset: { position: numbered(0, 5).length } }])
  await request(worker, 'PUT', `/connectors/${cluster.connector}/resume`)
  t.same((await cluster.untilCommitted(15)).slice(10), Array.from({ length: 5 }, (_, i) => `line ${5 + i}`))
  await request(worker, 'PUT', `/connectors/${cluster.connector}/stop`)
  await request(worker, 'DELETE', `/connectors/${cluster.connector}/offsets`)
  t.same(await cluster.offsets(worker), [])
})
