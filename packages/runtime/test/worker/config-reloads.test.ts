import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { uniqueName, until } from '@tributary/testing'
import t from 'tap'
import { readTopic } from '../cli/kafka-helpers.ts'
import { type Properties, type StandaloneWorker, startStandalone, testFolder } from '../cli/standalone-worker.ts'

interface Setting {
  readonly worker: StandaloneWorker
  readonly name: string
  readonly topic: string
  /** Where the provider finds its values. */
  readonly file: string
  change (part: string): Promise<void>
}

async function start (test: Parameters<typeof testFolder>[0], keys: Properties = {}): Promise<Setting> {
  const folder = await testFolder(test)
  const file = join(folder, 'values.json')
  const name = uniqueName('expiring')
  const topic = uniqueName('expiring')
  const change = (part: string): Promise<void> => writeFile(file, JSON.stringify({ part, other: 'unused' }))
  await change('1')
  const worker = await startStandalone(test, {
    folder,
    worker: { 'config.providers': 'mine', 'config.providers.mine.class': 'ChangingConfigProvider', 'config.providers.mine.param.file': file, 'config.providers.mine.param.ttl.ms': '1000' },
    connectors: [{ name, 'connector.class': 'CountingSource', topic, count: '3', part: '${mine:part}', ...keys }]
  })
  await until('the first part is there', async () => (await worker.log()).includes('has given all its records'))
  return { worker, name, topic, file, change }
}

function times (log: string, text: string): number { return log.split(text).length - 1 }

t.test('when values expire, the connector is restarted, and a task only if they have changed', async t => {
  const { worker, name, topic, change } = await start(t)
  t.match((await worker.request('GET', `/connectors/${name}/tasks`)).body, [{ config: { part: '${mine:part}' } }], 'values are not shown')
  await until('the connector was restarted twice', async () => times(await worker.log(), `Scheduling a restart of connector ${name} in 1000 ms`) >= 3)
  t.equal(times(await worker.log(), 'has given all its records'), 1, 'the task went on')
  await change('2')
  await until('the task has the new value', async () => times(await worker.log(), 'has given all its records') === 2)
  t.same((await readTopic(topic)).map(({ value }) => value), ['1 1', '1 2', '1 3', '2 1', '2 2', '2 3'])
  t.match(await worker.status(name), { connector: { state: 'RUNNING' }, tasks: [{ state: 'RUNNING' }] })
  t.equal((await worker.request('DELETE', `/connectors/${name}`)).status, 204)
})

t.test('with config.action.reload=none nothing is restarted', async t => {
  const { worker, name, change } = await start(t, { 'config.action.reload': 'none' })
  await change('2')
  t.notMatch(await worker.log(), 'Scheduling a restart')
  t.equal((await worker.request('POST', `/connectors/${name}/restart?includeTasks=true`)).status, 202)
  await until('a restart by hand takes the new value', async () => times(await worker.log(), 'has given all its records') === 2)
  t.notMatch(await worker.log(), 'Scheduling a restart')
})

t.test('while a provider fails, connector and task go on with what they have', async t => {
  const { worker, name, file, change } = await start(t)
  await writeFile(file, 'no JSON')
  await until('both have looked', async () => times(await worker.log(), 'Values of config providers have expired and could not be looked up again') >= 2)
  t.match(await worker.status(name), { connector: { state: 'RUNNING' }, tasks: [{ state: 'RUNNING' }] })
  await change('2')
  await until('the task has the new value', async () => times(await worker.log(), 'has given all its records') === 2)
})
