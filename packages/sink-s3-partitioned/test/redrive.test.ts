import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { openBucket } from '../src/client.ts'
import { redrive } from '../src/redrive.ts'
import { createBucket, createSink, order, parsedConfig, sinkConfig } from './helpers.ts'

for (const codec of ['none', 'gzip', 'zstd', 'snappy']) t.test(`refused records come out as they were delivered, codec ${codec}`, async t => {
  const bucket = await createBucket(t)
  const raw = sinkConfig(bucket.name, { 'flush.size': '2', 'error.prefix': 'errors', 'partition.header': 'none', 'partitioner.class': 'FieldPartitioner', 'partition.field.name': 'city', 's3.compression.type': codec })
  const sink = await createSink(t, raw)
  await sink.task.put([order(0, '', { value: Buffer.from('{"a":1}\n') }), order(1, '', { value: 'two' }), order(2, '', { value: null }), order(3, '', { value: null })])
  await sink.committed(4)
  t.same((await bucket.keys('errors/')).map(key => key.split('/')[2]), ['reason=PARTITION', 'reason=S3_NULL_VALUE'])
  const store = await openBucket(parsedConfig(raw), new AbortController().signal)
  t.teardown(() => { store.close() })
  const out = new PassThrough()
  t.equal(await redrive(store, { prefix: 'errors/', reason: 'PARTITION' }, out), 2)
  out.end()
  t.equal(await text(out), '{"a":1}\ntwo\n')
})

t.test('a refused record is stored with its key and headers', async t => {
  const bucket = await createBucket(t)
  const sink = await createSink(t, sinkConfig(bucket.name, { 'flush.size': '1', 'error.prefix': 'errors' }))
  const headers = [{ key: 'trace', schema: null, value: 'a"b' }, { key: 'n', schema: null, value: 7 }]
  await sink.task.put([order(0, '', { value: null, key: Buffer.from([0, 255]), headers }), order(1, '', { value: null, key: { id: 1 } }), order(2, '', { value: null })])
  await sink.committed(3)
  const documents = (await bucket.lines('errors/')).map(line => JSON.parse(line) as { key: string | null, headers: unknown })
  t.same(documents.map(({ key }) => key), [Buffer.from([0, 255]).toString('base64'), Buffer.from('{"id":1}').toString('base64'), null])
  t.same(documents.map(document => document.headers), [[{ trace: 'a"b' }, { n: 7 }], [], []])
})
