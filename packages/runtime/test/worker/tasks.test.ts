import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { uniqueName, until } from '@tributary/testing'
import t from 'tap'
import { createTopic, readTopic, writeValues } from '../cli/kafka-helpers.ts'
import { startStandalone, testFolder } from '../cli/standalone-worker.ts'

const sound = (topic: string, file: string): Record<string, string> => ({ name: uniqueName('sound'), 'connector.class': 'FileStreamSink', topics: topic, file })

t.test('a put that spins is abandoned after the graceful time, and the other tasks do not notice', async t => {
  const folder = await testFolder(t)
  const topic = uniqueName('spinning')
  const name = uniqueName('spinning')
  await createTopic(topic)
  const worker = await startStandalone(t, {
    folder,
    worker: { 'task.shutdown.graceful.timeout.ms': '500' },
    connectors: [{ name, 'connector.class': 'SpinningSink', topics: topic }, sound(topic, join(folder, 'out'))]
  })
  await writeValues(topic, ['one'])
  await until('the sink spins', async () => (await worker.metric('connect_sink_task_sink_record_read_total')) >= 2)
  const start = performance.now()
  t.equal((await worker.request('DELETE', `/connectors/${name}`)).status, 204)
  t.ok(performance.now() - start < 5000)
  t.match(await worker.log(), `Graceful stop of task ${name}-0 failed.`)
  await writeValues(topic, ['two'])
  await until('the other sink goes on', async () => (await readFile(join(folder, 'out'), 'utf8')) === 'one\ntwo\n')
})

t.test('a hanging put is abandoned too, and the task commits nothing', async t => {
  const topic = uniqueName('hanging')
  const name = uniqueName('hanging')
  await createTopic(topic)
  await writeValues(topic, ['one'])
  const worker = await startStandalone(t, { worker: { 'task.shutdown.graceful.timeout.ms': '300' }, connectors: [{ name, 'connector.class': 'HangingSink', topics: topic }] })
  await until('the sink hangs', async () => (await worker.metric('connect_sink_task_sink_record_read_total')) > 0)
  t.equal((await worker.request('PUT', `/connectors/${name}/stop`)).status, 204)
  t.same((await worker.request('GET', `/connectors/${name}/offsets`)).body, { offsets: [] })
  t.match(await worker.status(name), { connector: { state: 'STOPPED' }, tasks: [] })
})

t.test('wherever a task hangs, it is abandoned after the graceful time and does nothing any more', async t => {
  const folder = await testFolder(t)
  const topic = uniqueName('stuck')
  await createTopic(topic)
  await writeValues(topic, ['one'])
  const stuck = (kind: 'Sink' | 'Source', where: string) => ({
    name: uniqueName(`stuck-${kind}-${where}`), 'connector.class': `Stuck${kind}`, where, file: join(folder, `${kind}-${where}`), ...kind === 'Sink' ? { topics: topic } : { topic: uniqueName('given') }
  })
  // Those that hang while they run, and those that hang only when they are stopped.
  const running = [stuck('Sink', 'start'), stuck('Sink', 'put'), stuck('Sink', 'preCommit'), stuck('Source', 'poll')]
  const stopping = [stuck('Sink', 'close'), stuck('Sink', 'stop'), stuck('Source', 'stop')]
  const worker = await startStandalone(t, { folder, worker: { 'task.shutdown.graceful.timeout.ms': '1000' }, connectors: [...running, ...stopping] })
  const signs = async ({ file }: { file: string }): Promise<number> => (await readFile(file, 'utf8').catch(() => '')).length
  for (const one of running) await until(`${one.name} hangs`, async () => await signs(one) > 0)
  for (const { name } of stopping) await worker.taskIs(name, 'RUNNING')
  await until('the sources have given their records', async () => (await worker.metric('connect_source_task_source_record_write_total')) === 2)
  const all = [...running, ...stopping]
  await Promise.all(all.map(async ({ name }) => { t.equal((await worker.request('PUT', `/connectors/${name}/stop`)).status, 204) }))
  const atTheEnd = await Promise.all(all.map(signs))
  t.notOk(atTheEnd.includes(0), 'each was at the place where it hangs')
  const log = await worker.log()
  for (const { name } of all) {
    t.match(log, `Graceful stop of task ${name}-0 failed.`)
    t.match(await worker.status(name), { connector: { state: 'STOPPED' }, tasks: [] })
  }
  await sleep(200)
  t.same(await Promise.all(all.map(signs)), atTheEnd, 'none lives')
  for (const { name } of running.slice(0, 3)) t.same((await worker.request('GET', `/connectors/${name}/offsets`)).body, { offsets: [] })
})

t.test('a task that exceeds its memory fails alone', async t => {
  const folder = await testFolder(t)
  const topic = uniqueName('greedy')
  const name = uniqueName('greedy')
  await createTopic(topic)
  const worker = await startStandalone(t, {
    folder,
    worker: { 'task.memory.max.mb': '48' },
    connectors: [{ name, 'connector.class': 'GreedySink', topics: topic }, sound(topic, join(folder, 'out'))]
  })
  await writeValues(topic, ['one'])
  t.match(await worker.taskIs(name, 'FAILED'), /The task used more memory than task\.memory\.max\.mb allows \(48 MB\)/)
  await until('the other sink goes on', async () => (await readFile(join(folder, 'out'), 'utf8')) === 'one\n')
})

t.test('a task that ends its process ends only its thread', async t => {
  const name = uniqueName('leaving')
  const worker = await startStandalone(t, { connectors: [{ name, 'connector.class': 'LeavingSource', topic: 'none' }] })
  t.match(await worker.taskIs(name, 'FAILED'), /process\.exit/)
  t.equal((await worker.request('GET', '/')).status, 200)
})

t.test('a failed task shows its trace, stays failed, and runs again after a restart', async t => {
  const topic = uniqueName('picky')
  const name = uniqueName('picky')
  await createTopic(topic)
  const worker = await startStandalone(t, { connectors: [{ name, 'connector.class': 'PickySink', topics: topic }] })
  await worker.taskIs(name, 'RUNNING')
  await writeValues(topic, ['good', 'bad'])
  t.match(await worker.taskIs(name, 'FAILED'), /^org\.apache\.kafka\.connect\.errors\.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception\.[^]*Caused by: [^]*It was bad\./)
  t.equal((await worker.status(name)).connector.state, 'RUNNING')
  const { status, body } = await worker.request('POST', `/connectors/${name}/restart?includeTasks=true&onlyFailed=true`)
  t.equal(status, 202)
  t.match(body, { connector: { state: 'RUNNING' }, tasks: [{ state: 'RESTARTING' }] })
  t.match(await worker.taskIs(name, 'FAILED'), /It was bad/, 'the record is still there')
})

t.test('a batch that a sink cannot take now is given again; on stop: what is safe, close, commit', async t => {
  const folder = await testFolder(t)
  const topic = uniqueName('shaky')
  const name = uniqueName('shaky')
  const file = join(folder, 'events')
  await createTopic(topic)
  await writeValues(topic, ['one', 'two'])
  const worker = await startStandalone(t, { folder, worker: { 'offset.flush.interval.ms': '60000' }, connectors: [{ name, 'connector.class': 'ShakySink', topics: topic, file }] })
  await until('the batch was taken', async () => (await worker.metric('connect_sink_task_sink_record_send_total')) === 2)
  await worker.request('PUT', `/connectors/${name}/stop`)
  t.same((await readFile(file, 'utf8')).split('\n'), ['put one,two', 'put one,two', 'preCommit 2', 'close', 'stop', ''])
  t.same((await worker.request('GET', `/connectors/${name}/offsets`)).body, { offsets: [{ partition: { kafka_topic: topic, kafka_partition: 0 }, offset: { kafka_offset: 2 } }] })
})

t.test('a paused connector moves nothing until it is resumed', async t => {
  const folder = await testFolder(t)
  const topic = uniqueName('paused')
  const file = join(folder, 'out')
  await createTopic(topic)
  const sink = sound(topic, file)
  const source = { name: uniqueName('counting'), 'connector.class': 'CountingSource', topic, count: '100000', 'pause.ms': '2' }
  const worker = await startStandalone(t, { folder, connectors: [source, sink] })
  await until('records arrive', async () => (await readFile(file, 'utf8').catch(() => '')).length > 0)
  t.equal((await worker.request('PUT', `/connectors/${source.name}/pause`)).status, 202)
  await worker.taskIs(source.name, 'PAUSED')
  const polled = await worker.metric('connect_source_task_source_record_poll_total')
  t.equal((await worker.request('PUT', `/connectors/${sink.name}/pause`)).status, 202)
  await worker.taskIs(sink.name!, 'PAUSED')
  const taken = await readFile(file, 'utf8')
  await writeValues(topic, ['meanwhile'])
  await until('offsets of the paused sink are committed', async () => ((await worker.request('GET', `/connectors/${sink.name}/offsets`)).body as { offsets: unknown[] }).offsets.length === 1)
  t.equal(await readFile(file, 'utf8'), taken, 'the sink takes nothing')
  t.equal(await worker.metric('connect_source_task_source_record_poll_total'), polled, 'the source gives nothing')
  t.equal((await worker.request('PUT', `/connectors/${sink.name}/resume`)).status, 202)
  t.equal((await worker.request('PUT', `/connectors/${source.name}/resume`)).status, 202)
  await until('the record written meanwhile arrives', async () => (await readFile(file, 'utf8')).includes('meanwhile\n'))
  await until('the source goes on', async () => (await worker.metric('connect_source_task_source_record_poll_total')) > polled)
})

t.test('tasks may run inline', async t => {
  const topic = uniqueName('inline')
  const name = uniqueName('counting')
  const worker = await startStandalone(t, { worker: { 'task.isolation': 'inline' }, connectors: [{ name, 'connector.class': 'CountingSource', topic, count: '25' }] })
  await until('the source says it is done', async () => (await worker.log()).includes('has given all its records'))
  t.same((await readTopic(topic)).length, 25)
  t.equal(await worker.end(), 0)
})
