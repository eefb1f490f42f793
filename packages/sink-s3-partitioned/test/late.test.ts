import { kafkaBootstrap, uniqueName, until } from '@tributary/testing'
import t from 'tap'
import { openKafka } from '../../runtime/src/kafka/index.ts'
import { startStandalone } from '../../runtime/test/cli/standalone-worker.ts'
import { createBucket, sinkConfig } from './helpers.ts'

t.test('late records are counted in the metrics of the worker', async t => {
  const topic = uniqueName('s3-late')
  const settings = { 'bootstrap.servers': kafkaBootstrap() }
  const admin = await openKafka().admin(settings)
  t.teardown(() => admin.close())
  await admin.create({ name: topic, partitions: 1, replicationFactor: 1, configs: {} })
  const producer = await openKafka().producer(settings)
  const hourMs = 3_600_000
  const newest = Date.now()
  await producer.send([newest - hourMs, newest, newest - hourMs, newest - hourMs - 1, newest - 2 * hourMs].map(timestamp => (
    { topic, partition: 0, key: null, timestamp, headers: [], value: Buffer.from('order') }
  )), () => {})
  await producer.flush({ signal: AbortSignal.timeout(30_000) })
  await producer.close(0)
  const bucket = await createBucket(t)
  const worker = await startStandalone(t, {
    connectors: [{
      ...sinkConfig(bucket.name, { name: topic }), 'connector.class': 'tributary.s3.S3PartitionedSink', topics: topic, 'consumer.override.auto.offset.reset': 'earliest',
      'timestamp.extractor': 'Record', 'late.after.ms': String(hourMs), 'flush.size': '5'
    }]
  })
  await until('all are stored', async () => (await bucket.keys()).length === 1)
  const page = await (await fetch(`${worker.url}/metrics`)).text()
  t.match(page, `connect_plugins_late_records_total{connector="${topic}",task="0"} 2\n`)
})
