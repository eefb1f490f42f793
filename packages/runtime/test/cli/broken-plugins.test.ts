import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '@tributary/testing'
import t from 'tap'
import { startStandalone, testFolder } from './standalone-worker.ts'

const plugins = `
const base = { kind: 'source', summary: 'Mine.', config: { keys: {} } }
export const readThrows = { ...base, read () { throw new TypeError('boom') } }
export const validateThrows = { ...base, validate () { throw new TypeError('boom') }, async * read () {} }
export const timerThrows = { ...base, async monitor () { setTimeout(() => { throw new TypeError('boom in a timer') }) }, async * read () {} }
`

t.test('a worker outlives every mistake of a plugin and says what it is', async t => {
  const folder = await testFolder(t)
  const connect = { sources: { 'a.ReadThrows': 'mine#readThrows', 'a.ValidateThrows': 'mine#validateThrows', 'a.TimerThrows': 'mine#timerThrows', 'a.Missing': 'gone#missing' } }
  for (const [name, manifest] of [['mine', JSON.stringify({ name: 'mine', version: '1.0.0', type: 'module', connect })], ['unreadable', '{ "connect": ']] as const) {
    await mkdir(join(folder, name, 'dist'), { recursive: true })
    await writeFile(join(folder, name, 'package.json'), manifest)
  }
  await writeFile(join(folder, 'mine/dist/mine.js'), plugins)
  const worker = await startStandalone(t, { worker: { 'plugin.path': folder } })
  const create = (name: string): Promise<{ status: number, body: unknown }> => worker.request('POST', '/connectors', { name, config: { 'connector.class': `a.${name}` } })

  t.match(await create('Missing'), { status: 400, body: { message: /^Cannot load the plugin a\.Missing of package mine: there is no file \S+gone\.js\./ } })
  t.match(await create('ValidateThrows'), { status: 500, body: { message: /"validateThrows" of \S+mine\.js: validate throws TypeError: boom \(\S+mine\.js:4\)\./ } })
  t.match(await create('ReadThrows'), { status: 201 })
  t.match(await worker.taskIs('ReadThrows', 'FAILED'), /boom\n\s+at .*mine\.js:3/)
  t.match(await create('TimerThrows'), { status: 201 })
  await worker.taskIs('TimerThrows', 'RUNNING')
  t.match(await worker.log(), /Cannot read \S+unreadable\/package\.json: /)
  await until('the log tells of the timer', async () => (await worker.log()).includes('An error that nothing caught; the worker goes on: TypeError: boom in a timer'))
  t.equal((await worker.request('GET', '/')).status, 200)
})
