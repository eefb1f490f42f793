import { execFile } from 'node:child_process'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { uniqueName, until } from '@tributary/testing'
import t from 'tap'
import { runStandalone, startStandalone, testFolder } from './standalone-worker.ts'
import { readTopic } from './kafka-helpers.ts'

const lines = (from: number, to: number): string => Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}\n`).join('')

t.test('lines go from a file through Kafka into a file, and on after a restart, without one twice', async t => {
  const folder = await testFolder(t)
  const topic = uniqueName('lines')
  const connectors = [
    { name: uniqueName('in'), 'connector.class': 'FileStreamSource', file: join(folder, 'in'), topic },
    { name: uniqueName('out'), 'connector.class': 'FileStreamSink', file: join(folder, 'out'), topics: topic }
  ]
  const out = (): Promise<string> => readFile(join(folder, 'out'), 'utf8').catch(() => '')
  await writeFile(join(folder, 'in'), lines(1, 5000))
  const first = await startStandalone(t, { folder, connectors })
  await until('all lines are out', async () => (await out()).length >= lines(1, 5000).length)
  t.equal(await first.end('SIGTERM'), 0, 'a gentle stop is no failure')
  await appendFile(join(folder, 'in'), lines(5001, 6000))
  const second = await startStandalone(t, { folder, connectors })
  await until('the new lines are out', async () => (await out()).length >= lines(1, 6000).length)
  t.equal(await out(), lines(1, 6000))
  t.equal(await second.metric('connect_source_task_source_record_write_total'), 1000)
  t.equal(await second.end('SIGINT'), 0)
})

t.test('a worker that was killed goes on from its last commit: nothing is lost, and only what was not committed comes again', async t => {
  const folder = await testFolder(t)
  const topic = uniqueName('numbers')
  const connectors = [{ name: uniqueName('counting'), 'connector.class': 'CountingSource', topic, count: '3000', 'pause.ms': '1' }]
  const first = await startStandalone(t, { folder, connectors })
  await until('a part is written', async () => (await first.metric('connect_source_task_source_record_write_total')) > 500)
  await until('offsets are on disk', () => readFile(join(folder, 'offsets')))
  await first.end('SIGKILL')
  const second = await startStandalone(t, { folder, connectors })
  await until('the source says it is done', async () => (await second.log()).includes('has given all its records'))
  const seen = (await readTopic(topic)).map(({ value }) => Number(value))
  t.same([...new Set(seen)].toSorted((a, b) => a - b), Array.from({ length: 3000 }, (_, i) => i + 1))
  t.ok(await second.metric('connect_source_task_source_record_write_total') < 3000, 'it did not begin anew')
})

t.test('a source that has no more records stays RUNNING', async t => {
  const name = uniqueName('counting')
  const worker = await startStandalone(t, { connectors: [{ name, 'connector.class': 'CountingSource', topic: uniqueName('numbers') }] })
  await until('the source says it is done', async () => (await worker.log()).includes('has given all its records'))
  t.same((await worker.status(name)).tasks.map(({ state }) => state), ['RUNNING'])
})

t.test('an idle worker answers within a second and is small', async t => {
  const start = performance.now()
  const worker = await startStandalone(t)
  const ms = performance.now() - start
  const { status, body } = await worker.request('GET', '/')
  t.equal(status, 200)
  t.match(body, { version: String, kafka_cluster_id: /.+/ })
  const rss = Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${worker.pid}/status`, 'utf8').catch(() => 'VmRSS: 0'))?.[1]) / 1024
  t.comment(`${Math.round(ms)} ms, ${Math.round(rss)} MB`)
  t.ok(rss < 200, `${rss} MB`)
})

t.test('the program says how it is called when it gets no file', async t => {
  const { code, output } = await runStandalone(t, [])
  t.equal(code, 1)
  t.match(output, /^Usage: connect-standalone worker\.properties/)
})

t.test('a missing worker file is named', async t => {
  const { code, output } = await runStandalone(t, ['/nowhere/worker.properties'])
  t.equal(code, 2)
  t.equal(output, 'Cannot read the configuration file /nowhere/worker.properties: there is no such file.\n')
})

t.test('all that is wrong with a worker file is told at once, without a stack trace', async t => {
  const { code, output } = await runStandalone(t, { worker: { 'key.converter': 'NoSuchConverter', 'offset.flush.interval.ms': 'soon' } })
  t.equal(code, 2)
  t.match(output, /worker\.properties has 2 errors:\nInvalid value NoSuchConverter for configuration key\.converter: Class NoSuchConverter could not be found\.\nInvalid value soon for configuration offset\.flush\.interval\.ms: Not a number of type LONG\n$/)
})

t.test('an unreachable broker is one sentence', async t => {
  const { code, output } = await runStandalone(t, { worker: { 'bootstrap.servers': '127.0.0.1:1' } })
  t.equal(code, 2)
  t.match(output, /^Cannot reach Kafka at 127\.0\.0\.1:1 \(bootstrap\.servers\): [^\n]+\n$/)
})

t.test('all wrong connector files are told at once', async t => {
  const { code, output } = await runStandalone(t, { connectors: [{ 'connector.class': 'FileStreamSource' }, { name: 'a', 'connector.class': 'NoSuch' }, { name: 'a', 'connector.class': 'NoSuch' }] })
  t.equal(code, 3)
  t.match(output, /^Connector configuration at '[^']+connector-0\.properties' is missing the mandatory 'name' configuration\nTwo of the connector files have the name a; names must differ\.\n$/)
})

t.test('wrong connector configurations end the program, each with its reasons', async t => {
  const { code, output } = await runStandalone(t, { connectors: [{ name: 'a', 'connector.class': 'NoSuch' }, { name: 'b', 'connector.class': 'FileStreamSource', 'tasks.max': '0' }] })
  t.equal(code, 3)
  t.match(output, /connector-0\.properties: Failed to find any class that implements Connector and which name matches NoSuch/)
  t.match(output, /connector-1\.properties: Connector configuration is invalid and contains the following 2 error\(s\):\nInvalid value 0 for configuration tasks\.max: Value must be at least 1\nMissing required configuration "topic" which has no default value\./)
  t.notMatch(output, /\n\s+at /)
})

t.test('a second signal ends the worker at once', async t => {
  const topic = uniqueName('hanging')
  const name = uniqueName('hanging')
  const worker = await startStandalone(t, {
    worker: { 'task.shutdown.graceful.timeout.ms': '60000' },
    connectors: [{ name: uniqueName('counting'), 'connector.class': 'CountingSource', topic }, { name, 'connector.class': 'HangingSink', topics: topic }]
  })
  await until('the sink hangs', async () => (await worker.metric('connect_sink_task_sink_record_read_total')) > 0)
  process.kill(worker.pid, 'SIGTERM')
  await until('it is stopping', async () => (await worker.log()).includes('Stopping.'))
  t.equal(await worker.end('SIGTERM'), 143)
})

t.test('the command at the root of the repository becomes the worker itself', { skip: process.platform === 'win32' }, async t => {
  const command = new URL('../../../../bin/connect-standalone', import.meta.url).pathname
  const { promise, resolve } = Promise.withResolvers<{ code: unknown, output: string }>()
  execFile(command, ['/nowhere/worker.properties'], { cwd: '/' }, (error, stdout, stderr) => { resolve({ code: error?.code, output: stdout + stderr }) })
  const { code, output } = await promise
  t.equal(code, 2)
  t.match(output, /there is no such file\.\n$/)
})
