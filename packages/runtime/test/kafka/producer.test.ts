import { uniqueName } from '@tributary/testing'
import t from 'tap'
import { partitionOf } from '../../src/kafka/murmur2.ts'
import { countOf, createTopic, openAdmin, openConsumer, openProducer, readTopic, recordOf, textOf, write } from './helpers.ts'

t.test('records arrive with key, value, timestamp and place', async t => {
  const topic = await createTopic(t, 2)
  const producer = await openProducer(t)
  const ends = await write(producer, [
    recordOf(topic, 'one', { partition: 1, key: Buffer.from('k'), timestamp: 1234 }),
    recordOf(topic, null, { partition: 1 }),
    recordOf(topic, '', { partition: 0 })
  ])
  t.same(ends, [{ partition: 1, offset: 0 }, { partition: 1, offset: 1 }, { partition: 0, offset: 0 }])
  const records = (await readTopic(t, topic)).sort((a, b) => b.partition - a.partition || a.offset - b.offset)
  t.match(records.map(({ key, value, timestamp }) => [textOf(key), textOf(value), timestamp]), [['k', 'one', 1234], [null, null, Number], [null, '', Number]])
})

t.test('a key has the partition that Java gives it', async t => {
  const topic = await createTopic(t, 5)
  const producer = await openProducer(t)
  const keys = Array.from({ length: 50 }, (_x, i) => Buffer.from(`key-${i}`))
  const ends = await write(producer, keys.map(key => recordOf(topic, 'v', { key })))
  t.same(ends.map(end => 'partition' in end ? end.partition : end), keys.map(key => partitionOf(key, 5)))
})

t.test('records without key stay together and in the end use all partitions', async t => {
  const topic = await createTopic(t, 3)
  const producer = await openProducer(t)
  const ends = await write(producer, Array.from({ length: 3000 }, () => recordOf(topic, Buffer.alloc(1000))))
  const partitions = ends.map(end => 'partition' in end ? end.partition : -1)
  t.same(new Set(partitions), new Set([0, 1, 2]))
  const changes = partitions.filter((partition, i) => i > 0 && partition !== partitions[i - 1]).length
  t.ok(changes < 400, `changed ${changes} times`)
})

t.test('the order of sends is the order in a partition, whatever is under way', async t => {
  const topic = await createTopic(t)
  const producer = await openProducer(t, { 'batch.size': '2000' })
  const sends: Promise<void>[] = []
  for (let i = 0; i < 200; i++) sends.push(producer.send(Array.from({ length: 10 }, (_x, j) => recordOf(topic, String(i * 10 + j))), () => {}))
  await Promise.all(sends)
  await producer.flush({ signal: AbortSignal.timeout(30_000) })
  t.same((await readTopic(t, topic)).map(({ value }) => Number(textOf(value))), Array.from({ length: 2000 }, (_x, i) => i))
})

for (const idempotence of ['true', 'false']) {
  t.test(`done is called once for each record, in order (enable.idempotence ${idempotence})`, async t => {
    const topic = await createTopic(t)
    const producer = await openProducer(t, { 'enable.idempotence': idempotence })
    const order: number[] = []
    await producer.send(Array.from({ length: 5000 }, () => recordOf(topic, 'x'.repeat(300))), (index, metadata) => { if (metadata?.offset === index) order.push(index) })
    await producer.flush({ signal: AbortSignal.timeout(30_000) })
    t.same(order, Array.from({ length: 5000 }, (_x, i) => i))
  })
}

t.test('memory is bounded: a send waits for room', async t => {
  const topic = await createTopic(t)
  const producer = await openProducer(t, { 'buffer.memory': '100000' })
  let done = 0
  let most = 0
  for (let i = 0; i < 30; i++) {
    await producer.send(Array.from({ length: 30 }, () => recordOf(topic, Buffer.alloc(1000))), () => { done++ })
    most = Math.max(most, (i + 1) * 30 - done)
  }
  await producer.flush({ signal: AbortSignal.timeout(30_000) })
  t.equal(done, 900)
  t.ok(most <= 100, `${most} records were outstanding`)
})

t.test('a record that is too large is refused alone', async t => {
  const topic = await createTopic(t)
  const producer = await openProducer(t)
  const [before, large, after] = await write(producer, [recordOf(topic, 'a'), recordOf(topic, Buffer.alloc(1_100_000)), recordOf(topic, 'b')])
  t.match([before, after], [{ offset: 0 }, { offset: 1 }])
  t.match(large, { code: 'RECORD_TOO_LARGE', kind: 'data', message: /larger than 1048576, which is the value of the max\.request\.size/ })
})

t.test('a batch the broker finds too large goes in parts, a single record is refused', async t => {
  const topic = await createTopic(t, 1, { configs: { 'max.message.bytes': '20000' } })
  for (const idempotence of ['true', 'false']) {
    const producer = await openProducer(t, { 'enable.idempotence': idempotence })
    const values = Array.from({ length: 100 }, (_x, i) => i === 50 ? Buffer.alloc(30_000) : Buffer.alloc(1000, i))
    const ends = await write(producer, values.map(value => recordOf(topic, value)))
    t.match(ends[50], { code: 'MESSAGE_TOO_LARGE', kind: 'data' })
    t.equal(ends.filter(end => 'offset' in end).length, 99)
  }
  t.same((await readTopic(t, topic)).map(({ value }) => value?.[0]).slice(0, 99), Array.from({ length: 100 }, (_x, i) => i).filter(i => i !== 50))
})

t.test('a topic that is not there is created by the broker', async t => {
  const producer = await openProducer(t)
  const topic = uniqueName('created-by-producer')
  t.ok(await producer.partitionsOf(topic) >= 1)
  t.match(await write(producer, [recordOf(topic, 'first')]), [{ offset: 0 }])
})

t.test('a wrong topic name or partition is refused', async t => {
  const topic = await createTopic(t, 2)
  const producer = await openProducer(t)
  const [name, partition, fine] = await write(producer, [recordOf('no/such', 'x'), recordOf(topic, 'x', { partition: 2 }), recordOf(topic, 'x', { partition: 1 })])
  t.match(name, { code: 'INVALID_TOPIC_EXCEPTION', kind: 'config' })
  t.match(partition, { message: /partitions 0 to 1/ })
  t.match(fine, { partition: 1 })
})

t.test('linger gathers records of many sends into one batch', async t => {
  const topic = await createTopic(t)
  const producer = await openProducer(t, { 'linger.ms': '60000' })
  let done = 0
  for (let i = 0; i < 20; i++) await producer.send([recordOf(topic, 'x')], () => { done++ })
  t.equal(done, 0)
  await producer.flush({ signal: AbortSignal.timeout(10_000) })
  t.equal(done, 20)
})

t.test('acks 0 waits for nobody', async t => {
  const topic = await createTopic(t)
  const producer = await openProducer(t, { acks: '0', 'enable.idempotence': 'false' })
  t.same(await write(producer, [recordOf(topic, 'x')]), [{ partition: 0, offset: -1 }])
})

t.test('headers keep order, repeats and nulls', async t => {
  const topic = await createTopic(t)
  const producer = await openProducer(t)
  const headers = [{ key: 'a', value: Buffer.from('1') }, { key: 'a', value: null }, { key: 'ü', value: Buffer.alloc(0) }]
  await write(producer, [recordOf(topic, 'x', { headers })])
  const consumer = await openConsumer(t, { topics: [topic] })
  const [batch] = await consumer.until(all => countOf(all) > 0)
  t.same(batch?.records[0]?.headers, headers)
})

t.test('a flush that is aborted says so, and the records still arrive', async t => {
  const topic = await createTopic(t)
  const producer = await openProducer(t)
  const done = new Promise<void>(resolve => { void producer.send([recordOf(topic, 'x')], () => { resolve() }) })
  await t.rejects(producer.flush({ signal: AbortSignal.abort() }), { code: 'KAFKA_FLUSH', kind: 'transient' })
  await done
})

t.test('closing at once refuses what is not acknowledged', async t => {
  const topic = await createTopic(t)
  const producer = await openProducer(t, { 'linger.ms': '60000' })
  const errors: unknown[] = []
  await producer.send([recordOf(topic, 'x')], (_index, _metadata, error) => { errors.push(error) })
  await producer.close(0)
  t.match(errors, [{ code: 'KAFKA_CLOSED' }])
  await t.rejects(producer.send([recordOf(topic, 'x')], () => {}), { code: 'KAFKA_CLOSED' })
})

t.test('closing with time waits for what was accepted', async t => {
  const topic = await createTopic(t)
  const producer = await openProducer(t, { 'linger.ms': '60000' })
  const ends: unknown[] = []
  await producer.send([recordOf(topic, 'x')], (_index, metadata) => { ends.push(metadata) })
  await producer.close(10_000)
  t.same(ends, [{ partition: 0, offset: 0 }])
  t.same(await (await openAdmin(t)).endOffsets(topic, 'read_uncommitted'), [1])
})
