import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CreateStreamCommand, DescribeStreamSummaryCommand, KinesisClient } from '@aws-sdk/client-kinesis'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { startAws, startKafka, until } from '@tributary/testing'

export const region = 'cn-northwest-1'
export const stream = 'orders'
export const bucket = 'tributary-orders'
export const topic = 'orders'

/** Where Kafka, Kinesis, S3 and DynamoDB are: local ones, or the user's. */
export interface Services {
  /** What the properties files of this folder read by `${env:...}`. */
  readonly env: NodeJS.ProcessEnv
  readonly kafka: string
  readonly kinesis: KinesisClient
  readonly s3: S3Client
  stop (): Promise<void>
}

/** Starts what the user did not name by TRIBUTARY_KAFKA, TRIBUTARY_KINESIS, TRIBUTARY_S3 or TRIBUTARY_DYNAMODB; makes the stream and the bucket. */
export async function startServices (folder: string): Promise<Services> {
  await mkdir(folder, { recursive: true })
  const running: { stop (): Promise<void> }[] = []
  const keep = <S extends { stop (): Promise<void> }>(started: S): S => { running.push(started); return started }
  const { TRIBUTARY_KAFKA: kafka, TRIBUTARY_AWS: aws, TRIBUTARY_KINESIS: kinesis = aws, TRIBUTARY_S3: s3 = aws, TRIBUTARY_DYNAMODB: dynamodb = aws } = process.env
  const [bootstrap, local] = await Promise.all([
    kafka ?? startKafka({ folder: join(folder, 'kafka') }).then(started => keep(started).bootstrap),
    kinesis && s3 && dynamodb ? undefined : startAws({ folder: join(folder, 'aws') }).then(started => keep(started).endpoint)
  ])
  const env = {
    ...process.env,
    ...local === undefined && aws === undefined ? {} : { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'testsecret' },
    TRIBUTARY_KAFKA: bootstrap,
    TRIBUTARY_KINESIS: kinesis ?? local,
    TRIBUTARY_S3: s3 ?? local,
    TRIBUTARY_DYNAMODB: dynamodb ?? local
  }
  const services = { env, kafka: bootstrap, ...clients(env), stop: async () => { await Promise.all(running.map(one => one.stop())) } }
  await makeStream(services.kinesis)
  await makeBucket(services.s3)
  return services
}

function clients (env: NodeJS.ProcessEnv): Pick<Services, 'kinesis' | 's3'> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env
  const credentials = accessKeyId && secretAccessKey ? { credentials: { accessKeyId, secretAccessKey } } : {}
  return {
    kinesis: new KinesisClient({ region, endpoint: env.TRIBUTARY_KINESIS ?? '', requestHandler: new NodeHttpHandler(), ...credentials }),
    s3: new S3Client({ region, endpoint: env.TRIBUTARY_S3 ?? '', forcePathStyle: true, ...credentials })
  }
}

function unless (name: string): (error: unknown) => void {
  return error => { if (!(error instanceof Error && error.name === name)) throw error }
}

async function makeStream (kinesis: KinesisClient): Promise<void> {
  await kinesis.send(new CreateStreamCommand({ StreamName: stream, ShardCount: 2 })).catch(unless('ResourceInUseException'))
  await until(`the stream ${stream} is active`, async () =>
    (await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: stream }))).StreamDescriptionSummary?.StreamStatus === 'ACTIVE')
}

async function makeBucket (s3: S3Client): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket: bucket })).catch(unless('BucketAlreadyOwnedByYou'))
}
