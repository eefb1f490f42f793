import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startKafka, uniqueName, until, type LocalKafka } from '@tributary/testing'
import type { Test } from 'tap'
import t from 'tap'
import { kafka, silentLog, textOf } from './helpers.ts'
import type { ClientSettings, LogRecord } from '../../src/kafka/index.ts'


let cluster: LocalKafka
const fast = { 'retry.backoff.ms': '50', 'retry.backoff.max.ms': '200', 'fetch.max.wait.ms': '100', 'heartbeat.interval.ms': '100', 'request.timeout.ms': '5000' }

function settings (more: ClientSettings = {}): ClientSettings { return { 'bootstrap.servers': cluster.bootstrap, ...fast, ...more } }

async function topicOn (partitions: number): Promise<string> {
  const admin = await kafka.admin(settings())
  const name = uniqueName('failures')
  await admin.create({ name, partitions, replicationFactor: 1, configs: {} })
  await admin.close()
  return name
}

async function restart (): Promise<void> {
  const broker = cluster.brokers[0]
  await broker?.kill()
  await broker?.restart()
}

let folder = ''
t.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kafka-'))
  cluster = await startKafka({ folder, isSmall: true, settings: { 'broker.session.timeout.ms': '1500', 'broker.heartbeat.interval.ms': '300' } })
})
t.teardown(async () => {
  await Promise.all(cluster.brokers.map(broker => broker.kill()))
  await rm(folder, { recursive: true })
})

for (const idempotence of ['true', 'false']) {
  t.test(`records sent while the broker is killed and started all arrive, in order (enable.idempotence ${idempotence})`, async t => {
    const topic = await topicOn(1)
    const producer = await kafka.producer(settings({ 'enable.idempotence': idempotence }))
    t.teardown(() => producer.close(0))
    const errors: unknown[] = []
    let done = 0
    let next = 0
    const sendSome = async (): Promise<void> => {
      const records = Array.from({ length: 100 }, () => ({ topic, partition: 0, key: null, value: Buffer.from(String(next++)), timestamp: null, headers: [] }))
      await producer.send(records, (_index, _metadata, error) => { if (error === null) done++; else errors.push(error) })
    }
    for (let i = 0; i < 20; i++) await sendSome()
    const restarted = restart()
    for (let i = 0; i < 20; i++) await sendSome()
    await restarted
    for (let i = 0; i < 20; i++) await sendSome()
    await producer.flush({ signal: AbortSignal.timeout(60_000) })
    t.same(errors, [])
    t.equal(done, 6000)
    const values = (await readAll(t, topic)).map(({ value }) => Number(textOf(value)))
    // Without idempotence a retry may write a batch twice; nothing may be missing or overtaken.
    const first = values.filter((value, i) => values.indexOf(value) === i)
    t.same(first, Array.from({ length: 6000 }, (_x, i) => i))
    if (idempotence === 'true') t.equal(values.length, 6000)
  })
}

async function readAll (t: Test, topic: string): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  const reader = await kafka.logReader(settings(), topic, record => { records.push(record) })
  t.teardown(() => reader.close())
  await reader.start()
  return records
}

t.test('a consumer, a log reader and a group member survive a restart of the broker', async t => {
  const topic = await topicOn(1)
  const warnings: string[] = []
  const feed = await kafka.consumer(settings({ 'group.id': uniqueName('group'), 'auto.offset.reset': 'earliest' }), { topics: [topic] }, {
    task: { connector: 'test', task: 0 }, log: silentLog(warnings), giveUp: new AbortController().signal, onAssigned: async () => {}, onRevoked: async () => {}
  })
  t.teardown(() => feed.close())
  const consumed: string[] = []
  const poll = async (): Promise<void> => {
    for (const { records, next, partition } of await feed.poll({ waitMs: 100, maxRecords: 100 })) {
      consumed.push(...records.map(({ value }) => textOf(value) ?? ''))
      await feed.commit([{ topic, partition, offset: next }]).catch(() => {})
    }
  }
  const followed = await readAll(t, topic)
  const member = await kafka.groupMember(settings(), { groupId: uniqueName('workers'), protocolType: 'connect', sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, heartbeatIntervalMs: 100 })
  t.teardown(() => member.close())
  const events: string[] = []
  member.onRebalance(reason => { events.push(reason) })
  const join = { protocols: [{ name: 'default', metadata: Buffer.alloc(0) }], assign: (members: readonly { id: string }[]) => new Map(members.map(({ id }) => [id, Buffer.from('work')])), signal: AbortSignal.timeout(60_000) }
  await member.join(join)

  const producer = await kafka.producer(settings())
  t.teardown(() => producer.close(0))
  const send = (value: string): Promise<void> => producer.send([{ topic, partition: 0, key: null, value: Buffer.from(value), timestamp: null, headers: [] }], () => {})
  await send('before')
  await until('the record before is read', async () => { await poll(); return consumed.includes('before') && followed.length === 1 })

  await cluster.brokers[0]?.kill()
  await until('the member knows that its coordinator is gone', () => events.includes('unreachable'))
  await until('the consumer says what is wrong', async () => { await poll(); return warnings.length > 0 })
  await cluster.brokers[0]?.restart()
  await send('after')
  await until('the record after is read', async () => { await poll(); return consumed.includes('after') && followed.length === 2 }, 60_000)
  t.same(followed.map(({ value }) => textOf(value)), ['before', 'after'])
  t.ok(warnings.filter(line => line.startsWith('Cannot read')).length <= 2, warnings.join('\n'))
  t.equal(textOf((await member.join(join)).assignment), 'work')
})

t.test('a producer and a consumer that are opened while the broker is away work once it is back', async t => {
  const topic = await topicOn(1)
  await cluster.brokers[0]?.kill()
  const producer = await kafka.producer(settings())
  t.teardown(() => producer.close(0))
  const feed = await kafka.consumer(settings({ 'group.id': uniqueName('group'), 'auto.offset.reset': 'earliest' }), { topics: [topic] }, {
    task: { connector: 'test', task: 0 }, log: silentLog(), giveUp: new AbortController().signal, onAssigned: async () => {}, onRevoked: async () => {}
  })
  t.teardown(() => feed.close())
  const sent = producer.send([{ topic, partition: null, key: null, value: Buffer.from('early'), timestamp: null, headers: [] }], () => {})
  t.same(await feed.poll({ waitMs: 300, maxRecords: 100 }), [])
  await cluster.brokers[0]?.restart()
  await sent
  const consumed: (string | null)[] = []
  await until('what was sent early is read', async () => {
    for (const { records } of await feed.poll({ waitMs: 100, maxRecords: 100 })) consumed.push(...records.map(({ value }) => textOf(value)))
    return consumed.length > 0
  }, 60_000)
  t.same(consumed, ['early'])
})

t.test('a record that cannot be delivered in delivery.timeout.ms is refused, with what stood in the way', async t => {
  const topic = await topicOn(1)
  const producer = await kafka.producer(settings({ 'delivery.timeout.ms': '500' }))
  t.teardown(() => producer.close(0))
  await producer.partitionsOf(topic)
  await cluster.brokers[0]?.kill()
  const ends: unknown[] = []
  await producer.send([{ topic, partition: 0, key: null, value: Buffer.from('x'), timestamp: null, headers: [] }], (_index, metadata, error) => { ends.push(error ?? metadata) })
  await producer.flush({ signal: AbortSignal.timeout(20_000) })
  t.match(ends, [{ code: 'TIMEOUT', kind: 'transient', message: /Expiring 1 record\(s\)/ }])
  await cluster.brokers[0]?.restart()
})

t.test('joining gives up when no coordinator answers within the session', async t => {
  const member = await kafka.groupMember(settings(), { groupId: uniqueName('workers'), protocolType: 'connect', sessionTimeoutMs: 1000, rebalanceTimeoutMs: 1000, heartbeatIntervalMs: 100 })
  t.teardown(() => member.close())
  await cluster.brokers[0]?.kill()
  await t.rejects(member.join({ protocols: [{ name: 'default', metadata: Buffer.alloc(0) }], assign: () => new Map(), signal: AbortSignal.timeout(20_000) }), { kind: 'transient', message: /Cannot reach Kafka/ })
  await cluster.brokers[0]?.restart()
})

// The broker keeps the process busy, so the end has to be told.
t.end()
