import { until } from '@tributary/testing'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import t from 'tap'
import { s3Sink } from '../src/sink.ts'
import { createBucket, createSink, idsOf, order, orders, range, sinkConfig } from './helpers.ts'

t.test('records reach objects in the directory that their header names', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { 'flush.size': '2' }))
  await sink.task.put([order(0, 'ot=2019111215/'), order(1, 'ot=2019111223/'), order(2, 'ot=2019111215/'), order(3, 'ot=2019111223/')])
  await sink.committed(4)
  t.same(await bucket.keys(), [
    'topics/orders/ot=2019111215/orders+0+0000000000.json',
    'topics/orders/ot=2019111223/orders+0+0000000001.json'
  ])
  t.equal((await bucket.bytes('topics/orders/ot=2019111215/orders+0+0000000000.json')).toString(), '{"orderid":"0","itemid":"Item_1"}\n{"orderid":"2","itemid":"Item_1"}\n')
})

t.test('the position that may be committed is the first record that is not stored', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { 'flush.size': '2' }))
  await sink.task.put([order(0, 'a'), order(1, 'b'), order(2, 'b'), order(3, 'c'), order(4, 'c')])
  while ((await bucket.keys()).length < 2) await sink.task.put([])
  // Objects are visible a moment before their commit is over.
  await sink.committable(5, 0)
  t.equal(await sink.preCommit(5), 0)
  await sink.task.put([order(5, 'a')])
  await sink.committed(6)
})

t.test('a directory that was stored ahead of the others is skipped when its records are read again', async t => {
  const bucket = await createBucket(t)
  const raw = sinkConfig(bucket.name, { 'flush.size': '3' })
  const records = range(0, 6).map(i => order(i, i % 2 === 0 ? 'a' : i === 1 ? 'b' : 'c'))
  const first = await createSink(t, raw)
  await first.task.put(records)
  while ((await bucket.keys()).length < 1) await first.task.put([])
  await first.committable(6, 1)
  const second = await createSink(t, raw)
  t.same(second.seeks, [{ topic: 'orders', partition: 0, offset: 1 }])
  await second.task.put([...records.slice(1), order(6, 'b'), order(7, 'b'), order(8, 'c')])
  await second.committed(9)
  t.same(idsOf(await bucket.lines()), range(0, 9).map(String))
})

t.test('hundreds of small directories are committed together', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { 'rotate.age.ms': '1', 's3.compression.type': 'gzip' }))
  await sink.task.put(range(0, 600).map(i => order(i, `ot=${i % 300}/`)))
  await sink.committed(600)
  t.equal((await bucket.keys()).length, 300)
  t.same(idsOf(await bucket.lines()), range(0, 600).map(String))
  await until('only the ledger is left', async () => (await bucket.keys('_tributary/')).join() === '_tributary/orders-s3/orders/0.json')
})

t.test('Kinesis sequence numbers are exact', async t => {
  const bucket = await createBucket(t)
  const base = 49_649_234_523_452_345_234_523_452_345_234_523_452_345_234_523_452_345_234n
  const raw = sinkConfig(bucket.name, { 'flush.size': '2' })
  const first = await createSink(t, raw)
  await first.task.put([order(base, 'a'), order(base + 17n, 'a'), order(base + 400n, 'b')])
  while ((await bucket.keys()).length < 1) await first.task.put([])
  await first.committable(base + 401n, base + 400n)
  const second = await createSink(t, raw)
  t.same(second.seeks, [{ topic: 'orders', partition: 0, offset: base + 400n }])
  t.same(await bucket.keys(), [`topics/orders/a/orders+0+${base}.json`])
})

t.test('a task that was overtaken stores nothing more', async t => {
  const bucket = await createBucket(t)
  const raw = sinkConfig(bucket.name, { 'flush.size': '2' })
  const zombie = await createSink(t, raw)
  await zombie.task.put([order(0, 'a')])
  const owner = await createSink(t, raw)
  await zombie.task.put([order(1, 'a'), order(2, 'a'), order(3, 'a')])
  await owner.task.put(range(0, 6).map(i => order(i, 'a')))
  await owner.committed(6)
  t.equal(await zombie.preCommit(4), undefined)
  t.same(idsOf(await bucket.lines()), range(0, 6).map(String))
})

t.test('a partition that another task claimed too late is taken back, and no record is lost or repeated', async t => {
  const bucket = await createBucket(t)
  const config = sinkConfig(bucket.name, { 'flush.size': '5' })
  const sink = await createSink(t, config)
  await sink.task.put(range(0, 7).map(offset => order(offset, 'a')))
  await sink.committed(5)
  const late = await createSink(t, config)
  await late.task.close?.([orders], 'lost')
  await sink.task.put(range(7, 12).map(offset => order(offset, 'a')))
  await until('it goes back', async () => {
    await sink.task.put([])
    return sink.seeks.length === 1
  })
  t.equal(sink.seeks[0]?.offset, 5)
  t.equal(await sink.preCommit(12), 5, 'what was read before it goes back does not count')
  await sink.task.put(range(5, 20).map(offset => order(offset, 'a')))
  await sink.committed(20)
  t.same(idsOf(await bucket.lines()), range(0, 20).map(String))

  await createSink(t, config)
  await sink.task.put(range(20, 25).map(offset => order(offset, 'a')))
  let failure: unknown
  await until('it learns that it is in a fight', async () => {
    await Promise.resolve(sink.task.put([])).catch((error: unknown) => { failure = error })
    return failure !== undefined
  })
  t.match(failure, { code: 'S3_FENCED' })
})

t.test('a task that opens a partition late removes nothing of later owners', async t => {
  const bucket = await createBucket(t)
  const stages = ['stage-1-0-0', 'stage-2-0-0', 'stage-10-0-0'].map(stage => `_tributary/orders-s3/orders/0.json.${stage}`)
  await createSink(t, sinkConfig(bucket.name))
  for (const Key of stages) await bucket.client.send(new PutObjectCommand({ Bucket: bucket.name, Key, Body: 'x' }))
  await createSink(t, sinkConfig(bucket.name))
  t.same((await bucket.keys('_tributary/')).filter(key => key.includes('stage')), [stages[2], stages[1]])
})

t.test('a file that is idle or old is stored without another record', async t => {
  for (const rule of ['rotate.idle.ms', 'rotate.age.ms']) {
    const bucket = await createBucket(t)
    const sink = await createSink(t, sinkConfig(bucket.name, { [rule]: '50' }))
    await sink.task.put([order(0)])
    await sink.committed(1)
    t.equal((await bucket.keys()).length, 1, rule)
  }
})

t.test('a file ends when the event times in it span the interval', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { 'rotate.interval.ms': '1000', 'rotate.idle.ms': '20' }))
  await sink.task.put([order(0, 'a', { timestamp: 5_000 }), order(1, 'a', { timestamp: 4_000 }), order(2, 'a', { timestamp: 5_999 }), order(3, 'a', { timestamp: 6_000 })])
  await sink.committed(4)
  t.same(await bucket.keys(), ['topics/orders/a/orders+0+0000000000.json', 'topics/orders/a/orders+0+0000000003.json'])
})

t.test('a record without a value is reported by default and counts as done', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { 'flush.size': '1' }))
  await sink.task.put([order(0, 'a', { value: null })])
  t.match(sink.reports[0]?.error.message, /no value/)
  await sink.committed(1)
  t.same(await bucket.keys(), [])
})

for (const format of ['json', 'avro', 'parquet']) t.test(`a value that a transform has nested too deep is refused by itself: ${format}`, async t => {
  const bucket = await createBucket(t)
  const deep = (levels: number): unknown => range(0, levels).reduce<unknown>(inner => ({ inner }), 1)
  const depths = [100_000, 20_000, 5_000, 3_000, 1_500]
  const sink = await createSink(t, sinkConfig(bucket.name, { 'rotate.idle.ms': '20', 'format.class': format }))
  await sink.task.put([order(0), ...depths.map((levels, i) => order(i + 1, 'ot=1/', { value: deep(levels) })), order(9)])
  await sink.committed(10)
  t.match(sink.reports[0], { record: { offset: 1 }, error: { code: 'DATA', message: /^The value is nested too deep/ } })
  const stored = await createSink(t, sinkConfig(bucket.name, { name: 'errors', 'topics.dir': 'others', 'rotate.idle.ms': '20', 'format.class': format, 'error.prefix': 'errors' }))
  await stored.task.put([order(0, 'ot=1/', { value: deep(100_000) })])
  await stored.committed(1)
  t.match(await bucket.lines('errors/'), [/"errorMessage":"The value is nested too deep/])
})

t.test('a missing bucket is one sentence of kind config', async t => {
  await t.rejects(createSink(t, sinkConfig('no-such-bucket-here')), { kind: 'config', message: /bucket no-such-bucket-here .* does not exist/ })
})

t.test('altered offsets move the ledger, and objects of both times live side by side', async t => {
  const bucket = await createBucket(t)
  const raw = sinkConfig(bucket.name, { 'flush.size': '2' })
  const before = await createSink(t, raw)
  await before.task.put([order(0, 'a'), order(1, 'a')])
  await before.committed(2)
  t.equal(await s3Sink.alterOffsets?.(raw, [{ topic: 'orders', partition: 0, offset: 0 }]), true)
  const after = await createSink(t, raw)
  t.same(after.seeks, [{ topic: 'orders', partition: 0, offset: 0 }])
  await after.task.put([order(0, 'a'), order(1, 'a')])
  await after.committed(2)
  t.same(await bucket.keys(), ['topics/orders/a/orders+0+0000000000+g1.json', 'topics/orders/a/orders+0+0000000000.json'])
})

t.test('an object of someone else is never overwritten', async t => {
  const bucket = await createBucket(t)
  const key = 'topics/orders/a/orders+0+0000000000.json'
  await bucket.client.send(new PutObjectCommand({ Bucket: bucket.name, Key: key, Body: 'theirs' }))
  const sink = await createSink(t, sinkConfig(bucket.name, { 'flush.size': '1' }))
  await sink.task.put([order(0, 'a')])
  await t.rejects(sink.committed(1), { code: 'S3_OBJECT_IN_THE_WAY', message: /Object topics.orders.a.orders\+0\+0000000000.json .* nothing was overwritten/ })
  t.equal((await bucket.bytes(key)).toString(), 'theirs')
})

t.test('a refused record is kept before others of its directory count as stored', async t => {
  const bucket = await createBucket(t)
  const raw = sinkConfig(bucket.name, { 'flush.size': '2', 'error.prefix': 'errors', 'format.class': 'bytes' })
  const records = ['a', { not: 'bytes' }, 'c', 'd', 'e'].map((value, offset) => order(offset, 'ot=1/', { value }))
  const first = await createSink(t, raw)
  await first.task.put(records.slice(0, 3))
  await first.committed(3)
  await first.task.close?.([orders], 'revoked')
  const second = await createSink(t, raw)
  await second.task.put(records.slice(3))
  await second.committed(5)
  t.match((await bucket.lines('errors/')).map(line => JSON.parse(line) as object), [{ sequenceNumber: '1' }])
  t.same((await bucket.keys()).length, 2)
})

t.test('the raw copy of records that are still to be put is not forgotten', async t => {
  const bucket = await createBucket(t)
  const raw = sinkConfig(bucket.name, { 'flush.size': '2', 'raw.copy': 'true', 'raw.copy.rotate.bytes': '4' })
  const batch = (from: number) => [{ ...orders, next: from + 2, lag: null, records: range(from, from + 2).map(offset => ({ offset, key: null, value: Buffer.from(`${offset}\n`), timestamp: 0, timestampType: 'CreateTime' as const, headers: [] })) }]
  const first = await createSink(t, raw)
  first.task.putRaw?.(batch(0))
  await first.task.put([])
  await until('the first is stored', async () => (await bucket.keys('raw/')).length === 1)
  first.task.putRaw?.(batch(2))
  await until('the second is stored', async () => (await bucket.keys('raw/')).length === 2)
  await until('the position moves', async () => await first.preCommit(2) === 2)
  // A kill: nothing is closed. What comes again is cut otherwise.
  const second = await createSink(t, raw)
  t.match(second.seeks, [{ offset: 2 }])
  second.task.putRaw?.(batch(2))
  await second.task.put([order(2), order(3)])
  await second.committed(4)
  t.same((await bucket.lines('raw/')).sort(), ['0', '1', '2', '3'])
})

t.test('records that were on time are so when they are read again', async t => {
  const bucket = await createBucket(t)
  const raw = sinkConfig(bucket.name, { 'flush.size': '2', 'late.after.ms': '1000', 'late.policy': 'side', 'timestamp.extractor': 'Record' })
  const at = (offset: number, ms: number) => order(offset, `ot=${ms}/`, { timestamp: ms })
  const records = [at(0, 0), at(1, 0), at(2, 0), at(3, 9000)]
  const first = await createSink(t, raw)
  await first.task.put(records)
  await first.committable(4, 2)
  const second = await createSink(t, raw)
  t.match(second.seeks, [{ offset: 2 }])
  await second.task.put([...records.slice(2), at(4, 9000)])
  await second.committed(5)
  t.same(await bucket.keys(), ['topics/orders/ot=0/orders+0+0000000000.json', 'topics/orders/ot=0/orders+0+0000000002.json', 'topics/orders/ot=9000/orders+0+0000000003.json'])
})
