import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { uniqueName, until } from '@tributary/testing'
import t, { type Test } from 'tap'
import { createTopic, readTopic, writeValues } from './kafka-helpers.ts'
import { type StandaloneWorker, startStandalone, testFolder } from './standalone-worker.ts'

const plugins = `
const idle = { async * read ({ signal }) { await new Promise(resolve => signal.addEventListener('abort', resolve)) } }
const source = { kind: 'source', summary: 'Mine.', config: { keys: {} }, ...idle }
const spin = () => { for (;;) {} }
const never = () => new Promise(() => {})
export const spinsInValidate = { ...source, validate: spin }
export const spinsInTasks = { ...source, tasks: spin }
export const hangsInTasks = { ...source, tasks: never }
export const leavesInTasks = { ...source, tasks () { process.exit(3) } }
export const spinsInMonitor = { ...source, async monitor () { setTimeout(spin, 300); await never() } }
export const mayLeave = {
  ...source,
  async monitor (config, { log, raw }) {
    log.info({}, 'The monitor of ' + raw.name + ' begins.')
    if (raw.leaves === 'true') setTimeout(() => process.exit(3), 300)
    await never()
  }
}
export const changes = {
  ...source,
  tasks (config, { maxTasks, raw, connector }) { return Array.from({ length: maxTasks }, (_, n) => ({ ...raw, number: connector + n + (globalThis.asked ?? '') })) },
  async monitor (config, { signal, log, raw, requestTaskReconfiguration }) {
    log.info({}, 'The monitor of ' + raw.name + ' runs.')
    globalThis.asked = 'again'
    requestTaskReconfiguration()
    await new Promise(resolve => signal.addEventListener('abort', resolve))
    log.info({}, 'The monitor of ' + raw.name + ' ends.')
    log.debug({}, 'It was stopped.')
  }
}
`

async function started (t: Test, worker: Record<string, string> = {}): Promise<StandaloneWorker> {
  const folder = await testFolder(t)
  const names = ['spinsInValidate', 'spinsInTasks', 'hangsInTasks', 'leavesInTasks', 'spinsInMonitor', 'mayLeave', 'changes']
  await mkdir(join(folder, 'mine/dist'), { recursive: true })
  await mkdir(join(folder, 'endless/dist'), { recursive: true })
  await writeFile(join(folder, 'mine/package.json'), JSON.stringify({ name: 'mine', version: '1.0.0', type: 'module', connect: { sources: Object.fromEntries(names.map(name => [`a.${name}`, `mine#${name}`])) } }))
  await writeFile(join(folder, 'mine/dist/mine.js'), plugins)
  await writeFile(join(folder, 'endless/package.json'), JSON.stringify({ name: 'endless', version: '1.0.0', type: 'module', connect: { sources: { 'a.Endless': 'endless#endless' } } }))
  await writeFile(join(folder, 'endless/dist/endless.js'), 'for (;;) {}')
  return await startStandalone(t, { folder, worker: { 'plugin.path': folder, 'connector.call.timeout.ms': '2000', ...worker } })
}

t.test('connector code that spins, waits for ever or ends its process fails alone, while the worker answers and others go on', async t => {
  const worker = await started(t)
  const topic = uniqueName('sound')
  const sound = uniqueName('sound')
  await createTopic(topic)
  t.equal((await worker.request('POST', '/connectors', { name: sound, config: { 'connector.class': 'FileStreamSink', topics: topic, file: join(worker.folder, 'out') } })).status, 201)
  const create = (name: string): Promise<{ status: number, body: unknown }> => worker.request('POST', '/connectors', { name, config: { 'connector.class': `a.${name}` } })
  let isSpinning = true
  const spinning = create('spinsInTasks').finally(() => { isSpinning = false })
  t.equal((await worker.request('GET', '/')).status, 200)
  t.ok(isSpinning, 'an answer while it spins')
  t.match(await spinning, { status: 500, body: { message: /a\.spinsInTasks \(package mine\) did not give its thread free for connector\.call\.timeout\.ms \(2000 ms\) in tasks/ } })
  t.match(await create('hangsInTasks'), { status: 500, body: { message: /a\.hangsInTasks \(package mine\) has not answered tasks within connector\.call\.timeout\.ms/ } })
  t.match(await create('leavesInTasks'), { status: 500, body: { message: /a\.leavesInTasks \(package mine\) ended its thread with code 3/ } })
  const validated = worker.request('PUT', '/connector-plugins/spinsInValidate/config/validate', { 'connector.class': 'a.spinsInValidate', name: 'x', 'tasks.max': '1' })
  t.match(await create('spinsInValidate'), { status: 500, body: { message: /in validate/ } })
  t.match(await validated, { status: 500, body: { message: /in validate/ } })
  t.match(await create('Endless'), { status: 500, body: { message: /a\.Endless \(package endless\) did not give its thread free/ } })
  t.match(await worker.status('spinsInTasks'), { connector: { state: 'FAILED', trace: /did not give its thread free/ } })
  t.match(await create('spinsInMonitor'), { status: 201 })
  await until('the connector failed', async () => (await worker.status('spinsInMonitor')).connector.state === 'FAILED')
  t.match(await worker.status('spinsInMonitor'), { connector: { trace: /in monitor/ } })
  t.equal((await worker.status(sound)).connector.state, 'RUNNING')
  await writeValues(topic, ['one'])
  await until('the sound one goes on', async () => (await worker.status(sound)).tasks[0]?.state === 'RUNNING' && (await readTopic(topic)).length === 1)
})

t.test('a connector in its thread makes tasks, watches, logs and is stopped as one in the worker\'s own', async t => {
  const worker = await started(t)
  t.match(await worker.request('POST', '/connectors', { name: 'c', config: { 'connector.class': 'a.changes', 'tasks.max': '2' } }), { status: 201 })
  await until('the tasks are made again', async () => ((await worker.request('GET', '/connectors/c/tasks')).body as { config: { number: string } }[])[1]?.config.number === 'c1again')
  t.equal((await worker.request('PUT', '/admin/loggers/org.apache.kafka.connect.runtime.WorkerConnector', { level: 'DEBUG' })).status, 200)
  t.equal((await worker.request('DELETE', '/connectors/c')).status, 204)
  await until('the monitor ended', async () => (await worker.log()).includes('The monitor of c ends.'))
  await until('it heard of the level', async () => (await worker.log()).includes('It was stopped.'))
  t.match(await worker.log(), /\[c\|worker\].*The monitor of c runs\./)
})

t.test('of connectors of one class, only the one whose code ends their thread fails; the others begin again', async t => {
  const worker = await started(t)
  const create = async (name: string, leaves: boolean): Promise<void> => {
    t.match(await worker.request('POST', '/connectors', { name, config: { 'connector.class': 'a.mayLeave', leaves: String(leaves) } }), { status: 201 })
  }
  const beginnings = async (name: string): Promise<number> => (await worker.log()).split(`The monitor of ${name} begins.`).length - 1
  await create('stays', false)
  await until('the sound one begins', async () => await beginnings('stays') === 1)
  await create('leaves', true)
  await until('the other has failed', async () => (await worker.status('leaves')).connector.state === 'FAILED')
  t.match(await worker.status('leaves'), { connector: { trace: /a\.mayLeave \(package mine\) ended its thread with code 3/ } })
  await until('the sound one begins again', async () => await beginnings('stays') === 2)
  t.equal((await worker.status('stays')).connector.state, 'RUNNING')
})
