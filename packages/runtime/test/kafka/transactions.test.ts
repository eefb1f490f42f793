import { uniqueName } from '@tributary/testing'
import t from 'tap'
import { countOf, createTopic, kafka, openAdmin, openConsumer, openProducer, readTopic, recordOf, settingsOf, textOf, valuesOf, write } from './helpers.ts'

t.test('a committed transaction is read, an aborted one is not', async t => {
  const topic = await createTopic(t, 2)
  const producer = await openProducer(t, { 'transactional.id': uniqueName('transactional') })
  await producer.init()
  for (const [value, commit] of [['a', true], ['b', false], ['c', true], ['d', false], ['e', true]] as const) {
    producer.begin()
    await write(producer, [recordOf(topic, `${value}0`, { partition: 0 }), recordOf(topic, `${value}1`, { partition: 1 })])
    await (commit ? producer.commitTransaction() : producer.abortTransaction())
  }
  const committed = await readTopic(t, topic, { 'isolation.level': 'read_committed' })
  t.same(committed.map(({ value }) => textOf(value) ?? '').sort(), ['a0', 'a1', 'c0', 'c1', 'e0', 'e1'])
  t.equal((await readTopic(t, topic)).length, 10)
})

t.test('a consumer that reads committed records sees an open transaction only when it ends, and then goes past its marker', async t => {
  const topic = await createTopic(t)
  const producer = await openProducer(t, { 'transactional.id': uniqueName('transactional') })
  await producer.init()
  producer.begin()
  await write(producer, [recordOf(topic, 'a')])
  const consumer = await openConsumer(t, { topics: [topic] }, { 'isolation.level': 'read_committed' })
  const admin = await openAdmin(t)
  await consumer.until(() => consumer.assigned.length > 0)
  t.same(await admin.endOffsets(topic, 'read_committed'), [0])
  t.same(await consumer.feed.poll({ waitMs: 200, maxRecords: 10 }), [])
  await producer.commitTransaction()
  const batches = await consumer.until(all => all.at(-1)?.next === 2)
  t.same(valuesOf(batches), ['a'])
})

t.test('a log reader starts beside an open transaction, with what is committed; reading to the end waits for it', async t => {
  const topic = await createTopic(t)
  await write(await openProducer(t), [recordOf(topic, 'before')])
  const producer = await openProducer(t, { 'transactional.id': uniqueName('transactional') })
  await producer.init()
  producer.begin()
  await write(producer, [recordOf(topic, 'within')])
  const seen: string[] = []
  const reader = await kafka.logReader(settingsOf({ 'isolation.level': 'read_committed' }), topic, ({ value }) => { seen.push(textOf(value) ?? '') })
  t.teardown(() => reader.close())
  await reader.start()
  t.same(seen, ['before'])
  let isRead = false
  const read = reader.readToEnd().then(() => { isRead = true })
  await openAdmin(t)
  t.notOk(isRead)
  await producer.commitTransaction()
  await read
  t.same(seen, ['before', 'within'])
})

t.test('records waiting in an aborted transaction are refused, and the next one is clean', async t => {
  const topic = await createTopic(t)
  const producer = await openProducer(t, { 'transactional.id': uniqueName('transactional'), 'linger.ms': '60000' })
  await producer.init()
  producer.begin()
  const errors: unknown[] = []
  await producer.send([recordOf(topic, 'dropped')], (_index, _metadata, error) => { errors.push(error) })
  await producer.abortTransaction()
  t.match(errors, [{ code: 'TRANSACTION_ABORTED' }])
  producer.begin()
  await write(producer, [recordOf(topic, 'kept')])
  await producer.commitTransaction()
  t.same((await readTopic(t, topic, { 'isolation.level': 'read_committed' })).map(({ value }) => textOf(value)), ['kept'])
})

t.test('a transaction with a refused record cannot be committed, but aborted, and the next one works', async t => {
  const topic = await createTopic(t, 1, { configs: { 'max.message.bytes': '5000' } })
  const producer = await openProducer(t, { 'transactional.id': uniqueName('transactional') })
  await producer.init()
  producer.begin()
  await write(producer, [recordOf(topic, 'a'), recordOf(topic, Buffer.alloc(10_000))])
  await t.rejects(producer.commitTransaction(), { code: 'MESSAGE_TOO_LARGE' })
  await producer.abortTransaction()
  producer.begin()
  await write(producer, [recordOf(topic, 'b')])
  await producer.commitTransaction()
  t.same((await readTopic(t, topic, { 'isolation.level': 'read_committed' })).map(({ value }) => textOf(value)), ['b'])
})

t.test('a second producer of the same transactional.id fences the first and aborts what it left open', async t => {
  const topic = await createTopic(t)
  const id = uniqueName('transactional')
  const first = await openProducer(t, { 'transactional.id': id })
  await first.init()
  first.begin()
  await write(first, [recordOf(topic, 'left open')])
  const second = await openProducer(t, { 'transactional.id': id })
  await second.init()
  second.begin()
  await write(second, [recordOf(topic, 'mine')])
  await second.commitTransaction()
  await t.rejects(first.commitTransaction(), { code: 'PRODUCER_FENCED', message: new RegExp(id) })
  const consumer = await openConsumer(t, { topics: [topic] }, { 'isolation.level': 'read_committed' })
  t.same(valuesOf(await consumer.until(all => countOf(all) > 0)), ['mine'])
})

t.test('a producer that was fenced does not fence back when it gives up', async t => {
  const topic = await createTopic(t)
  const id = uniqueName('transactional')
  const first = await openProducer(t, { 'transactional.id': id })
  await first.init()
  first.begin()
  const second = await openProducer(t, { 'transactional.id': id })
  await second.init()
  const errors: unknown[] = []
  await first.send([recordOf(topic, 'late')], (_index, _metadata, error) => { errors.push(error) })
  await t.rejects(first.commitTransaction(), { code: 'PRODUCER_FENCED' })
  t.match(errors, [{ code: 'PRODUCER_FENCED' }])
  await first.abortTransaction()
  await first.close(0)
  second.begin()
  await write(second, [recordOf(topic, 'mine')])
  await second.commitTransaction()
  t.same((await readTopic(t, topic, { 'isolation.level': 'read_committed' })).map(({ value }) => textOf(value)), ['mine'])
})

t.test('an empty transaction commits', async t => {
  const producer = await openProducer(t, { 'transactional.id': uniqueName('transactional') })
  await producer.init()
  producer.begin()
  await producer.commitTransaction()
  producer.begin()
  await producer.abortTransaction()
})

t.test('steps out of order are refused', async t => {
  const topic = await createTopic(t)
  const producer = await openProducer(t, { 'transactional.id': uniqueName('transactional') })
  t.throws(() => { producer.begin() }, { code: 'INVALID_TXN_STATE', message: /init/ })
  await producer.init()
  await t.rejects(producer.send([recordOf(topic, 'x')], () => {}), { code: 'INVALID_TXN_STATE', message: /between begin and commit/ })
  producer.begin()
  t.throws(() => { producer.begin() }, { code: 'INVALID_TXN_STATE' })
  const plain = await openProducer(t)
  await t.rejects(plain.init(), { code: 'INVALID_TXN_STATE' })
})
