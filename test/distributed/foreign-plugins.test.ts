import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { uniqueName, until } from '@tributary/testing'
import t, { type Test } from 'tap'
import { type ConnectProcess, startWorker } from '../conformance/connect-process.ts'
import { groupKeys } from './group-keys.ts'

interface State { state: string, trace?: string }
interface Status { connector: State, tasks: State[] }

const unruly = fileURLToPath(new URL('../../packages/runtime/test/fixtures/unruly', import.meta.url))
const spinning = `
export const spinning = {
  kind: 'source', summary: 'Mine.', config: { keys: {} },
  async * read () {},
  tasks () { for (;;) {} }
}
`

/** A worker in a group of its own. */
class Lone {
  readonly worker: ConnectProcess
  readonly folder: string

  private constructor (worker: ConnectProcess, folder: string) {
    this.worker = worker
    this.folder = folder
  }

  static async start (t: Test, keys: (folder: string) => Record<string, string>): Promise<Lone> {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-foreign-'))
    await mkdir(join(folder, 'mine/dist'), { recursive: true })
    await writeFile(join(folder, 'mine/package.json'), JSON.stringify({ name: 'mine', version: '1.0.0', type: 'module', connect: { sources: { 'a.Spinning': 'mine#spinning' } } }))
    await writeFile(join(folder, 'mine/dist/mine.js'), spinning)
    const worker = await startWorker('tributary', { mode: 'distributed', folder, keys: { ...groupKeys(uniqueName('connect-foreign')), 'plugin.path': `${folder},${unruly}`, ...keys(folder) } })
    t.teardown(() => worker.stop('SIGKILL'))
    return new Lone(worker, folder)
  }

  async put (name: string, config: Record<string, string>): Promise<void> {
    await until(`${name} is created`, async () => (await fetch(`${this.worker.url}/connectors/${name}/config`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(config) })).status === 201, 60_000)
  }

  async status (name: string): Promise<Status | null> {
    const answer = await fetch(`${this.worker.url}/connectors/${name}/status`, { signal: AbortSignal.timeout(1000) })
    return answer.status === 200 ? await answer.json() as Status : null
  }

  async log (): Promise<string> { return await readFile(this.worker.log, 'utf8') }
}

function times (text: string, part: string): number { return text.split(part).length - 1 }

t.test('a connector whose code spins fails alone; its worker stays in the group and answers', { timeout: 120_000 }, async t => {
  const lone = await Lone.start(t, () => ({ 'connector.call.timeout.ms': '7000', 'session.timeout.ms': '6000', 'heartbeat.interval.ms': '500' }))
  await writeFile(join(lone.folder, 'in'), 'one\n')
  const spins = uniqueName('spins')
  const sound = uniqueName('sound')
  await lone.put(spins, { 'connector.class': 'a.Spinning' })
  const began = performance.now()
  await lone.put(sound, { 'connector.class': 'FileStreamSource', topic: uniqueName('sound'), file: join(lone.folder, 'in') })
  await until('the sound one runs', async () => (await lone.status(sound))?.tasks[0]?.state === 'RUNNING')
  const failed = await until('the other has failed', async () => {
    const status = await lone.status(spins)
    return status?.connector.state === 'FAILED' && status.connector
  })
  t.ok(performance.now() - began > 3000, 'it span meanwhile')
  t.match(failed.trace, /a\.Spinning \(package mine\) did not give its thread free for connector\.call\.timeout\.ms \(7000 ms\) in tasks, and was ended/)
  t.match(await lone.status(sound), { connector: { state: 'RUNNING' }, tasks: [{ state: 'RUNNING' }] })
  t.notMatch(await lone.log(), /thrown out of the group|cannot be reached/)
})

t.test('expired values restart a connector of a group, and its task when they have changed', { timeout: 120_000 }, async t => {
  const lone = await Lone.start(t, folder => ({
    'config.providers': 'mine', 'config.providers.mine.class': 'ChangingConfigProvider', 'config.providers.mine.param.file': join(folder, 'values.json'), 'config.providers.mine.param.ttl.ms': '1000'
  }))
  const name = uniqueName('expiring')
  const change = (part: string): Promise<void> => writeFile(join(lone.folder, 'values.json'), JSON.stringify({ part }))
  await change('1')
  await lone.put(name, { 'connector.class': 'CountingSource', topic: uniqueName('expiring'), count: '3', part: '${mine:part}' })
  await until('the connector was restarted twice', async () => times(await lone.log(), `Scheduling a restart of connector ${name} in 1000 ms`) >= 3)
  t.equal(times(await lone.log(), 'has given all its records'), 1, 'the task went on')
  await change('2')
  await until('the task has the new value', async () => times(await lone.log(), 'has given all its records') === 2)
  await until('both run', async () => {
    const status = await lone.status(name)
    return status?.connector.state === 'RUNNING' && status.tasks[0]?.state === 'RUNNING'
  })
})
