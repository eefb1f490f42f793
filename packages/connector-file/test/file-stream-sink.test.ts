import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { sinkRecord } from '@tributary/plugin'
import { fileStreamSink } from '../src/index.ts'

const log = { error () {}, warn () {}, info () {}, debug () {} }
const context = { task: { connector: 'c', task: 0 }, raw: {}, giveUp: new AbortController().signal, log, assignment: () => [], pause () {}, resume () {}, seek () {}, requestCommit () {}, timeout () {}, report: async () => {}, counter: () => ({ add () {} }) }

t.test('values are written as lines, as Java prints them', async t => {
  const file = join(await mkdtemp(join(tmpdir(), 'tributary-file-')), 'out')
  const task = await fileStreamSink.start({ ...context, config: { file } })
  await task.put([sinkRecord({ topic: 't', partition: 0, offset: 0, value: 'plain' }), sinkRecord({ topic: 't', partition: 0, offset: 1, value: { a: 1, b: ['x', null] } })])
  await task.stop?.()
  t.equal(await readFile(file, 'utf8'), 'plain\n{a=1, b=[x, null]}\n')
})

t.test('a folder as the file is refused with its name and the reason', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-file-'))
  await t.rejects(Promise.resolve(fileStreamSink.start({ ...context, config: { file: folder } })), { kind: 'config', message: new RegExp(`Cannot write ${folder} \\(file\\): EISDIR`) })
  const file = join(folder, 'out')
  const task = await fileStreamSink.start({ ...context, config: { file } })
  await task.put([])
  await task.stop?.()
  t.equal(await readFile(file, 'utf8'), '')
})
