import { freePort, kafkaBootstrap, uniqueName, until } from '@tributary/testing'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Test } from 'tap'
import { openKafka } from '../../runtime/src/kafka/index.ts'
import { createBucket, sinkConfig } from './helpers.ts'

const program = fileURLToPath(new URL('../../runtime/src/cli/connect-standalone.ts', import.meta.url))

function propertiesFile (folder: string, name: string, properties: Readonly<Record<string, string>>): string {
  const path = join(folder, name)
  writeFileSync(path, Object.entries(properties).map(([key, value]) => `${key}=${value}\n`).join(''))
  return path
}

function startWorker (t: Test, files: readonly string[]) {
  const child = spawn(process.execPath, ['--conditions=@tributary/source', '--disable-warning=ExperimentalWarning', program, ...files], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => { child.kill('SIGKILL') })
  let log = ''
  child.stdout.on('data', text => { log += String(text) })
  child.stderr.on('data', text => { log += String(text) })
  return { log: () => log, async kill () { child.kill('SIGKILL'); await once(child, 'exit') } }
}

t.test('workers that are killed, started again and share a topic store every record once, by its order time', async t => {
  const partitions = 3
  const count = 6_000
  const topic = uniqueName('s3-orders')
  const settings = { 'bootstrap.servers': kafkaBootstrap() }
  const kafka = openKafka()
  const admin = await kafka.admin(settings)
  t.teardown(() => admin.close())
  await admin.create({ name: topic, partitions, replicationFactor: 1, configs: {} })
  const producer = await kafka.producer(settings)
  await producer.send(Array.from({ length: count }, (_, i) => ({
    topic, partition: i % partitions, key: null, timestamp: null, headers: [],
    value: Buffer.from(JSON.stringify({ ordertime: 1_573_573_055 + (i % 24) * 3600, orderid: String(i), address: { city: `City_${i}` } }))
  })), () => {})
  await producer.flush({ signal: AbortSignal.timeout(30_000) })
  await producer.close(0)

  const bucket = await createBucket(t)
  const folder = mkdtempSync(join(tmpdir(), 's3-worker-'))
  const workerFile = async (name: string): Promise<string> => propertiesFile(folder, `${name}.properties`, {
    ...settings,
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'false',
    'offset.storage.file.filename': join(folder, `${name}.offsets`),
    'offset.flush.interval.ms': '200',
    listeners: `http://127.0.0.1:${await freePort()}`
  })
  const connector = propertiesFile(folder, 's3.properties', {
    ...sinkConfig(bucket.name, { name: topic }),
    'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
    topics: topic,
    'tasks.max': '1',
    'consumer.override.max.poll.records': '50',
    'consumer.override.session.timeout.ms': '6000',
    'flush.size': '37',
    'rotate.idle.ms': '400',
    transforms: 'flatten,hour',
    'transforms.flatten.type': 'org.apache.kafka.connect.transforms.Flatten$Value',
    'transforms.flatten.delimiter': '_',
    'transforms.hour.type': 'tributary.transforms.EventTimePartition',
    'transforms.hour.field': 'ordertime',
    'transforms.hour.unit': 's'
  })

  // The first is killed alone; the second shares the partitions with the third, until it is killed too.
  const objects = (count: number, running: { log (): string }) => until(`${count} objects: ${running.log()}`, async () => (await bucket.keys()).length > count, 60_000)
  const first = startWorker(t, [await workerFile('first'), connector])
  await objects(20, first)
  await first.kill()
  const second = startWorker(t, [await workerFile('second'), connector])
  await objects(40, second)
  const running = startWorker(t, [await workerFile('third'), connector])
  await sleep(1500)
  await second.kill()
  let lines: string[] = []
  await until('all orders', async () => {
    lines = await bucket.lines()
    return lines.length >= count
  }, 90_000).catch(error => { t.comment(running.log()); throw error })
  // Anything stored twice would come soon.
  await sleep(1000)
  lines = await bucket.lines()
  const ids = lines.map(line => (JSON.parse(line) as { orderid: string }).orderid)
  t.equal(ids.length, count)
  t.equal(new Set(ids).size, count)
  const keys = await bucket.keys()
  t.same(new Set(keys.map(key => key.split('/')[2])), new Set(Array.from({ length: 24 }, (_, hour) => `ot=201911${String(12 + Math.floor((15 + hour) / 24))}${String((15 + hour) % 24).padStart(2, '0')}`)))
  t.match(lines[0], /"address_city":"City_\d+"/)
  await running.kill()
})
