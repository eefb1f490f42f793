import t, { type Test } from 'tap'
import type { ConnectError } from '@tributary/plugin'
import { awsEndpoint, startKinesisThrottle, until } from '@tributary/testing'
import { createStream, orders, putAll, startSink } from './helpers.ts'

async function deniedStream (t: Test) {
  const proxy = await startKinesisThrottle({ target: awsEndpoint(), recordsPerSecond: 800 })
  t.teardown(() => proxy.close())
  const stream = await createStream(t, 2)
  return { proxy, stream, config: { streamName: stream.name, kinesisEndpoint: proxy.endpoint } }
}

async function countOf (stream: Awaited<ReturnType<typeof createStream>>): Promise<number> {
  return [...(await stream.read()).values()].flat().length
}

t.test('DescribeStream serves where a policy does not allow ListShards', async t => {
  const { proxy, stream, config } = await deniedStream(t)
  proxy.fault('ListShards', 'deny')
  const sink = await startSink(t, { ...config, aggregation: true })
  await putAll(sink, orders(1000))
  t.same(sink.warnings, [])
  const count = await countOf(stream)
  t.ok(count < 100, `${count} Kinesis records, so shards were known`)
})

t.test('without a permission to list shards all is written, plainly', async t => {
  const { proxy, stream, config } = await deniedStream(t)
  proxy.fault('ListShards', 'deny')
  proxy.fault('DescribeStream', 'deny')
  const sink = await startSink(t, { ...config, aggregation: true })
  t.match(sink.warnings, [/allows neither kinesis:ListShards nor kinesis:DescribeStream/])
  await putAll(sink, orders(2500))
  t.equal(await countOf(stream), 2500)
  t.ok(proxy.counts.throttled > 0)
})

t.test('a denied PutRecords fails the task and names the permission', async t => {
  const { proxy, config } = await deniedStream(t)
  proxy.fault('PutRecords', 'deny')
  const sink = await startSink(t, config)
  await sink.task.put(orders(1))
  const error = await until('failure', () => Promise.resolve(sink.task.put([])).then(() => null, (e: ConnectError) => e))
  t.match(error, { kind: 'config', code: 'KINESIS_ACCESS_DENIED', message: /^Cannot write to stream ".*": access denied/ })
  const again = await Promise.resolve(sink.task.preCommit?.([])).then(() => null, (e: ConnectError) => e)
  t.equal(again?.code, 'KINESIS_ACCESS_DENIED', 'and no offset is committed')
})
