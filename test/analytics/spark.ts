import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { isDeepStrictEqual, promisify } from 'node:util'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { setupPython, startAws } from '@tributary/testing'
import { expectedSums, store, topics as all, type Sums } from './stored-orders.ts'

// Stores orders in every format that Hive has a reader for, then lets Spark SQL run the HiveQL of the sink and compares the sums of each partition.

const run = promisify(execFile)
const script = fileURLToPath(new URL('spark_tables.py', import.meta.url))
const jars = fileURLToPath(new URL('../../.tributary/spark-jars', import.meta.url))

// Hadoop reads text of zstd by a native library, which Spark of PyPI has not.
const topics = all.filter(({ format, codec }) => codec !== 'zstd' || format === 'parquet')

type Answer = { readonly partitions: readonly string[], readonly sums: Readonly<Record<string, Sums>> } | { readonly error: string }

const folder = await mkdtemp(join(tmpdir(), 'spark-'))
await using cleanUp = new AsyncDisposableStack()
cleanUp.defer(() => rm(folder, { recursive: true, force: true }))
const aws = await startAws({ folder })
cleanUp.defer(() => aws.stop())
const client = new S3Client({ endpoint: aws.endpoint, region: 'us-east-1', forcePathStyle: true, credentials: { accessKeyId: 'test', secretAccessKey: 'testsecret' } })
await client.send(new CreateBucketCommand({ Bucket: 'spark-orders' }))
client.destroy()

const statements = join(folder, 'orders.sql')
for (const topic of topics) await store('spark-orders', aws.endpoint, topic, { 'hive.ddl.file': statements })
const asked = topics.map(topic => ({ topic: topic.topic, typed: topic.values === 'typed' && topic.format !== 'json' }))
const { stdout } = await run(await setupPython('spark'), [script, aws.endpoint, statements, jars, JSON.stringify(asked)], { cwd: folder, maxBuffer: 1 << 26 })
const { refused, tables } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as { readonly refused: readonly object[], readonly tables: Readonly<Record<string, Answer>> }
for (const statement of refused) console.log(`refused: ${JSON.stringify(statement)}`)

const expected = expectedSums()
const partitions = Object.keys(expected).map(hour => `ot=${hour}`).sort()
let wrong = 0
for (const { topic } of topics) {
  const answer = tables[topic] ?? { error: 'no answer' }
  const isRight = 'sums' in answer && isDeepStrictEqual(answer.partitions.toSorted(), partitions) && isDeepStrictEqual(answer.sums, expected)
  if (!isRight) wrong += 1
  console.log(`${isRight ? 'ok' : 'not ok'} - ${topic}${isRight ? `: ${partitions.length} partitions, ${Object.values(expected).reduce((sum, { count }) => sum + count, 0)} rows` : `: ${JSON.stringify(answer).slice(0, 700)}`}`)
}
console.log(`${topics.length - wrong} right, ${wrong} wrong`)
process.exitCode = wrong === 0 && refused.length === 0 ? 0 : 1
