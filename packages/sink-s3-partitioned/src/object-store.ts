/** What was wrong with a request, as far as the sink cares. */
export type StoreErrorKind =
  /** Worth trying again: 5xx, throttling, cut connections, time-outs. */
  | 'transient'
  /** If-Match or If-None-Match did not hold (412), or a rival write is under way (409). */
  | 'condition'
  /** No such object or upload. */
  | 'absent'
  /** No such bucket, or no permission, or bad credentials: the configuration must change. */
  | 'refused'
  /** Anything else. */
  | 'other'

/** An error of an {@link ObjectStore}; `kind` tells what to do. */
export class StoreError extends Error {
  readonly kind: StoreErrorKind

  constructor (kind: StoreErrorKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreError'
    this.kind = kind
  }
}

export interface StoredObject {
  readonly body: Buffer
  readonly etag: string
}

export interface ObjectHead {
  readonly etag: string
  readonly bytes: number
  /** User metadata, names in lower case. */
  readonly metadata: Readonly<Record<string, string>>
}

/** How an object is to be stored. */
export interface ObjectOptions {
  readonly contentType: string
  readonly contentEncoding: string | null
  readonly metadata: Readonly<Record<string, string>>
}

/** A part of a multipart upload that the store has. */
export interface UploadedPart {
  readonly number: number
  readonly etag: string
  /** Base64 CRC32 of the part; null where checksums are off. */
  readonly crc32: string | null
}

/**
 * One bucket, with only the calls the sink needs. Every call rejects with {@link StoreError}; each has its own retries of `transient`
 * errors inside, so such an error means that the store did not answer for a while.
 */
export interface ObjectStore {
  readonly bucket: string
  /** Rejects with `refused` where the bucket is missing or not ours to use. */
  check (): Promise<void>
  get (key: string, range?: { start: number, bytes: number }): Promise<StoredObject>
  head (key: string): Promise<ObjectHead>
  /** Writes an object; with `ifMatch` only over that version, with `ifAbsent` only where there is none. Resolves to the ETag. */
  put (key: string, body: Buffer, condition: { ifMatch: string } | { ifAbsent: true } | null, options: ObjectOptions): Promise<string>
  beginUpload (key: string, options: ObjectOptions): Promise<string>
  uploadPart (key: string, uploadId: string, number: number, body: Buffer): Promise<UploadedPart>
  /** Makes an upload an object, only where there is none of the name. Rejects with `absent` when the upload is gone. */
  completeUpload (key: string, uploadId: string, parts: readonly UploadedPart[]): Promise<void>
  abortUpload (key: string, uploadId: string): Promise<void>
  tag (key: string, tags: Readonly<Record<string, string>>): Promise<void>
  delete (keys: readonly string[]): Promise<void>
  list (prefix: string): Promise<string[]>
  /** Uploads begun and not ended under a prefix. */
  listUploads (prefix: string): Promise<{ key: string, uploadId: string, begun: Date }[]>
  close (): void
}
