import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { awsEndpoint, freePort, kafkaBootstrap, startKinesisThrottle, startProcess, uniqueName, until } from '@tributary/testing'
import { createTopic, openAdmin, openProducer, recordOf, write } from '../../runtime/test/kafka/helpers.ts'
import { createStream, texts } from './helpers.ts'

const program = fileURLToPath(new URL('../../runtime/src/cli/connect-standalone.ts', import.meta.url))

function properties (values: Record<string, string>): string {
  return Object.entries(values).map(([key, value]) => `${key}=${value}\n`).join('')
}

/** Starts `connect-standalone` with one Kinesis connector; each call is a new process on the same files. */
async function workerFiles (t: Test, connector: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'kinesis-kill-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const port = await freePort()
  await writeFile(join(folder, 'worker.properties'), properties({
    'bootstrap.servers': kafkaBootstrap(),
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.converters.ByteArrayConverter',
    'offset.storage.file.filename': join(folder, 'offsets'),
    'offset.flush.interval.ms': '300',
    listeners: `http://127.0.0.1:${port}`
  }))
  await writeFile(join(folder, 'kinesis.properties'), properties({ 'connector.class': 'com.amazon.kinesis.kafka.AmazonKinesisSinkConnector', 'consumer.override.session.timeout.ms': '6000', ...connector }))
  return async () => {
    const worker = await startProcess(process.execPath, ['--conditions=@tributary/source', program, join(folder, 'worker.properties'), join(folder, 'kinesis.properties')], {
      logFile: join(folder, 'log'), ready: async () => (await fetch(`http://127.0.0.1:${port}/connectors`)).ok
    })
    t.teardown(() => worker.kill())
    return worker
  }
}

t.test('kill -9 in the middle of writing loses nothing; no offset was committed before its record was in the stream', async t => {
  const total = 6000
  const proxy = await startKinesisThrottle({ target: awsEndpoint(), recordsPerSecond: 700 })
  t.teardown(() => proxy.close())
  const stream = await createStream(t, 2)
  const topic = await createTopic(t, 3)
  await write(await openProducer(t), Array.from({ length: total }, (_, i) => recordOf(topic, `value-${i}`, { partition: i % 3, key: Buffer.from(`key-${i}`) })))
  const name = uniqueName('sink')
  const start = await workerFiles(t, { name, topics: topic, region: 'us-east-1', streamName: stream.name, kinesisEndpoint: proxy.endpoint, flushSync: 'false' })
  const found = async (): Promise<string[]> => texts([...(await stream.read()).values()].flat())
  const committed = async (): Promise<number> => (await (await openAdmin(t)).groupOffsets(`connect-${name}`)).reduce((sum, { offset }) => sum + offset, 0)

  const first = await start()
  await until('a third is written', () => proxy.counts.accepted > total / 3)
  await until('offsets are committed', async () => await committed() > 0)
  await first.kill()
  const before = new Set(await found())
  const safe = await committed()
  t.ok(before.size < total, `${before.size} of ${total} were written when it was killed`)
  t.ok(safe <= before.size, `${safe} were committed`)

  const second = await start()
  await until('everything is written', async () => new Set(await found()).size === total)
  await until('everything is committed', async () => await committed() === total)
  t.same(new Set(await found()), new Set(Array.from({ length: total }, (_, i) => `value-${i}`)))
  await second.stop()
})
