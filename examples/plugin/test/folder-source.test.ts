import assert from 'node:assert/strict'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { SourcePartition, SourceRecord } from '@tributary/plugin'
import { folderSource } from '../src/folder-source.ts'
import { sourceContext } from './context.ts'

async function testFolder (t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'connect-example-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Reads until there are as many records, then stops the source. */
async function take (count: number, folder: string, committed = new Map<string, number>(), onRecords: () => unknown = () => {}): Promise<SourceRecord[]> {
  const stop = new AbortController()
  const offsets = async (partitions: readonly SourcePartition[]) => partitions.map(({ file }) => committed.has(String(file)) ? { position: committed.get(String(file)) } : null)
  const records: SourceRecord[] = []
  for await (const batch of folderSource.read(sourceContext(folderSource, { folder, topic: 'lines', 'poll.interval.ms': '10' }, { signal: stop.signal, offsets }))) {
    records.push(...batch)
    await onRecords()
    if (records.length >= count) stop.abort()
  }
  return records
}

test('every line is a record with the name of its file as the key', async t => {
  const folder = await testFolder(t)
  await writeFile(join(folder, 'a.txt'), 'one\ntwo\n')
  await writeFile(join(folder, 'b.txt'), 'drei – ü\n')
  await writeFile(join(folder, 'c.log'), 'not read\n')
  assert.deepEqual((await take(3, folder)).map(({ key, value, sourceOffset }) => [key, value, sourceOffset]), [
    ['a.txt', 'one', { position: 4 }], ['a.txt', 'two', { position: 8 }], ['b.txt', 'drei – ü', { position: 12 }]
  ])
})

test('a restarted task goes on after the last line that Kafka has', async t => {
  const folder = await testFolder(t)
  await writeFile(join(folder, 'a.txt'), 'one\ntwo\nthree\n')
  assert.deepEqual((await take(2, folder, new Map([['a.txt', 4]]))).map(({ value }) => value), ['two', 'three'])
})

test('a line that is still being written waits for its end', async t => {
  const folder = await testFolder(t)
  await writeFile(join(folder, 'a.txt'), 'one\ntw')
  const records = await take(2, folder, new Map(), () => appendFile(join(folder, 'a.txt'), 'o\n'))
  assert.deepEqual(records.slice(0, 2).map(({ value }) => value), ['one', 'two'])
})

test('tasks share the files', async () => {
  const context = { connector: 'test', signal: new AbortController().signal, log: { error () {}, warn () {}, info () {}, debug () {} }, requestTaskReconfiguration () {} }
  const raw = { folder: '.', topic: 'lines' }
  const tasks = await folderSource.tasks!({} as never, { ...context, maxTasks: 2, raw })
  assert.deepEqual(tasks, [{ ...raw, 'folder.share': '0', 'folder.shares': '2' }, { ...raw, 'folder.share': '1', 'folder.shares': '2' }])
})

test('a missing folder is named before anything starts', async () => {
  assert.deepEqual(await folderSource.validate!({ folder: '/nowhere' } as never, {}), [{ key: 'folder', message: 'There is no folder /nowhere that this worker can read.' }])
})
