import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import type { RawRecord } from '@tributary/plugin'
import { openKafka } from '@tributary/runtime/kafka'
import { kafkaBootstrap, uniqueName, until } from '@tributary/testing'
import { startWorker } from './conformance/connect-process.ts'

const settings = { 'bootstrap.servers': kafkaBootstrap() }
const good = 1_000_000
/** Every so manieth record is poison. */
const every = 101
const total = good + good / (every - 1)

async function produce (topic: string): Promise<void> {
  const producer = await openKafka().producer({ ...settings, acks: 'all' })
  const refused: Error[] = []
  for (let from = 0; from < total; from += 10_000) {
    const batch = Array.from({ length: Math.min(10_000, total - from) }, (_, i) => {
      const offset = from + i
      const isPoison = offset % every === every - 1
      return { topic, partition: 0, key: Buffer.from(`k${offset}`), value: Buffer.from(isPoison ? `{"n":${offset}` : `{"n":${offset}}`), timestamp: 1_700_000_000_000 + offset, headers: isPoison ? [{ key: 'mine', value: Buffer.from('kept') }] : [] }
    })
    await producer.send(batch, (_index, _metadata, error) => { if (error !== null) refused.push(error) })
  }
  await producer.flush({ signal: AbortSignal.timeout(60_000) })
  await producer.close(10_000)
  if (refused[0] !== undefined) throw refused[0]
}

async function readAll (topic: string, count: number): Promise<RawRecord[]> {
  const records: RawRecord[] = []
  const log = { error () {}, warn () {}, info () {}, debug () {} }
  const feed = await openKafka().consumer({ ...settings, 'group.id': uniqueName('reader'), 'auto.offset.reset': 'earliest' }, { topics: [topic] },
    { task: { connector: 'reader', task: 0 }, log, giveUp: new AbortController().signal, onAssigned: async () => {}, onRevoked: async () => {} })
  try {
    await until(`${count} records of ${topic}`, async () => {
      for (const batch of await feed.poll({ waitMs: 500, maxRecords: 5000 })) for (const record of batch.records) records.push({ ...record, key: Buffer.from(record.key ?? []), value: Buffer.from(record.value ?? []) })
      return records.length >= count
    }, 120_000)
  } finally {
    await feed.close()
  }
  return records
}

t.test('ten thousand poison records among a million good ones: each is a dead letter, and the million arrive in order', { timeout: 240_000 }, async t => {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-poison-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const [topic, letters, name] = [uniqueName('poison'), uniqueName('letters'), uniqueName('sink')]
  const admin = await openKafka().admin(settings)
  t.teardown(() => admin.close())
  for (const one of [topic, letters]) await admin.create({ name: one, partitions: 1, replicationFactor: 1, configs: {} })
  await produce(topic)
  const out = join(folder, 'out.txt')
  const file = join(folder, 'sink.properties')
  const keys = {
    name, 'connector.class': 'FileStreamSink', topics: topic, file: out,
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter', 'value.converter.schemas.enable': 'false',
    'errors.tolerance': 'all', 'errors.deadletterqueue.topic.name': letters, 'errors.deadletterqueue.topic.replication.factor': '1', 'errors.deadletterqueue.context.headers.enable': 'true'
  }
  await writeFile(file, Object.entries(keys).map(([key, value]) => `${key}=${value}\n`).join(''))
  const worker = await startWorker('tributary', { mode: 'standalone', folder, files: [file] })
  t.teardown(() => worker.stop())
  await until('everything is committed', async () => (await admin.groupOffsets(`connect-${name}`)).reduce((sum, { offset }) => sum + offset, 0) === total, 120_000)

  let expected = 0
  let wrong = 0
  let lines = 0
  for await (const line of createInterface({ input: createReadStream(out) })) {
    if (expected % every === every - 1) expected += 1
    if (line !== `{n=${expected}}`) wrong += 1
    expected += 1
    lines += 1
  }
  t.same({ lines, wrong }, { lines: good, wrong: 0 })

  const dead = await readAll(letters, total - good)
  t.equal(dead.length, total - good)
  const text = (record: RawRecord, key: string): string | undefined => record.headers.find(header => header.key === key)?.value?.toString()
  const bad = dead.filter((record, i) => {
    const offset = i * every + every - 1
    return record.value?.toString() !== `{"n":${offset}` || record.key?.toString() !== `k${offset}` || record.timestamp !== 1_700_000_000_000 + offset ||
      text(record, 'mine') !== 'kept' || text(record, '__connect.errors.topic') !== topic || text(record, '__connect.errors.partition') !== '0' || text(record, '__connect.errors.offset') !== String(offset) ||
      text(record, '__connect.errors.connector.name') !== name || text(record, '__connect.errors.task.id') !== '0' || text(record, '__connect.errors.stage') !== 'VALUE_CONVERTER' ||
      text(record, '__connect.errors.class.name') !== 'org.apache.kafka.connect.json.JsonConverter' || text(record, '__connect.errors.exception.class.name') !== 'org.apache.kafka.connect.errors.DataException' ||
      !text(record, '__connect.errors.exception.message') || !text(record, '__connect.errors.exception.stacktrace')
  })
  t.same(bad.slice(0, 1).map(record => record.headers.map(({ key, value }) => [key, String(value).slice(0, 80)])), [], 'every dead letter has the bytes, key, time and headers of its record, and why it failed')
})
