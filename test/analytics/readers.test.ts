import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { awsEndpoint, setupPython, uniqueName } from '@tributary/testing'
import t from 'tap'
import { command } from '../../packages/compactor/src/command.ts'
import { expectedSums, store, topics, type StoredTopic, type Sums } from './stored-orders.ts'

const run = promisify(execFile)
const script = fileURLToPath(new URL('read_orders.py', import.meta.url))
const endpoint = awsEndpoint()

interface Answer {
  readonly sums: Readonly<Record<string, Record<string, Sums>>>
  readonly arrow: Readonly<Record<string, { readonly schema: Readonly<Record<string, string>>, readonly counts: Readonly<Record<string, number>> }>>
}

async function read (bucket: string, read: readonly StoredTopic[]): Promise<Answer> {
  const { stdout } = await run(await setupPython('analytics'), [script, endpoint, bucket, JSON.stringify(read)], { maxBuffer: 1 << 26 })
  return JSON.parse(stdout) as Answer
}

/** Some topics, stored in a bucket of their own. */
async function createOrders (stored: readonly StoredTopic[]): Promise<string> {
  const bucket = uniqueName('analytics')
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: { accessKeyId: 'test', secretAccessKey: 'testsecret' } })
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  client.destroy()
  await Promise.all(stored.map(topic => store(bucket, endpoint, topic)))
  return bucket
}

/** Runs s3-compact over the topics of a bucket, and expects it to do something. */
async function compact (bucket: string, topic: string, ...more: string[]): Promise<string> {
  const said: string[] = []
  const hear = (sentence: string): void => { said.push(sentence) }
  const code = await command(['compact', `--s3Endpoint=${endpoint}`, `--table=s3://${bucket}/topics/${topic}/`, '--quietMinutes=0', ...more], { say: hear, complain: hear })
  return `${code}: ${said.join(' ')}`
}

t.test('DuckDB finds the sums of the generator in every format and codec, through the S3 endpoint', { timeout: 240_000 }, async t => {
  const bucket = await createOrders(topics)
  const { sums, arrow } = await read(bucket, topics)
  const expected = expectedSums()
  t.same(Object.keys(sums), topics.map(({ topic }) => topic))
  for (const { topic } of topics) t.same(sums[topic], expected, topic)

  t.test('and PyArrow opens the Parquet files', async t => {
    t.same(Object.keys(arrow), topics.filter(({ format }) => format === 'parquet').map(({ topic }) => topic))
    for (const [topic, { schema, counts }] of Object.entries(arrow)) {
      t.same(counts, Object.fromEntries(Object.entries(expected).map(([hour, { count }]) => [hour, count])), topic)
      const isTyped = !['parquet_inferred', 'parquet_declared'].includes(topic)
      t.match(schema, { orderid: 'int64', itemid: 'string', orderunits: 'double', price: isTyped ? /^decimal128\(\d+, 2\)$/ : 'double', placed: isTyped ? /^timestamp\[ms/ : 'int64', ot: 'string' }, topic)
      t.match(schema.address, /^struct<city: string[^,]*, zipcode: int/)
    }
  })
})

t.test('DuckDB finds the same sums when the compactor has merged the files', { timeout: 240_000 }, async t => {
  const names = ['json_gzip', 'json_none', 'bytes_zstd']
  const merged = topics.filter(({ topic }) => names.includes(topic))
  const bucket = await createOrders(merged)
  for (const topic of ['json_gzip', 'json_none']) t.match(await compact(bucket, topic), /^0:( s3:\S+ compacted\.){4}$/)
  t.match(await compact(bucket, 'bytes_zstd', '--outputCodec=gzip'), /^0:( s3:\S+ compacted\.){4}$/)
  const { sums } = await read(bucket, merged.map(topic => topic.topic === 'bytes_zstd' ? { ...topic, codec: 'gzip' } : topic))
  for (const topic of names) t.same(sums[topic], expectedSums(), topic)
})
