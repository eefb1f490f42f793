import { configOf, sourceRecord, type ConfigObject } from '@tributary/plugin'
import t from 'tap'
import { guardDefinition } from '../../src/discovery/guard-definition.ts'

type Functions = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>

const guard = (definition: object): Functions => guardDefinition(definition as Functions, 'The plugin a') as unknown as Functions

async function batchesOf (read: () => unknown): Promise<unknown[]> {
  return await Array.fromAsync(guard({ kind: 'source', read })['read']!({}) as AsyncIterable<unknown>)
}

t.test('what a source yields is passed on as it is', async t => {
  const batch = [sourceRecord({ topic: 'a' })]
  const [given] = await batchesOf(async function * () { yield batch })
  t.equal(given, batch)
})

t.test('slips of a source are named', async t => {
  await t.rejects(batchesOf(() => undefined), { kind: 'system', message: 'The plugin a: read must be an async generator: async * read (context) { ... }.' })
  await t.rejects(batchesOf(async function * () { yield sourceRecord({ topic: 'a' }) }), { message: 'The plugin a: read must yield arrays of records: yield [record], not yield record.' })
  await t.rejects(batchesOf(async function * () { yield [{ value: 1 }] }), { message: /^The plugin a: read yields a record that lacks its topic or other parts\./ })
})

t.test('a validate that throws is a mistake of the plugin, told with its place', async t => {
  const throwing = guard({ kind: 'sink', validate () { throw new TypeError('boom') } })
  t.throws(() => throwing['validate']!(), { kind: 'system', message: /^The plugin a: validate throws TypeError: boom \(\/\S+guard-definition\.test\.ts:\d+\)\. This is a mistake of the plugin, not of the configuration\.$/ })
  await t.rejects(async () => await guard({ kind: 'sink', async validate () { throw new TypeError('boom') } })['validate']!(), { message: /validate throws TypeError: boom/ })
  t.throws(() => guard({ kind: 'sink', validate () {} })['validate']!(), { message: 'The plugin a: validate must return an array of { key, message }, empty when all is well.' })
})

t.test('what a plugin says to users on purpose stays as it is', async t => {
  const config: ConfigObject = { keys: { a: { type: 'INT', description: 'A' } } }
  t.throws(() => guard({ kind: 'sink', validate: () => configOf(config, {}) })['validate']!(), { kind: 'config', message: 'Missing required configuration "a" which has no default value.' })
})

t.test('tasks are configurations of text', async t => {
  t.throws(() => guard({ kind: 'sink', tasks: () => [{ a: 1 }] })['tasks']!(), { message: 'The plugin a: tasks must return an array of configurations, one for each task, whose values are strings.' })
  t.same(guard({ kind: 'sink', tasks: () => [{ a: '1' }] })['tasks']!(), [{ a: '1' }])
})

t.test('a sink, a converter or a feed that is not whole is named when it is made', async t => {
  t.throws(() => guard({ kind: 'sink', start () {} })['start']!(), { message: 'The plugin a: start must return an object with the function put.' })
  await t.rejects(async () => await guard({ kind: 'sink', start: async () => ({}) })['start']!(), { message: 'The plugin a: start must return an object with the function put.' })
  t.throws(() => guard({ kind: 'converter', create: () => ({ toConnect () {} }) })['create']!(), { message: 'The plugin a: create must return an object with the functions toConnect, fromConnect.' })
  t.throws(() => guard({ kind: 'feed', open: () => ({}) })['open']!(), { message: 'The plugin a: open must return an object with the functions poll, commit, close.' })
})

t.test('a transform that forgets to return loses no record silently', async t => {
  const create = (made: unknown): unknown => guard({ kind: 'transform', create: () => made })['create']!()
  t.throws(() => create(undefined), { message: 'The plugin a: create must return a function of a record.' })
  t.throws(() => (create(() => {}) as () => void)(), { kind: 'data', message: 'The transform returned undefined. It must return a record, or null to drop it.' })
  t.equal((create(() => null) as () => unknown)(), null)
})

t.test('methods of a class serve as well', async t => {
  class Mine {
    readonly kind = 'sink'
    readonly names = ['x']
    start () { return { put: () => this.names } }
  }
  const task = guard(new Mine())['start']!() as { put (): unknown }
  t.same(task.put(), ['x'])
})
