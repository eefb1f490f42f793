import { configOf, defineTransform, sinkRecord, t as types, withParts } from '@tributary/plugin'
import type { RawConfig } from '@tributary/plugin'
import t from 'tap'
import { stageConfigs } from '../src/config/stages.ts'
import type { StageConfig } from '../src/config/stages.ts'
import { discoverPlugins } from '../src/discovery/discover.ts'
import { createTransformChain } from '../src/transform-chain.ts'
import type { TransformChain } from '../src/transform-chain.ts'

const transforms = 'org.apache.kafka.connect.transforms'

async function chainOf (raw: RawConfig): Promise<TransformChain> {
  const plugins = discoverPlugins({ pluginPath: [], workerFile: null })
  return createTransformChain(await stageConfigs({ 'connector.class': 'x', ...raw }, plugins))
}

function record (value: unknown, topic = 'orders') {
  return sinkRecord({ topic, partition: 0, offset: 0, value })
}

const fail = (_index: number, stage: string, error: unknown): never => { throw new Error(`${stage} failed`, { cause: error }) }

t.test('transforms apply in order', async t => {
  const chain = await chainOf({
    transforms: 'flat, time',
    'transforms.flat.type': `${transforms}.Flatten$Value`,
    'transforms.flat.delimiter': '_',
    'transforms.time.type': 'tributary.transforms.EventTimePartition',
    'transforms.time.field': 'a_at',
    'transforms.time.unit': 's'
  })
  const [result] = chain.apply([record({ a: { at: 1573573055 } })], fail)
  t.strictSame(result?.value, { a_at: 1573573055 })
  t.match(result?.headers, [{ value: 'ot=2019111215/' }])
})

t.test('a predicate chooses records, negate the others', async t => {
  const raw = {
    transforms: 'drop',
    'transforms.drop.type': `${transforms}.Filter`,
    'transforms.drop.predicate': 'wanted',
    predicates: 'wanted',
    'predicates.wanted.type': `${transforms}.predicates.TopicNameMatches`,
    'predicates.wanted.pattern': 'a.*'
  }
  const records = [record(1, 'ab'), record(2, 'b'), record(3, 'a')]
  t.strictSame((await chainOf(raw)).apply(records, fail).map(r => r?.value ?? null), [null, 2, null])
  t.strictSame((await chainOf({ ...raw, 'transforms.drop.negate': 'true' })).apply(records, fail).map(r => r?.value ?? null), [1, null, 3])
})

t.test('a refused record is told with its stage, and the others go on', async t => {
  const chain = await chainOf({ transforms: 'flat', 'transforms.flat.type': `${transforms}.Flatten$Value` })
  const told: unknown[] = []
  const results = chain.apply([record({ a: 1 }), record('text'), record({ b: 2 })], (index, stage) => { told.push([index, stage]) })
  t.strictSame(told, [[1, `${transforms}.Flatten$Value`]])
  t.strictSame(results.map(r => r?.value ?? null), [{ a: 1 }, null, { b: 2 }])
})

t.test('an error of the listener ends the batch', async t => {
  const chain = await chainOf({ transforms: 'flat', 'transforms.flat.type': `${transforms}.Flatten$Value` })
  t.throws(() => chain.apply([record('text')], fail), { message: `${transforms}.Flatten$Value failed` })
})

t.test('without transforms the records themselves come out', async t => {
  const records = [record(1)]
  const chain = await chainOf({})
  t.equal(chain.isEmpty, true)
  t.equal(chain.apply(records, fail), records)
})

t.test('a predicate that fails counts as a failure of its stage', async t => {
  const definition = defineTransform({ summary: '', config: types.object({}), create: () => given => withParts(given, { topic: 'x' }) })
  const predicate = { kind: 'predicate' as const, summary: '', config: types.object({}), create: () => () => { throw new Error('no') } }
  const stage: StageConfig = {
    alias: 'a', class: 'A', version: null, definition, config: configOf(definition.config, {}), raw: {}, negate: false,
    predicate: { alias: 'p', class: 'P', version: null, definition: predicate, config: {}, raw: {} }
  }
  const told: unknown[] = []
  t.strictSame(createTransformChain([stage]).apply([record(1)], (index, name, error) => { told.push([index, name, (error as Error).message]) }), [null])
  t.strictSame(told, [[0, 'A', 'no']])
})
