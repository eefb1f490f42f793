import type * as Aws from '@aws-sdk/client-s3'
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ObjectHead, ObjectOptions, ObjectStore, StoredObject, StoreErrorKind, UploadedPart } from './object-store.ts'
import { StoreError } from './object-store.ts'

/** How objects are stored in this bucket, whatever is in them. */
export interface S3StoreOptions {
  readonly bucket: string
  readonly client: S3ClientConfig
  /** Tries of one request, the first included; each waits longer than the one before. */
  readonly attempts: number
  readonly backoffMs: number
  readonly serverSideEncryption: 'AES256' | 'aws:kms' | null
  readonly kmsKeyId: string | null
  /** Key of SSE-C. */
  readonly customerKey: string | null
  readonly acl: string | null
  readonly checksums: boolean
  /** Aborts when no more time is left. */
  readonly giveUp: AbortSignal
}

const transientNames = new Set(['TimeoutError', 'RequestTimeout', 'SlowDown', 'InternalError', 'ServiceUnavailable', 'ThrottlingException', 'Throttling',
  'RequestTimeTooSkewed', 'NetworkingError', 'BadDigest', 'XAmzContentChecksumMismatch', 'OperationAborted'])
const refusedNames = new Set(['NoSuchBucket', 'AccessDenied', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'PermanentRedirect', 'AuthorizationHeaderMalformed',
  'CredentialsProviderError', 'AllAccessDisabled', 'ExpiredToken', 'InvalidToken', 'Forbidden', 'NoSuchKMSKey', 'KMS.NotFoundException'])

interface AwsError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $response?: { readonly headers: Readonly<Record<string, string>> }
  readonly code?: string
  readonly Code?: string
}

function kindOf (error: AwsError): StoreErrorKind {
  const status = error.$metadata?.httpStatusCode
  const name = error.Code ?? error.name
  if (name === 'PreconditionFailed' || name === 'ConditionalRequestConflict' || status === 412 || (status === 409 && name !== 'OperationAborted')) return 'condition'
  if (name === 'NoSuchKey' || name === 'NoSuchUpload' || name === 'NotFound') return 'absent'
  if (refusedNames.has(name) || refusedNames.has(error.name)) return 'refused'
  if (transientNames.has(name) || transientNames.has(error.name) || (status !== undefined && (status >= 500 || status === 429))) return 'transient'
  // No status, or an answer that was cut in the middle: the network, not S3.
  if (status === undefined || status === 200) return error.name === 'AbortError' ? 'other' : 'transient'
  if (status === 403 || status === 301) return 'refused'
  return status === 404 ? 'absent' : 'other'
}

function storeError (what: string, bucket: string, error: AwsError, hasAnswered: boolean): StoreError {
  // Credentials that were there, and have expired, are there again once what hands them out answers.
  const kind = hasAnswered && (error.name === 'CredentialsProviderError' || error.name === 'ExpiredToken') ? 'transient' : kindOf(error)
  const status = error.$metadata?.httpStatusCode
  const reason = `${error.Code ?? error.name}${status === undefined ? '' : ` (HTTP ${status})`}: ${error.message}`
  return new StoreError(kind, `Cannot ${what} in bucket ${bucket}: ${reason}`, { cause: error })
}

/** Opens a bucket through the AWS client, which is loaded here and not before. */
export async function openS3Store (options: S3StoreOptions): Promise<ObjectStore> {
  const aws = await import('@aws-sdk/client-s3')
  return new S3Store(aws, options)
}

class S3Store implements ObjectStore {
  readonly bucket: string
  readonly #aws: typeof Aws
  readonly #client: S3Client
  readonly #options: S3StoreOptions
  readonly #bodyOptions: Record<string, unknown>
  #hasAnswered = false

  constructor (aws: typeof Aws, options: S3StoreOptions) {
    this.bucket = options.bucket
    this.#aws = aws
    this.#options = options
    this.#client = new aws.S3Client(options.client)
    this.#bodyOptions = options.checksums ? { ChecksumAlgorithm: 'CRC32' } : {}
  }

  async check (): Promise<void> {
    await this.#try('look', async () => {
      try {
        return await this.#client.send(new this.#aws.HeadBucketCommand({ Bucket: this.bucket }), { abortSignal: this.#options.giveUp })
      } catch (error) {
        throw await this.#bucketError(error as AwsError)
      }
    })
  }

  /** HEAD answers carry no body, so neither a name nor a message. */
  async #bucketError (error: AwsError): Promise<Error> {
    const refused = (sentence: string): StoreError => new StoreError('refused', sentence, { cause: error })
    const status = error.$metadata?.httpStatusCode
    const [own, region] = [await this.#client.config.region(), error.$response?.headers['x-amz-bucket-region']]
    if (status === 404) return refused(`Bucket ${this.bucket} does not exist.`)
    if (region !== undefined && region !== own && status !== undefined && status < 500) return refused(`Bucket ${this.bucket} is in region ${region}, not ${own}.`)
    if (status === 403) return refused(`Bucket ${this.bucket} denies access (HTTP 403): the credentials need s3:ListBucket for it.`)
    return error
  }

  get (key: string, range?: { start: number, bytes: number }): Promise<StoredObject> {
    return this.#try(`read ${key}`, async () => {
      const answer = await this.#client.send(new this.#aws.GetObjectCommand({
        Bucket: this.bucket, Key: key, ...this.#customerKey(),
        ...range === undefined ? {} : { Range: `bytes=${range.start}-${range.start + range.bytes - 1}` }
      }), { abortSignal: this.#options.giveUp })
      const bytes = await answer.Body!.transformToByteArray()
      return { body: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), etag: answer.ETag ?? '' }
    })
  }

  head (key: string): Promise<ObjectHead> {
    return this.#try(`look at ${key}`, async () => {
      const answer = await this.#client.send(new this.#aws.HeadObjectCommand({ Bucket: this.bucket, Key: key, ...this.#customerKey() }), { abortSignal: this.#options.giveUp })
      return { etag: answer.ETag ?? '', bytes: answer.ContentLength ?? 0, metadata: answer.Metadata ?? {} }
    })
  }

  put (key: string, body: Buffer, condition: { ifMatch: string } | { ifAbsent: true } | null, options: ObjectOptions): Promise<string> {
    const only = condition === null ? {} : 'ifMatch' in condition ? { IfMatch: condition.ifMatch } : { IfNoneMatch: '*' }
    return this.#try(`write ${key}`, async () => {
      const answer = await this.#client.send(new this.#aws.PutObjectCommand({
        Bucket: this.bucket, Key: key, Body: body, ContentLength: body.length, ...only, ...this.#bodyOptions, ...this.#objectOptions(options)
      }), { abortSignal: this.#options.giveUp })
      return answer.ETag ?? ''
    })
  }

  beginUpload (key: string, options: ObjectOptions): Promise<string> {
    return this.#try(`begin an upload of ${key}`, async () => {
      const answer = await this.#client.send(new this.#aws.CreateMultipartUploadCommand({
        Bucket: this.bucket, Key: key, ...this.#bodyOptions, ...this.#objectOptions(options)
      }), { abortSignal: this.#options.giveUp })
      if (answer.UploadId === undefined) throw new Error('The answer has no upload id.')
      return answer.UploadId
    })
  }

  uploadPart (key: string, uploadId: string, number: number, body: Buffer): Promise<UploadedPart> {
    return this.#try(`upload part ${number} of ${key}`, async () => {
      const answer = await this.#client.send(new this.#aws.UploadPartCommand({
        Bucket: this.bucket, Key: key, UploadId: uploadId, PartNumber: number,
        Body: body, ContentLength: body.length,
        ...this.#bodyOptions, ...this.#customerKey()
      }), { abortSignal: this.#options.giveUp })
      return { number, etag: await this.#partEtag(key, uploadId, number, body, answer.ETag ?? ''), crc32: answer.ChecksumCRC32 ?? null }
    })
  }

  /**
   * The ETag that completing will need. One that is not the MD5 of the part is right under some encryptions, and wrong when something on the way
   * changed it; since the ledger would keep it for good, the store is asked once more then.
   */
  async #partEtag (key: string, uploadId: string, number: number, body: Buffer, etag: string): Promise<string> {
    if (etag.replaceAll('"', '') === createHash('md5').update(body).digest('hex')) return etag
    const page = await this.#client.send(new this.#aws.ListPartsCommand({
      Bucket: this.bucket, Key: key, UploadId: uploadId, PartNumberMarker: String(number - 1), MaxParts: 1, ...this.#customerKey()
    }), { abortSignal: this.#options.giveUp })
    return page.Parts?.find(part => part.PartNumber === number)?.ETag ?? etag
  }

  async completeUpload (key: string, uploadId: string, parts: readonly UploadedPart[]): Promise<void> {
    await this.#try(`complete the upload of ${key}`, () => this.#client.send(new this.#aws.CompleteMultipartUploadCommand({
      Bucket: this.bucket, Key: key, UploadId: uploadId, IfNoneMatch: '*', ...this.#customerKey(),
      MultipartUpload: { Parts: parts.map(part => ({ PartNumber: part.number, ETag: part.etag, ...part.crc32 === null ? {} : { ChecksumCRC32: part.crc32 } })) }
    }), { abortSignal: this.#options.giveUp }))
  }

  async abortUpload (key: string, uploadId: string): Promise<void> {
    await this.#try(`abort the upload of ${key}`, () => this.#client.send(new this.#aws.AbortMultipartUploadCommand({ Bucket: this.bucket, Key: key, UploadId: uploadId }), { abortSignal: this.#options.giveUp }))
  }

  async tag (key: string, tags: Readonly<Record<string, string>>): Promise<void> {
    await this.#try(`tag ${key}`, () => this.#client.send(new this.#aws.PutObjectTaggingCommand({
      Bucket: this.bucket, Key: key, Tagging: { TagSet: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }
    }), { abortSignal: this.#options.giveUp }))
  }

  async delete (keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await this.#try(`delete ${key}`, () => this.#client.send(new this.#aws.DeleteObjectCommand({ Bucket: this.bucket, Key: key }), { abortSignal: this.#options.giveUp }))
    }
  }

  async list (prefix: string): Promise<string[]> {
    const keys: string[] = []
    let token: string | undefined
    do {
      const page = await this.#try(`list ${prefix}`, () => this.#client.send(new this.#aws.ListObjectsV2Command({
        Bucket: this.bucket, Prefix: prefix, ...token === undefined ? {} : { ContinuationToken: token }
      }), { abortSignal: this.#options.giveUp }))
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key)
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined
    } while (token !== undefined)
    return keys
  }

  async listUploads (prefix: string): Promise<{ key: string, uploadId: string, begun: Date }[]> {
    const uploads: { key: string, uploadId: string, begun: Date }[] = []
    let after: { KeyMarker: string, UploadIdMarker: string } | undefined
    do {
      const page = await this.#try(`list uploads under ${prefix}`, () => this.#client.send(new this.#aws.ListMultipartUploadsCommand({
        Bucket: this.bucket, Prefix: prefix, ...after
      }), { abortSignal: this.#options.giveUp }))
      for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
        if (Key !== undefined && UploadId !== undefined) uploads.push({ key: Key, uploadId: UploadId, begun: Initiated ?? new Date() })
      }
      after = page.IsTruncated === true ? { KeyMarker: page.NextKeyMarker ?? '', UploadIdMarker: page.NextUploadIdMarker ?? '' } : undefined
    } while (after !== undefined)
    return uploads
  }

  close (): void { this.#client.destroy() }

  #customerKey (): Record<string, string> {
    return this.#options.customerKey === null ? {} : { SSECustomerAlgorithm: 'AES256', SSECustomerKey: this.#options.customerKey }
  }

  #objectOptions (options: ObjectOptions): Record<string, unknown> {
    const { serverSideEncryption, kmsKeyId, acl } = this.#options
    return {
      ContentType: options.contentType,
      Metadata: { ...options.metadata },
      ...options.contentEncoding === null ? {} : { ContentEncoding: options.contentEncoding },
      ...serverSideEncryption === null ? {} : { ServerSideEncryption: serverSideEncryption },
      ...kmsKeyId === null ? {} : { SSEKMSKeyId: kmsKeyId },
      ...acl === null ? {} : { ACL: acl },
      ...this.#customerKey()
    }
  }

  async #try<T> (what: string, call: () => Promise<T>): Promise<T> {
    const { attempts, backoffMs, giveUp } = this.#options
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await call()
        this.#hasAnswered = true
        return answer
      } catch (cause) {
        const error = cause instanceof StoreError ? cause : storeError(what, this.bucket, cause as AwsError, this.#hasAnswered)
        if (error.kind !== 'transient' || attempt >= attempts || giveUp.aborted) throw error
        // Full jitter: tasks that failed together do not come back together.
        await sleep(Math.random() * Math.min(20_000, backoffMs * 2 ** attempt), undefined, { signal: giveUp })
      }
    }
  }
}
