import { uniqueName } from '@tributary/testing'
import t from 'tap'
import { createTopic, kafka, openProducer, readTopic, recordOf, settingsOf, textOf, write } from './helpers.ts'

t.test('everything in a topic is read at the start, in order within a partition', async t => {
  const topic = await createTopic(t, 4)
  const producer = await openProducer(t)
  await write(producer, Array.from({ length: 10_000 }, (_x, i) => recordOf(topic, String(i), { key: Buffer.from(`k${i % 50}`) })))
  const records = await readTopic(t, topic)
  t.equal(records.length, 10_000)
  const last = new Map<number, number>()
  const isOrdered = records.every(({ partition, offset }) => {
    const expected = (last.get(partition) ?? -1) + 1
    last.set(partition, offset)
    return offset === expected
  })
  t.ok(isOrdered)
})

t.test('reading to the end gives everything that was written before', async t => {
  const topic = await createTopic(t, 3)
  const producer = await openProducer(t)
  const seen: string[] = []
  const reader = await kafka.logReader(settingsOf(), topic, ({ value }) => { seen.push(textOf(value) ?? '') })
  t.teardown(() => reader.close())
  await reader.start()
  for (let i = 0; i < 20; i++) {
    await write(producer, [recordOf(topic, `v${i}`, { key: Buffer.from(`k${i}`) })])
    await reader.readToEnd()
    t.equal(seen.at(-1), `v${i}`)
  }
})

t.test('an empty topic is read at once', async t => {
  t.same(await readTopic(t, await createTopic(t, 25)), [])
})

t.test('a topic that is not there is an error with its name', async t => {
  const topic = uniqueName('missing')
  const reader = await kafka.logReader(settingsOf({ 'default.api.timeout.ms': '300' }), topic, () => {})
  t.teardown(() => reader.close())
  await t.rejects(reader.start(), { code: 'UNKNOWN_TOPIC_OR_PARTITION', message: new RegExp(topic) })
})

t.test('reading to the end fails once the reader is closed', async t => {
  const topic = await createTopic(t)
  const reader = await kafka.logReader(settingsOf(), topic, () => {})
  await reader.start()
  await reader.close()
  await t.rejects(reader.readToEnd(), { code: 'KAFKA_CLOSED' })
})
