import t from 'tap'
import { readWorkerConfig, storageTopicSettings, withPrefix, workerConfigOf } from '../../src/config/worker-config.ts'

const common = { 'bootstrap.servers': 'a:1, b:2', 'key.converter': 'K', 'value.converter': 'V' }
const standalone = { ...common, 'offset.storage.file.filename': '/tmp/o' }
const distributed = { ...common, 'group.id': 'g', 'offset.storage.topic': 'o', 'config.storage.topic': 'c', 'status.storage.topic': 's' }

async function problemsOf (mode: 'standalone' | 'distributed', keys: Record<string, string>): Promise<string[]> {
  return (await readWorkerConfig(mode, { ...mode === 'standalone' ? standalone : distributed, ...keys })).problems.map(({ message }) => message)
}

t.test('values are typed, defaults filled in', async t => {
  const { values } = await workerConfigOf('distributed', distributed)
  t.same(values['bootstrap.servers'], ['a:1', 'b:2'])
  t.equal(values['offset.flush.interval.ms'], 60_000)
  t.same(values.listeners, ['http://:8083'])
  t.equal(values['session.timeout.ms'], 10_000)
  t.equal(values['task.isolation'], 'thread')
})

t.test('one problem is told with the file', async t => {
  await t.rejects(workerConfigOf('standalone', { ...standalone, 'offset.flush.interval.ms': 'x' }, { file: 'w.properties' }), { message: 'w.properties: Invalid value x for configuration offset.flush.interval.ms: Not a number of type LONG' })
})

t.test('several problems are told at once', async t => {
  await t.rejects(workerConfigOf('standalone', { 'bootstrap.servers': '', 'topic.creation.enable': 'maybe' }, { file: 'w.properties' }), {
    message: [
      'w.properties has 5 errors:',
      'Configuration \'bootstrap.servers\' must not be empty. Valid values include: any non-empty value',
      'Missing required configuration "key.converter" which has no default value.',
      'Missing required configuration "value.converter" which has no default value.',
      'Invalid value maybe for configuration topic.creation.enable: Expected value to be either true or false',
      'Missing required configuration "offset.storage.file.filename" which has no default value.'
    ].join('\n')
  })
})

t.test('keys are checked with Kafka\'s rules', async t => {
  t.same(await problemsOf('distributed', { 'connect.protocol': 'x' }), ['Invalid value x for configuration connect.protocol: Invalid Connect protocol compatibility'])
  t.same(await problemsOf('distributed', { listeners: 'http://a:8083,' }), ['Empty URL found when parsing listeners list.'])
  t.same(await problemsOf('distributed', { 'offset.storage.partitions': '0' }), ['Invalid value 0 for configuration offset.storage.partitions: Number of partitions must be positive, or -1 to use the broker\'s default'])
  t.same(await problemsOf('distributed', { 'response.http.headers.config': 'foo x:y' }), ['Invalid header config action: \'foo\'. Expected one of [set, add, setDate, addDate]'])
})

t.test('the signature algorithm must be among those that are verified', async t => {
  t.same(await problemsOf('distributed', { 'inter.worker.verification.algorithms': 'HmacSHA512' }), ['Invalid value HmacSHA256 for configuration inter.worker.signature.algorithm: Signature algorithm must be present in inter.worker.verification.algorithms list'])
})

t.test('a key of signed requests has 40 bits at least', async t => {
  t.same(await problemsOf('distributed', { 'inter.worker.key.size': '39' }), ['Unable to create key generator with algorithm HmacSHA256 and key size 39: Key length must be at least 40 bits'])
})

t.test('a class that is not there is a problem', async t => {
  const { problems } = await readWorkerConfig('standalone', standalone, { classExists: name => name !== 'K' })
  t.same(problems, [{ key: 'key.converter', message: 'Invalid value K for configuration key.converter: Class K could not be found.' }])
})

t.test('variables of config providers are replaced', async t => {
  process.env['WORKER_CONFIG_TEST'] = 'h:1'
  t.teardown(() => { delete process.env['WORKER_CONFIG_TEST'] })
  const { values } = await workerConfigOf('standalone', { ...standalone, 'config.providers': 'env', 'config.providers.env.class': 'EnvVarConfigProvider', 'bootstrap.servers': '${env:WORKER_CONFIG_TEST}' })
  t.same(values['bootstrap.servers'], ['h:1'])
})

t.test('a mistyped key is a warning with the key that was meant, keys for others are not', async t => {
  const { warnings } = await workerConfigOf('standalone', { ...standalone, 'offset.flush.intervall.ms': '1', 'producer.acks': '1', 'key.converter.schemas.enable': 'false' }, { file: 'w' })
  t.same(warnings, ['Unknown key "offset.flush.intervall.ms" in w: did you mean "offset.flush.interval.ms"?'])
})

t.test('settings without effect are warned of', async t => {
  const { warnings } = await workerConfigOf('distributed', { ...distributed, 'internal.key.converter': 'x', 'config.storage.partitions': '3', 'offset.storage.cleanup.policy': 'delete' }, { file: 'w' })
  t.equal(warnings.length, 3)
})

t.test('secrets are hidden in what is shown', async t => {
  const { redacted } = await workerConfigOf('standalone', { ...standalone, 'ssl.keystore.password': 'hunter2' })
  t.equal(redacted['ssl.keystore.password'], '[hidden]')
})

t.test('the longest back-off follows the first when only that is set', async t => {
  const { values } = await workerConfigOf('distributed', { ...distributed, 'reconnect.backoff.ms': '5000' })
  t.equal(values['reconnect.backoff.max.ms'], 5000)
})

t.test('keys with a prefix are given without it', async t => {
  t.same(withPrefix({ 'producer.acks': '1', 'producer.': 'x', other: 'y' }, 'producer.'), { acks: '1' })
})

t.test('extra settings of internal topics leave out those that Connect decides', async t => {
  t.same(storageTopicSettings({ 'offset.storage.topic': 'o', 'offset.storage.partitions': '5', 'offset.storage.segment.bytes': '9', 'offset.storage.cleanup.policy': 'delete' }, 'offset'), { 'segment.bytes': '9' })
})
