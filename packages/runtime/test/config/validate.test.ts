import { defineConverter, defineSink, defineSource, t as is } from '@tributary/plugin'
import t from 'tap'
import type { ConfigInfos } from '../../src/config/config-infos.ts'
import type { LoadedPlugin, PluginEntry, Plugins } from '../../src/config/plugins.ts'
import { pluginConfig, validateConnectorConfig, validationError } from '../../src/config/validate.ts'
import { workerConfigOf } from '../../src/config/worker-config.ts'
import type { PluginType } from '../../src/herder/herder.ts'

const queue = defineSource({
  summary: 'Reads a queue.',
  config: is.object({ url: is.string({ description: 'Where', importance: 'HIGH' }), from: is.int({ description: 'First', default: 0 }), to: is.int({ description: 'Last', default: 9 }) }),
  validate: ({ from, to }) => from > to ? [{ key: 'from', message: 'from must not be after to' }, { key: 'range', message: 'The range is empty' }] : [],
  async * read () {}
})
const table = defineSink({ summary: 'Writes a table.', guarantee: 'at-least-once', config: is.object({}), start: () => ({ put () {} }) })
const json = defineConverter({ summary: 'JSON.', config: is.object({ 'schemas.enable': is.boolean({ description: 'Envelope', default: true }) }) })
const known = [
  { type: 'sink', class: 'com.example.TableSinkConnector', aliases: ['TableSink'], definition: table },
  { type: 'source', class: 'com.example.QueueSourceConnector', aliases: ['QueueSource'], definition: queue },
  { type: 'converter', class: 'com.example.JsonConverter', aliases: ['JsonConverter'], definition: json }
] as const

const plugins: Plugins = {
  list: () => known.map(({ type, class: name, aliases }): PluginEntry => ({ class: name, type, version: '1.0', aliases, load: () => Promise.reject(new Error('not needed')) })),
  async find<T extends PluginType> (type: T, name: string): Promise<LoadedPlugin<T> | null> {
    const one = known.find(entry => entry.type === type && [entry.class, ...entry.aliases].some(one => one === name))
    return one === undefined ? null : { entry: { ...one, version: '1.0' }, definition: one.definition } as unknown as LoadedPlugin<T>
  }
}

async function validated (config: Record<string, string>, worker: Record<string, string> = {}): Promise<ConfigInfos> {
  return await validateConnectorConfig({ name: 'c', ...config }, {
    plugins,
    worker: await workerConfigOf('distributed', {
      'bootstrap.servers': 'a:1', 'key.converter': 'com.example.JsonConverter', 'value.converter': 'com.example.JsonConverter', 'group.id': 'connect-c',
      'offset.storage.topic': 'o', 'config.storage.topic': 'k', 'status.storage.topic': 's', ...worker
    })
  })
}

const source = { 'connector.class': 'QueueSource', url: 'u' }
const sink = { 'connector.class': 'TableSink', topics: 't', 'consumer.override.group.id': 'mine' }
const errorsOf = (infos: ConfigInfos): Record<string, string[]> => Object.fromEntries(infos.configs.flatMap(({ value }) => value === null || value.errors.length === 0 ? [] : [[value.name, value.errors]]))
const find = (infos: ConfigInfos, name: string) => infos.configs.find(({ definition, value }) => (definition?.name ?? value?.name) === name)

t.test('a good configuration has no errors, and every key with its value or default', async t => {
  const infos = await validated(source)
  t.equal(infos.error_count, 0)
  t.equal(infos.name, 'QueueSource')
  t.same(infos.groups.slice(0, 7), ['Common', 'Transforms', 'Predicates', 'Error Handling', 'Topic Creation', 'Exactly Once Support', 'offsets.topic'])
  t.match(find(infos, 'tasks.max'), { definition: { type: 'INT', required: false, default_value: '1', group: 'Common', order_in_group: 4, width: 'SHORT', display_name: 'Tasks max' }, value: { value: '1', errors: [], visible: true } })
  t.match(find(infos, 'key.converter'), { definition: { default_value: 'com.example.JsonConverter' }, value: { recommended_values: ['com.example.JsonConverter'] } })
  t.match(find(infos, 'url'), { definition: { required: true, group: null, order_in_group: -1 }, value: { value: 'u' } })
})

t.test('every message counts', async t => {
  const infos = await validated({ 'connector.class': 'QueueSource', 'tasks.max': 'x' })
  t.same(errorsOf(infos), {
    'tasks.max': ['Invalid value x for configuration tasks.max: Not a number of type INT', 'Invalid value null for configuration tasks.max: Value must be non-null'],
    url: ['Missing required configuration "url" which has no default value.']
  })
  t.equal(infos.error_count, 3)
})

t.test('the error of POST lists the messages in Kafka\'s layout', async t => {
  const error = validationError(await validated({ 'connector.class': 'QueueSource' }))
  t.equal(error?.status, 400)
  t.equal(error?.message, 'Connector configuration is invalid and contains the following 1 error(s):\nMissing required configuration "url" which has no default value.\nYou can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`')
  t.equal(validationError(await validated(source)), null)
})

t.test('what the connector says of keys together is reported, keys it did not declare without a definition', async t => {
  const infos = await validated({ ...source, from: '9', to: '1' })
  t.same(errorsOf(infos), { from: ['from must not be after to'], range: ['The range is empty'] })
  t.equal(find(infos, 'range')?.definition, null)
})

t.test('topics are reported on both keys', async t => {
  t.same(errorsOf(await validated({ ...sink, topics: '' })), { topics: ['Must configure one of topics or topics.regex'], 'topics.regex': ['Must configure one of topics or topics.regex'] })
})

t.test('a sink may not read in the workers\' group', async t => {
  const { 'consumer.override.group.id': _group, ...byName } = sink
  t.same(errorsOf(await validated(byName)), { name: ['Consumer group for sink connector named c conflicts with Connect worker group connect-c'] })
  const infos = await validated({ ...sink, 'consumer.override.group.id': 'connect-c' })
  t.same(errorsOf(infos)['consumer.override.group.id'], ['Consumer group connect-c conflicts with Connect worker group connect-c'])
})

t.test('exactly-once is refused where worker or connector cannot', async t => {
  const messages = errorsOf(await validated({ ...source, 'exactly.once.support': 'required', 'transaction.boundary': 'connector' }))
  t.equal(messages['exactly.once.support']?.[0], 'This worker does not have exactly-once source support enabled.')
  t.match(messages['transaction.boundary']?.[0], /does not support connector-defined transaction boundaries/)
})

t.test('keys of the connector\'s own converter are checked, one error a key', async t => {
  const infos = await validated({ ...source, 'key.converter': 'JsonConverter', 'key.converter.schemas.enable': 'x' })
  t.same(errorsOf(infos), { 'key.converter.schemas.enable': ['Invalid value x for configuration schemas.enable: Expected value to be either true or false'] })
  t.equal(infos.error_count, 1)
  t.equal(find(infos, 'key.converter')?.value?.value, 'com.example.JsonConverter')
})

t.test('overrides of client settings follow the worker\'s policy, secrets stay hidden', async t => {
  const infos = await validated({ ...source, 'producer.override.acks': '1', 'producer.override.sasl.jaas.config': 'x' }, { 'connector.client.config.override.policy': 'Principal' })
  t.same(errorsOf(infos), { 'producer.override.acks': ['The \'Principal\' policy does not allow \'acks\' to be overridden in the connector configuration.'] })
  t.equal(find(infos, 'producer.override.sasl.jaas.config')?.value?.value, '[hidden]')
})

t.test('null is no value', async t => {
  t.same(errorsOf(await validated({ ...source, foo: null as unknown as string })), { foo: ['Null value can not be supplied as the configuration value.'] })
})

t.test('a configuration without a class names its keys, not its values', async t => {
  await t.rejects(validated({ password: 'hunter2' }), { status: 400, message: 'Connector config {name, password} contains no connector type' })
})

t.test('a plugin\'s keys come before those of every connector', async t => {
  t.same((await pluginConfig(plugins, 'QueueSource')).slice(0, 4).map(({ name }) => name), ['url', 'from', 'to', 'name'])
  t.same((await pluginConfig(plugins, 'JsonConverter')).map(({ name }) => name), ['schemas.enable'])
})
