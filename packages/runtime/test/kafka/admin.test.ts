import { uniqueName } from '@tributary/testing'
import t from 'tap'
import { createTopic, kafka, openAdmin, openProducer, recordOf, settingsOf, write } from './helpers.ts'

t.test('a topic is created once, with its settings', async t => {
  const admin = await openAdmin(t)
  const name = uniqueName('admin')
  const topic = { name, partitions: 3, replicationFactor: 1, configs: { 'cleanup.policy': 'compact' } }
  t.equal(await admin.create(topic), true)
  t.equal(await admin.create(topic), false)
  t.equal((await admin.topicConfig(name)).get('cleanup.policy'), 'compact')
  t.ok((await admin.topics()).includes(name))
})

t.test('describing a topic that is not there does not create it', async t => {
  const admin = await openAdmin(t)
  const missing = uniqueName('missing')
  const there = await createTopic(t, 2)
  t.same(await admin.describe([there, missing]), new Map([[there, { partitions: 2, replicationFactor: 1 }], [missing, null]]))
  t.notOk((await admin.topics()).includes(missing))
})

t.test('a topic with impossible settings is refused with the broker\'s reason', async t => {
  const admin = await openAdmin(t)
  await t.rejects(admin.create({ name: uniqueName('admin'), partitions: 1, replicationFactor: 1, configs: { 'cleanup.policy': 'shred' } }), { code: 'INVALID_CONFIG', kind: 'config', message: /Cannot create topic .*cleanup\.policy/ })
  await t.rejects(admin.create({ name: 'a/b', partitions: 1, replicationFactor: 1, configs: {} }), { code: 'INVALID_TOPIC_EXCEPTION' })
})

t.test('end offsets count what was written to each partition', async t => {
  const admin = await openAdmin(t)
  const topic = await createTopic(t, 3)
  await write(await openProducer(t), [recordOf(topic, 'a', { partition: 0 }), recordOf(topic, 'b', { partition: 0 }), recordOf(topic, 'c', { partition: 2 })])
  t.same(await admin.endOffsets(topic, 'read_uncommitted'), [2, 0, 1])
})

t.test('offsets of a group are set, changed and removed', async t => {
  const admin = await openAdmin(t)
  const topic = await createTopic(t, 3)
  const group = uniqueName('group')
  t.same(await admin.groupOffsets(group), [])
  await admin.alterGroupOffsets(group, [{ topic, partition: 0, offset: 5 }, { topic, partition: 1, offset: 6 }])
  await admin.alterGroupOffsets(group, [{ topic, partition: 0, offset: null }, { topic, partition: 1, offset: 7 }, { topic, partition: 2, offset: null }])
  t.same(await admin.groupOffsets(group), [{ topic, partition: 1, offset: 7 }])
})

t.test('a group is deleted, and deleting it again is fine', async t => {
  const admin = await openAdmin(t)
  const topic = await createTopic(t)
  const group = uniqueName('group')
  await admin.alterGroupOffsets(group, [{ topic, partition: 0, offset: 5 }])
  await admin.deleteGroup(group)
  t.same(await admin.groupOffsets(group), [])
  await admin.deleteGroup(group)
})

t.test('fencing ends what a transactional producer may do', async t => {
  const admin = await openAdmin(t)
  const topic = await createTopic(t)
  const id = uniqueName('transactional')
  const producer = await openProducer(t, { 'transactional.id': id })
  await producer.init()
  await admin.fenceProducers([id])
  producer.begin()
  const [end] = await write(producer, [recordOf(topic, 'late')])
  t.match(end, { code: 'PRODUCER_FENCED' })
  await t.rejects(producer.commitTransaction(), { code: 'PRODUCER_FENCED' })
})

t.test('an unreachable broker is told in one sentence', async t => {
  await t.rejects(kafka.admin({ 'bootstrap.servers': '127.0.0.1:1' }), { kind: 'transient', message: 'Cannot reach Kafka at 127.0.0.1:1 (bootstrap.servers): connection refused. Is the broker running, and is this its address?' })
  await t.rejects(kafka.admin({ 'bootstrap.servers': 'no-such-host.invalid:9092' }), { kind: 'transient', message: /host name/ })
})

t.test('another bootstrap server is taken when the first is not there', async t => {
  const admin = await openAdmin(t, settingsOf({ 'bootstrap.servers': `127.0.0.1:1,${settingsOf()['bootstrap.servers']}` }))
  t.ok(await admin.clusterId())
})

t.test('a closed admin says so', async t => {
  const admin = await openAdmin(t)
  await admin.close()
  await t.rejects(admin.topics(), { code: 'KAFKA_CLOSED' })
})
