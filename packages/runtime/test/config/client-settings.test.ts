import t from 'tap'
import { deadLetterProducerSettings, sinkConsumerSettings, sourceAdminSettings, sourceProducerSettings, transactionalProducerSettings, workerClientSettings } from '../../src/config/client-settings.ts'
import { overridePolicy, overrideProblem } from '../../src/config/override-policy.ts'
import { workerConfigOf } from '../../src/config/worker-config.ts'

const file = {
  'bootstrap.servers': 'a:1', 'key.converter': 'K', 'value.converter': 'V', 'group.id': 'g', 'offset.storage.topic': 'o', 'config.storage.topic': 'c', 'status.storage.topic': 's',
  'security.protocol': 'SSL', 'producer.linger.ms': '5', 'producer.acks': '1', 'consumer.max.poll.records': '7', 'admin.retries': '3'
}
const client = async (config: Record<string, string> = {}) => ({ worker: await workerConfigOf('distributed', file), connector: 'c', task: 2, config })

t.test('the worker\'s prefix is stronger than what is built in, the connector\'s override than both', async t => {
  const settings = sourceProducerSettings(await client({ 'producer.override.linger.ms': '9' }))
  t.match(settings, { 'client.id': 'connector-producer-c-2', 'bootstrap.servers': 'a:1', acks: '1', 'linger.ms': '9', 'max.in.flight.requests.per.connection': '1' })
})

t.test('a task\'s clients take no unprefixed settings but the brokers', async t => {
  t.notOk('security.protocol' in sourceProducerSettings(await client()))
})

t.test('an exactly-once producer is transactional whatever a connector says', async t => {
  const settings = transactionalProducerSettings({ ...await client({ 'producer.override.transactional.id': 'mine', 'producer.override.enable.idempotence': 'false' }), groupId: 'g' })
  t.match(settings, { 'transactional.id': 'g-c-2', 'enable.idempotence': 'true' })
})

t.test('a sink reads in a group named after the connector', async t => {
  t.match(sinkConsumerSettings(await client()), { 'group.id': 'connect-c', 'client.id': 'connector-consumer-c-2', 'max.poll.records': '7', 'enable.auto.commit': 'false' })
  t.match(sinkConsumerSettings(await client({ 'consumer.override.group.id': 'mine' })), { 'group.id': 'mine' })
})

t.test('an admin client takes the worker\'s settings, then its own', async t => {
  const settings = sourceAdminSettings(await client({ 'admin.override.retries': '4' }))
  t.match(settings, { 'client.id': 'connector-adminclient-c-2', 'security.protocol': 'SSL', retries: '4' })
  t.notOk('producer.linger.ms' in settings)
})

t.test('the dead letter producer has a name of its own', async t => {
  t.equal(deadLetterProducerSettings(await client())['client.id'], 'connector-dlq-producer-c-2')
})

t.test('the worker\'s own clients are named after the group', async t => {
  const { worker } = await client()
  t.match(workerClientSettings(worker, 'configs'), { 'client.id': 'g-configs', 'security.protocol': 'SSL' })
})

t.test('policies say what may be overridden', async t => {
  const allowed = (name: string, setting: string) => overridePolicy(name, { 'connector.client.config.override.allowlist': 'acks, linger.ms' }).isAllowed(setting)
  t.same(['All', 'None', 'Principal', 'Allowlist'].map(name => allowed(name, 'acks')), [true, false, false, true])
  t.ok(allowed('org.apache.kafka.connect.connector.policy.PrincipalConnectorClientConfigOverridePolicy', 'sasl.jaas.config'))
  t.equal(overrideProblem(overridePolicy('None', {}), 'acks'), 'The \'None\' policy does not allow \'acks\' to be overridden in the connector configuration.')
  t.throws(() => overridePolicy('Some', {}), { message: /Use All, None, Principal or Allowlist/ })
})
