import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startKafka, uniqueName, until, type LocalKafka } from '@tributary/testing'
import { Kafka as KafkaJs, logLevel } from 'kafkajs'
import t from 'tap'
import { kafka, silentLog, textOf } from './helpers.ts'

let cluster: LocalKafka
let folder = ''

t.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kafka-'))
  cluster = await startKafka({ folder, brokers: 2 })
})
t.teardown(async () => {
  await Promise.all(cluster.brokers.map(broker => broker.kill()))
  await rm(folder, { recursive: true })
})

t.test('writing and reading go on in order while a partition moves from broker to broker', async t => {
  const settings = { 'bootstrap.servers': cluster.bootstrap, 'retry.backoff.ms': '20', 'fetch.max.wait.ms': '100' }
  const admin = await kafka.admin(settings)
  const topic = uniqueName('moving')
  await admin.create({ name: topic, partitions: 1, replicationFactor: 1, configs: {} })
  await admin.close()
  const mover = new KafkaJs({ brokers: cluster.bootstrap.split(','), logLevel: logLevel.NOTHING }).admin()
  await mover.connect()
  t.teardown(() => mover.disconnect())
  const leader = async (): Promise<number> => (await mover.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions[0]?.leader ?? -1

  const producer = await kafka.producer(settings)
  t.teardown(() => producer.close(0))
  const feed = await kafka.consumer({ ...settings, 'group.id': uniqueName('group'), 'auto.offset.reset': 'earliest' }, { topics: [topic] }, {
    task: { connector: 'test', task: 0 }, log: silentLog(), giveUp: new AbortController().signal, onAssigned: async () => {}, onRevoked: async () => {}
  })
  t.teardown(() => feed.close())
  const consumed: number[] = []
  const errors: unknown[] = []
  let sent = 0
  const work = async (): Promise<void> => {
    const records = Array.from({ length: 50 }, () => ({ topic, partition: 0, key: null, value: Buffer.from(String(sent++)), timestamp: null, headers: [] }))
    await producer.send(records, (_index, _metadata, error) => { if (error !== null) errors.push(error) })
    for (const batch of await feed.poll({ waitMs: 20, maxRecords: 500 })) consumed.push(...batch.records.map(({ value }) => Number(textOf(value))))
  }

  await until('the first records are read', async () => { await work(); return consumed.length > 0 })
  for (let moves = 0; moves < 4; moves++) {
    const from = await leader()
    const to = from === 1 ? 2 : 1
    await mover.alterPartitionReassignments({ topics: [{ topic, partitionAssignment: [{ partition: 0, replicas: [to] }] }] })
    await until(`broker ${to} leads`, async () => { await work(); return await leader() === to })
    const before = sent
    await until('records sent to the new leader are read', async () => { await work(); return (consumed.at(-1) ?? 0) > before })
  }
  await producer.flush({ signal: AbortSignal.timeout(30_000) })
  await until('everything is read', async () => {
    for (const batch of await feed.poll({ waitMs: 100, maxRecords: 500 })) consumed.push(...batch.records.map(({ value }) => Number(textOf(value))))
    return consumed.length >= sent
  })
  t.same(errors, [])
  t.same(consumed, Array.from({ length: sent }, (_x, i) => i))
})

// The brokers keep the process busy, so the end has to be told.
t.end()
