import type { RawBatch, RawRecord } from '@tributary/plugin'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { s3PartitionedSink } from '../src/sink.ts'
import { createBucket, createSink, idsOf, order, orders, parsedConfig, range, sinkConfig } from './helpers.ts'

const arrival = Date.UTC(2019, 10, 12, 15, 37)

function raw (offset: number, value: Buffer | null = Buffer.from(`{"orderid":"${offset}"}\n`), timestamp: number | null = arrival): RawRecord {
  return { offset, key: null, value, timestamp, timestampType: 'CreateTime', headers: [] }
}

function batch (records: readonly RawRecord[]): RawBatch[] {
  return [{ ...orders, records, next: Number(records.at(-1)?.offset ?? -1) + 1, lag: null }]
}

const rawCopy = { 'raw.copy': 'true', 'raw.copy.rotate.age.ms': '1', 'flush.size': '1' }

t.test('bytes are kept as they came, whether their records came through or not', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { ...rawCopy, 'raw.copy.s3.compression.type': 'gzip' }))
  const values = [Buffer.from('{"a":1}\n'), Buffer.from([0, 255, 10]), null, Buffer.from('no JSON')]
  sink.task.putRaw?.(batch(values.map((value, i) => raw(i, value))))
  await sink.task.put([order(0, 'a')])
  await sink.committed(4)
  const key = 'raw/orders/2019/11/12/15/orders-0-0-3.gz'
  t.same(await bucket.keys('raw/'), [key])
  t.same(gunzipSync(await bucket.bytes(key)), Buffer.concat(values.filter(value => value !== null)))
  t.same(await bucket.keys(), ['topics/orders/a/orders+0+0000000000.json'])
})

t.test('the position waits for both', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { ...rawCopy, 'raw.copy.rotate.age.ms': '3600000', 'raw.copy.rotate.bytes': '96' }))
  sink.task.putRaw?.(batch([raw(0), raw(1)]))
  await sink.task.put([order(0, 'a'), order(1, 'a')])
  await sink.committable(2, 0)
  t.same(idsOf(await bucket.lines()), ['0', '1'], 'stored ahead')
  sink.task.putRaw?.(batch(range(2, 6).map(offset => raw(offset))))
  await sink.committable(2, 2)
  t.equal(await sink.preCommit(2), 2, 'the raw copy is ahead of what was put')
  await sink.task.put(range(2, 6).map(offset => order(offset, 'a')))
  await sink.committed(6)
  t.same(idsOf(await bucket.lines('raw/')), range(0, 6).map(String))
})

t.test('a task that ends between raw copy and put is repeated by neither', async t => {
  const bucket = await createBucket(t)
  const config = sinkConfig(bucket.name, { ...rawCopy, 'raw.copy.rotate.bytes': '30', 'raw.copy.rotate.age.ms': '3600000' })
  const first = await createSink(t, config)
  first.task.putRaw?.(batch(range(0, 10).map(offset => raw(offset))))
  for (let stored: string[] = []; stored.length < 10;) stored = await bucket.lines('raw/')
  const second = await createSink(t, { ...config, 'raw.copy.rotate.age.ms': '1' })
  t.same(second.seeks.map(({ offset }) => offset).filter(offset => offset > 0), [], 'nothing was put yet')
  second.task.putRaw?.(batch(range(0, 10).map(offset => raw(offset))))
  await second.task.put(range(0, 10).map(offset => order(offset, `d${offset % 3}`)))
  await second.committed(10)
  t.same(idsOf(await bucket.lines('raw/')), range(0, 10).map(String))
  t.same(idsOf(await bucket.lines()), range(0, 10).map(String))
})

t.test('a batch that is put again after a transient error is copied once', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, rawCopy))
  for (let i = 0; i < 2; i++) sink.task.putRaw?.(batch([raw(0), raw(1)]))
  await sink.task.put([order(0, 'a'), order(1, 'a')])
  await sink.committed(2)
  t.same(idsOf(await bucket.lines('raw/')), ['0', '1'])
})

t.test('records without a time have a directory of their own', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { ...rawCopy, 'raw.copy.topics.dir': 'bytes', 'raw.copy.format.bytearray.separator': '\\n', 'raw.copy.format.bytearray.extension': '.txt' }))
  sink.task.putRaw?.(batch([raw(0, Buffer.from('x'), null), raw(1, Buffer.from('y'), null)]))
  await sink.committed(2)
  t.same(await bucket.keys('bytes/'), ['bytes/orders/undated/orders-0-0-1.txt'])
  t.equal((await bucket.bytes('bytes/orders/undated/orders-0-0-1.txt')).toString(), 'x\ny\n')
})

t.test('wrong keys are named', async t => {
  const problems = async (more: Record<string, string>) => (await s3PartitionedSink.validate?.(parsedConfig(sinkConfig('b', { 'raw.copy': 'true', ...more })), {}))?.map(({ key }) => key)
  t.same(await problems({}), [])
  t.same(await problems({ 'raw.copy.path.format': 'YYYY-bb' }), ['raw.copy.path.format'])
  t.throws(() => parsedConfig(sinkConfig('b', { 'raw.copy.file.name.template': 'x' })), /must hold/)
})
