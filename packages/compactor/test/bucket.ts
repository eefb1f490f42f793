import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import {
  CreateBucketCommand, CreateMultipartUploadCommand, DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, ListMultipartUploadsCommand, ListObjectsV2Command, PutObjectCommand,
  S3Client, type HeadObjectCommandOutput, type StorageClass
} from '@aws-sdk/client-s3'
import { awsEndpoint, uniqueName } from '@tributary/testing'
import { command } from '../src/command.ts'

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url))
const environment = (endpoint: string): Record<string, string> =>
  ({ TRIBUTARY_S3: endpoint, AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey, AWS_REGION: 'us-east-1' })
const credentials = { accessKeyId: 'test', secretAccessKey: 'testsecret' }

/** A bucket of its own, with what tests do in it. */
export class Bucket {
  readonly name = uniqueName('compact')
  readonly endpoint: string
  readonly #client: S3Client

  private constructor () {
    this.endpoint = awsEndpoint()
    this.#client = new S3Client({ endpoint: this.endpoint, region: 'us-east-1', forcePathStyle: true, credentials })
  }

  static async create (t: { teardown (end: () => void): void }): Promise<Bucket> {
    const bucket = new Bucket()
    t.teardown(() => { bucket.#client.destroy() })
    await bucket.#client.send(new CreateBucketCommand({ Bucket: bucket.name }))
    return bucket
  }

  url (key: string): string { return `s3://${this.name}/${key}` }

  async put (key: string, body: string | Buffer, storageClass?: StorageClass, metadata: Record<string, string> = {}): Promise<void> {
    await this.#client.send(new PutObjectCommand({ Bucket: this.name, Key: key, Body: body, StorageClass: storageClass, Metadata: metadata }))
  }

  async remove (key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.name, Key: key }))
  }

  async storageClasses (prefix: string): Promise<Record<string, string>> {
    const { Contents = [] } = await this.#client.send(new ListObjectsV2Command({ Bucket: this.name, Prefix: prefix }))
    return Object.fromEntries(Contents.map(({ Key = '', StorageClass = 'STANDARD' }) => [Key, StorageClass]))
  }

  async get (key: string): Promise<Buffer> {
    const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.name, Key: key }))
    return Buffer.from(await Body!.transformToByteArray())
  }

  async metadata (key: string): Promise<Record<string, string>> { return (await this.#head(key)).Metadata ?? {} }

  async etag (key: string): Promise<string | undefined> { return (await this.#head(key)).ETag }

  #head (key: string): Promise<HeadObjectCommandOutput> { return this.#client.send(new HeadObjectCommand({ Bucket: this.name, Key: key })) }

  /** Begins an upload in parts that nobody ends; returns its id. */
  async beginUpload (key: string): Promise<string | undefined> {
    return (await this.#client.send(new CreateMultipartUploadCommand({ Bucket: this.name, Key: key }))).UploadId
  }

  /** Ids of uploads in parts that were not ended. */
  async uploads (): Promise<(string | undefined)[]> {
    const { Uploads = [] } = await this.#client.send(new ListMultipartUploadsCommand({ Bucket: this.name }))
    return Uploads.map(({ UploadId }) => UploadId)
  }

  async text (key: string): Promise<string> {
    const bytes = await this.get(key)
    return (key.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
  }

  async keys (prefix = ''): Promise<string[]> {
    const keys: string[] = []
    let token: string | undefined
    do {
      const page = await this.#client.send(new ListObjectsV2Command({ Bucket: this.name, Prefix: prefix, ContinuationToken: token }))
      keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key))
      token = page.NextContinuationToken
    } while (token !== undefined)
    return keys
  }

  /** Runs s3-compact in this process. */
  async run (args: readonly string[], endpoint = this.endpoint): Promise<{ code: number, out: string }> {
    Object.assign(process.env, environment(endpoint))
    const said: string[] = []
    const hear = (sentence: string): void => { said.push(sentence) }
    const code = await command(args, { say: hear, complain: hear })
    return { code, out: said.join('\n') }
  }

  /** Starts s3-compact as a process of its own, for tests that kill it. */
  start (args: readonly string[], endpoint = this.endpoint): { kill (): void, ended: Promise<{ code: number | null, out: string }> } {
    const child = spawn(process.execPath, ['--conditions=@tributary/source', '--disable-warning=ExperimentalWarning', cli, ...args], { env: { ...process.env, ...environment(endpoint) } })
    let out = ''
    child.stdout.on('data', chunk => { out += String(chunk) })
    child.stderr.on('data', chunk => { out += String(chunk) })
    return {
      kill: () => { child.kill('SIGKILL') },
      ended: new Promise(resolve => { child.once('close', code => { resolve({ code, out }) }) })
    }
  }
}
