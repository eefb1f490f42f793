import { definePredicate, defineTransform, t as is } from '@tributary/plugin'
import t from 'tap'
import { connectorConfigOf, readConnectorConfig } from '../../src/config/connector-config.ts'
import type { LoadedPlugin, PluginEntry, Plugins } from '../../src/config/plugins.ts'
import { stageConfigs } from '../../src/config/stages.ts'
import type { PluginType } from '../../src/herder/herder.ts'

const upper = defineTransform({ summary: 'Upper case.', config: is.object({ field: is.string({ description: 'Which field' }), count: is.int({ description: 'How often', default: 1, min: 1 }) }), create: () => record => record })
const never = definePredicate({ summary: 'Never.', config: is.object({}), create: () => () => false })
const known = [
  { type: 'transformation', class: 'com.example.Upper$Value', definition: upper },
  { type: 'predicate', class: 'com.example.Never', definition: never },
  { type: 'converter', class: 'com.example.JsonConverter', definition: null }
] as const

const plugins: Plugins = {
  list: () => known.map(({ type, class: name }): PluginEntry => ({ class: name, type, version: '1', aliases: [], load: () => Promise.reject(new Error('not needed')) })),
  async find<T extends PluginType> (type: T, name: string): Promise<LoadedPlugin<T> | null> {
    const one = known.find(entry => entry.type === type && entry.class === name)
    return one === undefined ? null : { entry: { class: one.class, type, version: '1', aliases: [] }, definition: one.definition } as unknown as LoadedPlugin<T>
  }
}

const source = { name: 'c', 'connector.class': 'X' }
const sink = { ...source, topics: 't' }
const upperCase = { transforms: 'a', 'transforms.a.type': 'com.example.Upper$Value', 'transforms.a.field': 'x' }

async function problemsOf (kind: 'source' | 'sink', keys: Record<string, string>): Promise<string[]> {
  return (await readConnectorConfig(kind, { ...kind === 'sink' ? sink : source, ...keys }, plugins)).problems.map(({ message }) => message)
}

t.test('values are typed, defaults filled in', async t => {
  const { values, name } = await connectorConfigOf('sink', { ...sink, 'tasks.max': '3', topics: 'a, b' }, plugins)
  t.equal(name, 'c')
  t.match(values, { 'tasks.max': 3, topics: ['a', 'b'], 'errors.tolerance': 'none', 'errors.deadletterqueue.topic.replication.factor': 3 })
})

t.test('all problems are told at once', async t => {
  t.same(await problemsOf('source', { name: '', 'tasks.max': '0', 'errors.tolerance': 'some' }), [
    'Invalid value  for configuration name: String may not be empty',
    'Invalid value 0 for configuration tasks.max: Value must be at least 1',
    'Invalid value some for configuration errors.tolerance: String must be one of: none, all'
  ])
})

t.test('a sink has topics or a pattern, not both, not none', async t => {
  t.same(await problemsOf('sink', { topics: ' ' }), ['Invalid value   for configuration topics: Must configure one of topics or topics.regex', 'Invalid value null for configuration topics.regex: Must configure one of topics or topics.regex'])
  t.equal((await problemsOf('sink', { 'topics.regex': 'a.*' })).length, 2)
})

t.test('a sink that reads a feed needs no topics', async t => {
  t.notOk((await problemsOf('sink', { topics: '', 'feed.class': 'com.example.Feed' })).some(message => message.includes('Must configure one of')))
})

t.test('a sink does not read its own dead letters', async t => {
  t.same(await problemsOf('sink', { topics: 'a,d', 'errors.deadletterqueue.topic.name': 'd' }), ['Invalid value a,d for configuration topics: The DLQ topic \'d\' may not be included in the list of topics (\'topics=[a, d]\') consumed by the connector'])
})

t.test('a converter must be one', async t => {
  t.same(await problemsOf('source', { 'key.converter': 'com.example.Never' }), ['Class class com.example.Never does not implement the Converter interface'])
  t.same(await problemsOf('source', { 'key.converter': 'x.Y' }), ['Invalid value x.Y for configuration key.converter: Class x.Y could not be found.'])
  t.same(await problemsOf('source', { 'key.converter': 'com.example.JsonConverter' }), [])
})

t.test('transforms are checked with their keys', async t => {
  t.same(await problemsOf('source', { ...upperCase, 'transforms.a.count': '0' }), ['Invalid value 0 for configuration count: Value must be at least 1'])
  t.same(await problemsOf('source', { transforms: 'a', 'transforms.a.type': 'com.example.Upper$Value' }), ['Missing required configuration "transforms.a.field" which has no default value.'])
})

t.test('a transform that cannot be had is told in Kafka\'s words', async t => {
  t.same(await problemsOf('source', { transforms: 'a' }), ['Invalid value null for configuration transforms.a.type: Not a Transformation'])
  t.same(await problemsOf('source', { transforms: 'a', 'transforms.a.type': 'nope.Nope' }), ['Invalid value nope.Nope for configuration transforms.a.type: Class nope.Nope could not be found.'])
  t.same(await problemsOf('source', { transforms: 'a', 'transforms.a.type': 'com.example.Upper' }), ['This class is abstract and cannot be created. Did you mean com.example.Upper$Value?'])
  t.same(await problemsOf('source', { ...upperCase, 'transforms.a.negate': 'true' }), ['Config \'transforms.a.negate\' was provided but there is no config \'transforms.a.predicate\' defining a predicate to be negated.'])
  t.same(await problemsOf('source', { ...upperCase, transforms: 'a,a' }), ['Invalid value [a, a] for configuration transforms: Duplicate alias provided.'])
})

t.test('stages come in order, with their own keys and their predicate', async t => {
  const stages = await stageConfigs({ ...upperCase, 'transforms.a.predicate': 'p', 'transforms.a.negate': 'TRUE', predicates: 'p', 'predicates.p.type': 'com.example.Never' }, plugins)
  t.match(stages, [{ alias: 'a', class: 'com.example.Upper$Value', config: { field: 'x', count: 1 }, raw: { field: 'x' }, negate: true, predicate: { alias: 'p', class: 'com.example.Never' } }])
})

t.test('a predicate that nobody declared is told', async t => {
  await t.rejects(stageConfigs({ ...upperCase, 'transforms.a.predicate': 'p' }, plugins), { message: 'transforms.a.predicate names the predicate "p", which "predicates" does not list.' })
})

const counts = { 'topic.creation.default.replication.factor': '3', 'topic.creation.default.partitions': '5' }

t.test('the first group that matches a topic describes it, the default the others', async t => {
  const { topicGroups } = await connectorConfigOf('source', {
    ...source, ...counts, 'topic.creation.groups': 'a,b', 'topic.creation.a.include': 'x.*', 'topic.creation.a.exclude': 'x2', 'topic.creation.a.partitions': '9',
    'topic.creation.b.include': '.*', 'topic.creation.b.cleanup.policy': 'compact'
  }, plugins)
  const groupOf = (topic: string) => topicGroups.find(group => group.matches(topic))
  t.match(groupOf('x1'), { name: 'a', partitions: 9, replicationFactor: 3, configs: {} })
  t.match(groupOf('x2'), { name: 'b', partitions: 5, configs: { 'cleanup.policy': 'compact' } })
  t.same(topicGroups.map(({ name }) => name), ['a', 'b', 'default'])
})

t.test('topic creation needs its defaults, and good numbers', async t => {
  t.same(await problemsOf('source', { 'topic.creation.groups': 'a' }), ['replication.factor', 'partitions'].map(key => `Missing required configuration "topic.creation.default.${key}" which has no default value.`))
  t.same(await problemsOf('source', { ...counts, 'topic.creation.default.partitions': '0' }), ['Invalid value 0 for configuration partitions: Number of partitions must be positive, or -1 to use the broker\'s default'])
  t.same(await problemsOf('source', { ...counts, 'topic.creation.groups': 'a', 'topic.creation.a.include': '(' }), ['Invalid value [(] for configuration include: Syntax error in regular expression: Unclosed group near index 1\n('])
})

t.test('without topic keys, or where the worker creates none, there are no groups', async t => {
  t.same((await connectorConfigOf('source', source, plugins)).topicGroups, [])
  t.same((await connectorConfigOf('source', { ...source, ...counts }, plugins, { topicCreation: false })).topicGroups, [])
})
