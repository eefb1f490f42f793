import { createReadStream } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateMultipartUploadCommand, DeleteObjectCommand, GetObjectCommand, HeadObjectCommand,
  ListMultipartUploadsCommand, ListObjectsV2Command, PutObjectCommand, S3Client, UploadPartCommand, type CreateMultipartUploadRequest, type ServerSideEncryption, type StorageClass
} from '@aws-sdk/client-s3'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { ConnectError } from '@tributary/plugin'
import { urlText, type S3Url } from './s3-url.ts'
import { spool, type SpooledFile } from './spool.ts'

/** An object as a listing shows it. */
export interface Listed extends S3Url {
  readonly size: number
  readonly etag: string
  /** Milliseconds since 1970. */
  readonly modified: number
  readonly storageClass: string | undefined
}

export interface Head { readonly size: number, readonly etag: string, readonly metadata: Readonly<Record<string, string>>, readonly storageClass: string | undefined }

/** What S3 says about an object whose bytes it sends. */
export type Answer = Pick<Head, 'etag' | 'metadata'>

/** How an object is stored. */
export interface StoreOptions {
  readonly metadata?: Readonly<Record<string, string>>
  readonly contentType?: string
  readonly contentEncoding?: string
  readonly storageClass?: string
  /** SSE-S3. */
  readonly encrypted?: boolean
  /** Only if there is no such object. */
  readonly ifNew?: boolean
  /** Only if the object is still this one. */
  readonly ifMatch?: string
}

/** Bytes of a part, and whether an object longer than one is written in parts. */
export interface UploadOptions extends StoreOptions { readonly partSize: number, readonly multipart: boolean }

/** Thrown when a condition does not hold: someone else was there first. */
export const conditionFailed = 'S3_CONDITION'
/** Thrown when S3 will not do what it is asked for, whoever asks. */
export const refused = 'S3_REFUSED'
/** Thrown when there is no such object or bucket. */
export const notFound = 'S3_NOT_FOUND'

interface AwsError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $response?: { readonly headers: Readonly<Record<string, string>> }
  readonly Code?: string
}

const nameOf = (error: AwsError): string => error.Code ?? error.name
const transientNames = new Set(['InternalError', 'SlowDown', 'ServiceUnavailable', 'RequestTimeout', 'TimeoutError', 'Throttling', 'ThrottlingException', 'OperationAborted',
  'ConditionalRequestConflict', 'BadDigest', 'NetworkingError'])
const credentialNames = new Set(['CredentialsProviderError', 'AccessDenied', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'ExpiredToken'])

function isTransient (error: AwsError): boolean {
  const status = error.$metadata?.httpStatusCode
  if (credentialNames.has(nameOf(error))) return false
  return transientNames.has(nameOf(error)) || status === undefined || status === 200 || status >= 500 || status === 429
}

/** S3 for this program: every method tries again what may pass, for up to `patienceMs`, and rejects with a ConnectError. */
export class S3 {
  readonly #client: S3Client
  readonly #patienceMs: number

  /** `endpoint`: a local or private S3, addressed by path. `silenceMs`: a request on whose connection nothing moves for this long is tried again. */
  constructor (options: { endpoint?: string | undefined, region?: string | undefined, patienceMs?: number, silenceMs?: number }) {
    this.#patienceMs = options.patienceMs ?? 180_000
    this.#client = new S3Client({
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler({ connectionTimeout: 10_000, socketTimeout: options.silenceMs ?? 60_000 }),
      ...(options.region === undefined ? {} : { region: options.region }),
      ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint, forcePathStyle: true })
    })
  }

  close (): void { this.#client.destroy() }

  async #try<T> (what: string, place: S3Url, act: () => Promise<T>): Promise<T> {
    const end = Date.now() + this.#patienceMs
    for (let wait = 50; ; wait = Math.min(wait * 2, 5000)) {
      try {
        return await act()
      } catch (error) {
        if (error instanceof ConnectError) throw error
        const problem = error as AwsError
        if (!isTransient(problem) || Date.now() + wait > end) throw s3Error(what, place, problem)
        await sleep(wait * (0.5 + Math.random() / 2))
      }
    }
  }

  /** All objects below a prefix, in the order of their keys. */
  async * list (prefix: S3Url): AsyncGenerator<Listed> {
    for (let token: string | undefined, more = true; more;) {
      const page = await this.#try('list', prefix, () => this.#client.send(new ListObjectsV2Command({ Bucket: prefix.bucket, Prefix: prefix.key, ContinuationToken: token })))
      for (const { Key = '', Size = 0, ETag = '', LastModified, StorageClass: storageClass } of page.Contents ?? []) {
        yield { bucket: prefix.bucket, key: Key, size: Size, etag: ETag, modified: LastModified?.getTime() ?? 0, storageClass }
      }
      token = page.NextContinuationToken
      more = page.IsTruncated === true && token !== undefined
    }
  }

  /** null: no such object. */
  async head (place: S3Url): Promise<Head | null> {
    return this.#try('look at', place, async () => {
      try {
        const { ContentLength = 0, ETag = '', Metadata = {}, StorageClass: storageClass } = await this.#client.send(new HeadObjectCommand({ Bucket: place.bucket, Key: place.key }))
        return { size: ContentLength, etag: ETag, metadata: Metadata, storageClass }
      } catch (error) {
        if ((error as AwsError).$metadata?.httpStatusCode === 404) return null
        throw error
      }
    })
  }

  /** The bytes of an object; a connection that breaks is taken up where it broke, and only if the object is still the same. `heard` gets the answer before them. */
  async * read (place: S3Url, etag?: string, heard?: (answer: Answer) => void): AsyncGenerator<Buffer> {
    let at = 0
    let size = Infinity
    let match = etag
    let end = Date.now() + this.#patienceMs
    for (let wait = 50; at < size; wait = Math.min(wait * 2, 5000)) {
      const start = at
      const answer = await this.#try('read', place, () => this.#client.send(new GetObjectCommand({
        Bucket: place.bucket, Key: place.key, ...(match === undefined ? {} : { IfMatch: match }), ...(at === 0 ? {} : { Range: `bytes=${at}-` })
      })))
      match ??= answer.ETag
      if (at === 0) heard?.({ etag: answer.ETag ?? '', metadata: answer.Metadata ?? {} })
      size = at + (answer.ContentLength ?? 0)
      try {
        for await (const chunk of answer.Body as AsyncIterable<Buffer>) {
          at += chunk.length
          yield chunk
        }
        if (at < size) throw Object.assign(new Error('the answer was too short'), { name: 'NetworkingError' })
      } catch (error) {
        if (at > start) {
          // Bytes arrived, however long that took: the patience is for what comes now.
          wait = 50
          end = Date.now() + this.#patienceMs
        }
        if (Date.now() + wait > end) throw s3Error('read', place, error as AwsError)
        await sleep(wait)
      }
    }
  }

  async readAll (place: S3Url, heard?: (answer: Answer) => void): Promise<Buffer> {
    return Buffer.concat(await Array.fromAsync(this.read(place, undefined, heard)))
  }

  /** Bytes `start` to before `end`. */
  async range (place: S3Url, start: number, end: number): Promise<Buffer> {
    return this.#try('read', place, async () => {
      const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: place.bucket, Key: place.key, Range: `bytes=${start}-${end - 1}` }))
      return Buffer.from(await Body!.transformToByteArray())
    })
  }

  #stored (place: S3Url, options: StoreOptions): CreateMultipartUploadRequest {
    return {
      Bucket: place.bucket,
      Key: place.key,
      ...(options.metadata === undefined ? {} : { Metadata: options.metadata }),
      ...(options.contentType === undefined ? {} : { ContentType: options.contentType }),
      ...(options.contentEncoding === undefined ? {} : { ContentEncoding: options.contentEncoding }),
      ...(options.storageClass === undefined ? {} : { StorageClass: options.storageClass as StorageClass }),
      ...(options.encrypted === true ? { ServerSideEncryption: 'AES256' as ServerSideEncryption } : {})
    }
  }

  async put (place: S3Url, body: Buffer, options: StoreOptions = {}): Promise<void> {
    await this.#try('write', place, () => this.#client.send(new PutObjectCommand({
      ...this.#stored(place, options), Body: body, ContentLength: body.length, ChecksumAlgorithm: 'CRC32', ...conditions(options)
    })))
  }

  async #putFile (place: S3Url, { path, length, crc32 }: SpooledFile, options: StoreOptions): Promise<void> {
    await this.#try('write', place, () => this.#client.send(new PutObjectCommand({
      ...this.#stored(place, options), Body: createReadStream(path, { highWaterMark: 1024 * 1024 }), ContentLength: length, ChecksumCRC32: crc32, ...conditions(options)
    })))
  }

  /** Writes a stream: in one request when it is shorter than a part, or has to be, else in parts. */
  async upload (place: S3Url, bytes: AsyncIterable<Buffer>, options: UploadOptions): Promise<void> {
    const parts = inParts(bytes, options.partSize)[Symbol.asyncIterator]()
    try {
      const first = await parts.next()
      const start = first.done ? Buffer.alloc(0) : first.value
      const second = await parts.next()
      if (second.done) await this.put(place, start, options)
      else if (options.multipart) await this.#uploadParts(place, start, second.value, parts, options)
      else {
        await using file = await spool([start, second.value], parts)
        await this.#putFile(place, file, options)
      }
    } finally {
      // Ends reading at once when writing fails.
      await parts.return?.(undefined)
    }
  }

  async #uploadParts (place: S3Url, first: Buffer, second: Buffer, rest: AsyncIterator<Buffer>, options: UploadOptions): Promise<void> {
    const { UploadId } = await this.#try('begin to write', place, () => this.#client.send(new CreateMultipartUploadCommand({ ...this.#stored(place, options), ChecksumAlgorithm: 'CRC32' })))
    const upload = { Bucket: place.bucket, Key: place.key, UploadId }
    const done: { PartNumber: number, ETag: string | undefined, ChecksumCRC32: string | undefined }[] = []
    const send = async (body: Buffer): Promise<void> => {
      const PartNumber = done.length + 1
      const { ETag, ChecksumCRC32 } = await this.#try(`write part ${PartNumber} of`, place, () =>
        this.#client.send(new UploadPartCommand({ ...upload, PartNumber, Body: body, ContentLength: body.length, ChecksumAlgorithm: 'CRC32' })))
      done.push({ PartNumber, ETag, ChecksumCRC32 })
    }
    try {
      await send(first)
      await send(second)
      for (let next = await rest.next(); !next.done; next = await rest.next()) await send(next.value)
      await this.#try('complete', place, () => this.#client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: done }, ...conditions(options) })))
    } catch (error) {
      // Parts that stay would cost money; what the abort itself meets does not matter.
      await this.#client.send(new AbortMultipartUploadCommand(upload)).catch(() => {})
      throw error
    }
  }

  /** Ends uploads in parts to this place that were begun and never ended, as by a run that was killed. What cannot be ended stays: it costs money, but harms nothing. */
  async abortUploads ({ bucket: Bucket, key }: S3Url): Promise<void> {
    try {
      const { Uploads = [] } = await this.#client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: key }))
      for (const { Key, UploadId } of Uploads) if (Key === key) await this.#client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
    } catch { /* Not every S3 has this request, nor everyone the right to it. */ }
  }

  /** Whether an object is still this one; null: it is gone. S3 compares, since an ETag in an answer may be told wrong. */
  async isStill (place: S3Url, etag: string): Promise<boolean | null> {
    return this.#ifStill('look at', place, () => this.#client.send(new HeadObjectCommand({ Bucket: place.bucket, Key: place.key, IfMatch: etag })))
  }

  /** Deletes an object if it is still this one; one that is gone is fine. False: it is another one now. */
  async remove (place: S3Url, etag: string): Promise<boolean> {
    // Not every S3 knows the condition on deletion.
    const isStill = await this.isStill(place, etag)
    if (isStill !== true) return isStill === null
    return await this.#ifStill('delete', place, () => this.#client.send(new DeleteObjectCommand({ Bucket: place.bucket, Key: place.key, IfMatch: etag }))) !== false
  }

  async #ifStill (what: string, place: S3Url, act: () => Promise<unknown>): Promise<boolean | null> {
    try {
      await this.#try(what, place, act)
      return true
    } catch (error) {
      if (error instanceof ConnectError && error.code === notFound) return null
      if (error instanceof ConnectError && error.code === conditionFailed) return false
      throw error
    }
  }
}

function conditions ({ ifNew, ifMatch }: StoreOptions): { IfNoneMatch?: string, IfMatch?: string } {
  return { ...(ifNew === true ? { IfNoneMatch: '*' } : {}), ...(ifMatch === undefined ? {} : { IfMatch: ifMatch }) }
}

function s3Error (what: string, place: S3Url, error: AwsError): ConnectError {
  const status = error.$metadata?.httpStatusCode
  const name = nameOf(error)
  const code = status === 412 || status === 409 ? conditionFailed : status === 404 ? notFound : isTransient(error) ? 'S3_UNAVAILABLE' : status === 403 || credentialNames.has(name) ? 'S3_ACCESS' : refused
  return new ConnectError(code, code === 'S3_UNAVAILABLE' ? 'transient' : 'system', sentenceOf(what, place, error), { cause: error })
}

function sentenceOf (what: string, place: S3Url, error: AwsError): string {
  const status = error.$metadata?.httpStatusCode
  const name = nameOf(error)
  if (name === 'NoSuchBucket') return `The bucket ${place.bucket} does not exist.`
  const region = status === 301 || name === 'AuthorizationHeaderMalformed' ? error.$response?.headers['x-amz-bucket-region'] : undefined
  if (region !== undefined) return `The bucket ${place.bucket} is in region ${region}: set AWS_REGION=${region}.`
  return `Cannot ${what} ${urlText(place)}: ${name}${status === undefined ? '' : ` (HTTP ${status})`}: ${error.message}`
}

/** Cuts a stream into pieces of one size, the last of which may be smaller. The third may take the memory of the first, and so on. */
async function * inParts (bytes: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  let part: Buffer = Buffer.alloc(0)
  let other = part
  let length = 0
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length;) {
      const end = Math.min(chunk.length, at + size - length)
      if (length + end - at > part.length) part = enlarged(part.subarray(0, length), Math.min(size, 2 * (length + end - at)))
      chunk.copy(part, length, at, end)
      length += end - at
      at = end
      if (length < size) continue
      yield part
      ;[part, other] = [other, part]
      length = 0
    }
  }
  if (length > 0) yield part.subarray(0, length)
}

function enlarged (bytes: Buffer, size: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(size)
  bytes.copy(larger)
  return larger
}
