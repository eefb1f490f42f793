import { awsEndpoint, until } from '@tributary/testing'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { startStandalone, testFolder } from '../../runtime/test/cli/standalone-worker.ts'
import { createStream } from '../../source-kinesis/test/helpers.ts'
import { createBucket, idsOf, sinkConfig } from './helpers.ts'

t.test('fed from Kinesis, a worker that is killed again and again stores each record once, and its bytes once', { timeout: 120_000 }, async t => {
  const count = 6_000
  const isGood = (id: number): boolean => id % 50 !== 0
  const stream = await createStream(t, 2)
  const ids = Array.from({ length: count }, (_, id) => id)
  // What no converter understands is in the raw copy alone.
  const texts = ids.map(id => isGood(id) ? `{"ordertime":${1_573_573_055 + id % 24 * 3600},"orderid":"${id}"}\n` : `order ${id}\n`)
  const bucket = await createBucket(t)
  const connector = {
    ...sinkConfig(bucket.name, { name: stream.name }),
    'connector.class': 'tributary.s3.S3PartitionedSink',
    'feed.class': 'tributary.kinesis.KinesisFeed',
    'feed.stream.name': stream.name,
    'feed.application.name': stream.name,
    'feed.region': 'us-east-1',
    'feed.endpoint': awsEndpoint(),
    'feed.dynamodb.endpoint': awsEndpoint(),
    'feed.failover.ms': '1000',
    'feed.idle.between.reads.ms': '200',
    'errors.tolerance': 'all',
    transforms: 'hour',
    'transforms.hour.type': 'tributary.transforms.EventTimePartition',
    'transforms.hour.field': 'ordertime',
    'transforms.hour.unit': 's',
    'rotate.idle.ms': '300',
    'rotate.age.ms': '600',
    'raw.copy': 'true',
    'raw.copy.rotate.age.ms': '400',
    's3.compression.type': 'gzip'
  }
  const folder = await testFolder(t)
  const start = () => startStandalone(t, {
    folder, connectors: [connector], worker: { 'value.converter': 'org.apache.kafka.connect.json.JsonConverter', 'value.converter.schemas.enable': 'false' }
  })
  const kills = 4
  const part = count / (kills + 1)
  for (let kill = 0; kill < kills; kill++) {
    const before = (await bucket.keys('raw/')).length
    const worker = await start()
    for (let i = 0; i < part; i += 200) await stream.put(texts.slice(kill * part + i, kill * part + i + 200))
    await until('it stores', async () => (await bucket.keys('raw/')).length > before, 30_000)
    // Some more, so that it is in the middle of something.
    await stream.put([texts[count - kills + kill]!])
    await sleep(Math.random() * 1000)
    await worker.end('SIGKILL')
  }
  await stream.put(texts.slice(kills * part, count - kills))
  await start()
  const good = ids.filter(isGood).map(String)
  await until('all is stored', async () => (await bucket.lines()).length >= good.length && (await bucket.lines('raw/')).length >= count, 60_000)
  // Anything stored twice would come soon.
  await sleep(1500)
  t.same(idsOf(await bucket.lines()).sort(), good.sort())
  t.same((await bucket.lines('raw/')).sort(), texts.map(text => text.slice(0, -1)).sort())
})
