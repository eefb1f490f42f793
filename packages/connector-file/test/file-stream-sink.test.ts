import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { Decimal, TypedNumber } from '@tributary/plugin'
import { valueText } from '../src/value-text.ts'

t.test('values are printed as Java prints them', async t => {
  t.equal(valueText({ a: 1, b: 'x', c: [true, null, 1.5], d: { e: new TypedNumber('float64', 1) } }), '{a=1, b=x, c=[true, null, 1.5], d={e=1.0}}')
  t.equal(valueText(new Decimal(-1234n, 3)), '-1.234')
  t.equal(valueText(new Decimal(5n, -2)), '500')
  t.equal(valueText(null), 'null')
})

t.test('a folder as the file is refused with its name and the reason', async t => {
  const { fileStreamSink } = await import('../src/index.ts')
  const folder = await mkdtemp(join(tmpdir(), 'tributary-file-'))
  const log = { error () {}, warn () {}, info () {}, debug () {} }
  const context = { task: { connector: 'c', task: 0 }, config: { file: folder }, raw: {}, giveUp: new AbortController().signal, log, assignment: () => [], pause () {}, resume () {}, seek () {}, requestCommit () {}, timeout () {}, report: async () => {} }
  await t.rejects(Promise.resolve(fileStreamSink.start(context)), { kind: 'config', message: new RegExp(`Cannot write ${folder} \\(file\\): EISDIR`) })
  const file = join(folder, 'out')
  const task = await fileStreamSink.start({ ...context, config: { file } })
  await task.put([])
  await task.stop?.()
  t.equal(await readFile(file, 'utf8'), '')
})
