import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import t from 'tap'
import { awsEndpoint, kafkaBootstrap, kafkaClassPath, uniqueName, until } from '@tributary/testing'
import { startWorker } from './conformance/connect-process.ts'

const execute = promisify(execFile)

async function connectorFile (folder: string, keys: Readonly<Record<string, string>>): Promise<string> {
  const file = join(folder, `${keys.name}.properties`)
  await writeFile(file, Object.entries(keys).map(([key, value]) => `${key}=${value}\n`).join(''))
  return file
}

/** Writes lines with Java's console producer. */
async function produce (topic: string, codec: string, lines: readonly string[]): Promise<void> {
  const producer = spawn('java', ['-cp', kafkaClassPath(), 'org.apache.kafka.tools.ConsoleProducer', '--bootstrap-server', kafkaBootstrap(), '--topic', topic, '--compression-codec', codec], { stdio: ['pipe', 'ignore', 'inherit'] })
  producer.stdin.end(`${lines.join('\n')}\n`)
  const [code] = await once(producer, 'exit') as [number]
  if (code !== 0) throw new Error(`The Java producer ended with ${code}.`)
}

t.test('a Java console consumer reads what datagen wrote', { timeout: 120_000 }, async t => {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-java-'))
  const topic = uniqueName('orders')
  const keys = { name: topic, 'connector.class': 'io.confluent.kafka.connect.datagen.DatagenConnector', 'kafka.topic': topic, quickstart: 'orders', 'max.interval': '0', iterations: '500', 'value.converter': 'org.apache.kafka.connect.json.JsonConverter', 'value.converter.schemas.enable': 'false' }
  const worker = await startWorker('tributary', { mode: 'standalone', folder, files: [await connectorFile(folder, keys)] })
  t.teardown(() => worker.stop())
  const { stdout } = await execute('java', ['-cp', kafkaClassPath(), 'org.apache.kafka.tools.consumer.ConsoleConsumer', '--bootstrap-server', kafkaBootstrap(), '--topic', topic, '--from-beginning', '--max-messages', '500', '--timeout-ms', '60000'])
  const orders = stdout.trim().split('\n').map(line => JSON.parse(line) as { orderid: number, address: { zipcode: number } })
  t.same(orders.map(order => order.orderid), Array.from({ length: 500 }, (_, i) => i))
  t.ok(orders.every(order => order.address.zipcode >= 10_000 && order.address.zipcode < 100_000))
})

t.test('records of a Java producer reach S3 whatever their compression', { timeout: 120_000 }, async t => {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-java-'))
  const topic = uniqueName('codecs')
  const bucket = uniqueName('codecs')
  const s3 = new S3Client({ endpoint: awsEndpoint(), region: 'us-east-1', forcePathStyle: true })
  t.teardown(() => { s3.destroy() })
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
  for (const codec of codecs) await produce(topic, codec, Array.from({ length: 200 }, (_, i) => `{"codec":"${codec}","n":${i}}`))
  const keys = {
    name: topic, 'connector.class': 'io.confluent.connect.s3.S3SinkConnector', topics: topic, 's3.bucket.name': bucket, 's3.region': 'us-east-1', 'store.url': awsEndpoint(),
    'storage.class': 'io.confluent.connect.s3.storage.S3Storage', 'format.class': 'io.confluent.connect.s3.format.json.JsonFormat', 'flush.size': '1000', 's3.compression.type': 'gzip',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter', 'value.converter.schemas.enable': 'false'
  }
  const worker = await startWorker('tributary', { mode: 'standalone', folder, files: [await connectorFile(folder, keys)] })
  t.teardown(() => worker.stop())
  const objects = await until('the file of 1000 records is there', async () => {
    const { Contents: contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'topics/' }))
    return contents.length > 0 ? contents : null
  })
  const lines: string[] = []
  for (const { Key: key = '' } of objects) {
    const body = await (await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))).Body?.transformToByteArray() ?? new Uint8Array()
    lines.push(...gunzipSync(body).toString().trim().split('\n'))
  }
  t.same(lines.toSorted(), codecs.flatMap(codec => Array.from({ length: 200 }, (_, i) => `{"codec":"${codec}","n":${i}}`)).toSorted())
})
