import { uniqueName, until } from '@tributary/testing'
import t from 'tap'
import { countOf, createTopic, openAdmin, openConsumer, openProducer, recordOf, settingsOf, valuesOf, write } from './helpers.ts'

t.test('records of all partitions come in order, with the next position and the lag', async t => {
  const topic = await createTopic(t, 3)
  const producer = await openProducer(t)
  await write(producer, Array.from({ length: 3000 }, (_x, i) => recordOf(topic, String(i), { partition: i % 3 })))
  const consumer = await openConsumer(t, { topics: [topic] })
  const batches = await consumer.until(all => countOf(all) >= 3000)
  t.same(consumer.assigned, [[0, 1, 2].map(partition => ({ topic, partition, offset: 0 }))])
  for (const partition of [0, 1, 2]) {
    const own = batches.filter(batch => batch.partition === partition)
    t.same(valuesOf(own).map(Number), Array.from({ length: 1000 }, (_x, i) => i * 3 + partition))
    t.match(own.at(-1), { next: 1000, lag: 0 })
    t.match(own[0], { lag: 1000 - own[0]!.records.length })
  }
})

t.test('a poll gives at most the records asked for', async t => {
  const topic = await createTopic(t)
  await write(await openProducer(t), Array.from({ length: 100 }, (_x, i) => recordOf(topic, String(i))))
  const consumer = await openConsumer(t, { topics: [topic] }, { 'max.poll.records': '7' })
  const batches = await consumer.until(all => countOf(all) >= 14)
  t.ok(batches.every(({ records }) => records.length <= 7))
  t.same(valuesOf(batches).slice(0, 14).map(Number), Array.from({ length: 14 }, (_x, i) => i))
})

t.test('a new member of the group reads on where positions were committed', async t => {
  const topic = await createTopic(t)
  const group = uniqueName('group')
  await write(await openProducer(t), Array.from({ length: 10 }, (_x, i) => recordOf(topic, String(i))))
  const first = await openConsumer(t, { topics: [topic] }, { 'group.id': group })
  await first.until(all => countOf(all) >= 10)
  await first.feed.commit([{ topic, partition: 0, offset: 4 }])
  await first.feed.close()
  const second = await openConsumer(t, { topics: [topic] }, { 'group.id': group })
  t.same(valuesOf(await second.until(all => countOf(all) >= 6)), ['4', '5', '6', '7', '8', '9'])
  t.same(second.assigned, [[{ topic, partition: 0, offset: 4 }]])
  t.same(await (await openAdmin(t)).groupOffsets(group), [{ topic, partition: 0, offset: 4 }])
})

t.test('without committed positions auto.offset.reset decides', async t => {
  const topic = await createTopic(t)
  const producer = await openProducer(t)
  await write(producer, [recordOf(topic, 'before')])
  const latest = await openConsumer(t, { topics: [topic] }, { 'auto.offset.reset': 'latest' })
  await latest.until(() => latest.assigned.length > 0)
  await write(producer, [recordOf(topic, 'after')])
  t.same(valuesOf(await latest.until(all => countOf(all) > 0)), ['after'])
  const none = await openConsumer(t, { topics: [topic] }, { 'auto.offset.reset': 'none' })
  await t.rejects(none.until(() => false), { code: 'NO_OFFSET', message: /auto\.offset\.reset is none/ })
})

t.test('a committed position that does not exist any more falls back to auto.offset.reset', async t => {
  const topic = await createTopic(t)
  const group = uniqueName('group')
  await write(await openProducer(t), [recordOf(topic, 'a'), recordOf(topic, 'b')])
  await (await openAdmin(t)).alterGroupOffsets(group, [{ topic, partition: 0, offset: 1000 }])
  const consumer = await openConsumer(t, { topics: [topic] }, { 'group.id': group })
  t.same(valuesOf(await consumer.until(all => countOf(all) >= 2)), ['a', 'b'])
  t.match(consumer.warnings, [/Offset 1000 of .* does not exist any more/])
  await (await openAdmin(t)).groupOffsets(group)
})

t.test('paused partitions give nothing until they are resumed', async t => {
  const topic = await createTopic(t, 2)
  await write(await openProducer(t), [recordOf(topic, 'p0', { partition: 0 }), recordOf(topic, 'p1', { partition: 1 })])
  const consumer = await openConsumer(t, { topics: [topic] })
  await consumer.until(() => consumer.assigned.length > 0)
  const rest = await openConsumer(t, { topics: [topic] })
  await rest.until(() => rest.assigned.length > 0)
  rest.feed.pause([{ topic, partition: 0 }])
  rest.feed.seek([{ topic, partition: 0, offset: 0 }, { topic, partition: 1, offset: 0 }])
  t.same(valuesOf(await rest.until(all => countOf(all) > 0)), ['p1'])
  rest.feed.resume([{ topic, partition: 0 }])
  t.same(valuesOf(await rest.until(all => countOf(all) > 0)), ['p0'])
})

t.test('seeking goes back and forth, whatever was read ahead', async t => {
  const topic = await createTopic(t)
  await write(await openProducer(t), Array.from({ length: 1000 }, (_x, i) => recordOf(topic, String(i))))
  const consumer = await openConsumer(t, { topics: [topic] }, { 'max.poll.records': '5' })
  await consumer.until(all => countOf(all) > 0)
  for (const offset of [0, 900, 3, 999, 500]) {
    consumer.feed.seek([{ topic, partition: 0, offset }])
    t.equal(valuesOf(await consumer.until(all => countOf(all) > 0))[0], String(offset))
  }
})

t.test('a wakeup ends a waiting poll', async t => {
  const topic = await createTopic(t)
  const consumer = await openConsumer(t, { topics: [topic] })
  await consumer.until(() => consumer.assigned.length > 0)
  const polling = consumer.feed.poll({ waitMs: 600_000, maxRecords: 10 })
  consumer.feed.wakeup()
  t.same(await polling, [])
})

t.test('members share the partitions: one joins, then leaves again', async t => {
  const topic = await createTopic(t, 4)
  const more = { 'group.id': uniqueName('group'), 'heartbeat.interval.ms': '50' }
  const first = await openConsumer(t, { topics: [topic] }, more)
  await first.until(() => first.assigned.at(-1)?.length === 4)
  const second = await openConsumer(t, { topics: [topic] }, more)
  await Promise.all([first.until(() => first.assigned.at(-1)?.length === 2), second.until(() => second.assigned.at(-1)?.length === 2)])
  t.same(first.revoked.map(({ partitions, reason }) => [partitions.length, reason]), [[4, 'revoked']])
  const owned = [...first.assigned.at(-1)!, ...second.assigned.at(-1)!].map(({ partition }) => partition)
  t.same(new Set(owned), new Set([0, 1, 2, 3]))
  t.equal(owned.length, 4)
  await second.feed.close()
  await first.until(() => first.assigned.at(-1)?.length === 4)
  t.same(second.revoked, [], 'closing calls no listener')
})

t.test('what is committed while partitions are taken away is where the next owner starts', async t => {
  const topic = await createTopic(t, 2)
  const more = { 'group.id': uniqueName('group'), 'heartbeat.interval.ms': '50' }
  await write(await openProducer(t), Array.from({ length: 20 }, (_x, i) => recordOf(topic, String(i), { partition: i % 2 })))
  const first = await openConsumer(t, { topics: [topic] }, more, { revoked: partitions => first.feed.commit(partitions.map(part => ({ ...part, offset: 7 }))) })
  await first.until(all => countOf(all) === 20)
  const second = await openConsumer(t, { topics: [topic] }, more)
  await Promise.all([first.until(() => first.assigned.length === 2), second.until(() => second.assigned.length === 1)])
  t.same([...first.assigned[1]!, ...second.assigned[0]!].map(({ offset }) => offset), [7, 7])
})

t.test('heartbeats go on while records are worked on for longer than the session', async t => {
  const topic = await createTopic(t)
  const consumer = await openConsumer(t, { topics: [topic] }, { 'session.timeout.ms': '6000', 'heartbeat.interval.ms': '100' })
  await consumer.until(() => consumer.assigned.length > 0)
  const started = Date.now()
  await until('longer than a session has passed', () => Date.now() - started > 6500)
  await consumer.feed.poll({ waitMs: 200, maxRecords: 10 })
  t.same(consumer.revoked, [])
  await consumer.feed.commit([{ topic, partition: 0, offset: 0 }])
})

t.test('a member that polls too rarely loses its partitions, and gets them back', async t => {
  const topic = await createTopic(t)
  const consumer = await openConsumer(t, { topics: [topic] }, { 'max.poll.interval.ms': '300' })
  await consumer.until(() => consumer.assigned.length > 0)
  await until('the member has left', () => consumer.warnings.length > 0)
  t.match(consumer.warnings, [/max\.poll\.interval\.ms \(300\)/])
  await t.rejects(consumer.feed.commit([{ topic, partition: 0, offset: 0 }]), { kind: 'transient', code: 'COMMIT_FAILED' })
  await consumer.until(() => consumer.assigned.length > 1)
  t.same(consumer.revoked, [{ partitions: [{ topic, partition: 0 }], reason: 'lost' }])
})

t.test('a pattern subscribes to all topics that match wholly, and to new ones', async t => {
  const prefix = uniqueName('pattern')
  const admin = await openAdmin(t)
  const create = (name: string): Promise<boolean> => admin.create({ name, partitions: 1, replicationFactor: 1, configs: {} })
  await Promise.all([create(`${prefix}-a`), create(`${prefix}-a-not`)])
  const consumer = await openConsumer(t, { pattern: new RegExp(`${prefix}-[a-z]`) }, { 'metadata.max.age.ms': '100' })
  await consumer.until(() => consumer.assigned.length > 0)
  t.same(consumer.assigned[0]!.map(({ topic }) => topic), [`${prefix}-a`])
  await create(`${prefix}-b`)
  await consumer.until(() => consumer.assigned.at(-1)?.length === 2)
})

t.test('a subscribed topic that is not there is created by the broker', async t => {
  const topic = uniqueName('created-by-consumer')
  const consumer = await openConsumer(t, { topics: [topic] })
  await consumer.until(() => consumer.assigned.at(-1)?.length === 1)
})

t.test('new partitions of a topic are found', async t => {
  const topic = await createTopic(t, 1)
  const consumer = await openConsumer(t, { topics: [topic] }, { 'metadata.max.age.ms': '100' })
  await consumer.until(() => consumer.assigned.length > 0)
  await addPartitions(topic, 3)
  await consumer.until(() => consumer.assigned.at(-1)?.length === 3)
})

t.test('round robin is used when it is asked for', async t => {
  const topics = [await createTopic(t, 1), await createTopic(t, 1)]
  const more = { 'group.id': uniqueName('group'), 'heartbeat.interval.ms': '50', 'partition.assignment.strategy': 'org.apache.kafka.clients.consumer.RoundRobinAssignor' }
  const [first, second] = [await openConsumer(t, { topics }, more), await openConsumer(t, { topics }, more)]
  await Promise.all([first.until(() => first.assigned.at(-1)?.length === 1), second.until(() => second.assigned.at(-1)?.length === 1)])
})

t.test('a listener that fails fails the poll', async t => {
  const topic = await createTopic(t)
  const consumer = await openConsumer(t, { topics: [topic] }, {}, { assigned: async () => { throw new Error('no room') } })
  await t.rejects(consumer.until(() => false), { message: 'no room' })
})

async function addPartitions (topic: string, count: number): Promise<void> {
  const { Kafka, logLevel } = await import('kafkajs')
  const admin = new Kafka({ brokers: [settingsOf()['bootstrap.servers'] ?? ''], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.createPartitions({ topicPartitions: [{ topic, count }] })
  await admin.disconnect()
}
