import t from 'tap'
import { connectionSettings, fetchSettings, groupSettings, producerSettings } from '../../src/kafka/settings.ts'

t.test('bootstrap servers are read with names, addresses and IPv6', async t => {
  const { bootstrap } = connectionSettings({ 'bootstrap.servers': 'broker-1:9092, 10.0.0.1:9093,[::1]:9094' })
  t.same(bootstrap, [{ host: 'broker-1', port: 9092 }, { host: '10.0.0.1', port: 9093 }, { host: '::1', port: 9094 }])
})

t.test('a bootstrap server without port is refused by name', async t => {
  t.throws(() => connectionSettings({ 'bootstrap.servers': 'broker-1' }), { kind: 'config', message: /bootstrap\.servers: broker-1/ })
  t.throws(() => connectionSettings({}), { kind: 'config', message: /bootstrap\.servers/ })
})

t.test('Connect\'s producer settings are understood', async t => {
  const settings = producerSettings({ acks: 'all', 'enable.idempotence': 'false', 'max.in.flight.requests.per.connection': '1', 'delivery.timeout.ms': '2147483647', 'max.block.ms': '9223372036854775807', 'compression.type': 'zstd' })
  t.match(settings, { acks: -1, idempotent: false, maxInFlight: 1, deliveryTimeoutMs: 2147483647, compression: 'zstd', transactionalId: null })
})

t.test('a transactional.id makes a producer idempotent, which acks 1 cannot be', async t => {
  t.equal(producerSettings({ 'transactional.id': 'x', 'enable.idempotence': 'false' }).idempotent, true)
  t.throws(() => producerSettings({ 'transactional.id': 'x', acks: '1' }), { kind: 'config', message: /acks to all/ })
})

t.test('a wrong number or word names its key and what is allowed', async t => {
  t.throws(() => fetchSettings({ 'fetch.max.bytes': 'many' }), { kind: 'config', message: /many for configuration fetch\.max\.bytes/ })
  t.throws(() => fetchSettings({ 'isolation.level': 'dirty' }), { kind: 'config', message: /isolation\.level: must be one of read_uncommitted, read_committed/ })
  t.throws(() => producerSettings({ 'compression.type': 'brotli' }), { kind: 'config', message: /none, gzip, snappy, lz4, zstd/ })
})

t.test('assignment strategies are told by Java\'s class names', async t => {
  const { assignors } = groupSettings({ 'group.id': 'g', 'partition.assignment.strategy': 'org.apache.kafka.clients.consumer.RoundRobinAssignor,org.apache.kafka.clients.consumer.RangeAssignor' })
  t.same(assignors, ['roundrobin', 'range'])
  t.throws(() => groupSettings({ 'group.id': 'g', 'partition.assignment.strategy': 'com.acme.Mine' }), { kind: 'config', message: /com\.acme\.Mine is not supported/ })
})

t.test('a consumer needs a group', async t => {
  t.throws(() => groupSettings({}), { kind: 'config', message: /group\.id/ })
})
