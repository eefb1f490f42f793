import { configError } from '@tributary/plugin'

/** A place in S3: an object, or a folder when the key ends in `/` or is empty. */
export interface S3Url { readonly bucket: string, readonly key: string }

/** Reads `s3://bucket/key`, or s3a and s3n, as Hadoop's tools take them. Throws a ConnectError; `name` says which option it is. */
export function parseS3Url (text: string, name: string): S3Url {
  const [, bucket, key = ''] = /^s3[an]?:\/\/([^/]+)(?:\/(.*))?$/.exec(text) ?? []
  if (bucket === undefined) throw configError(`${name} must be a place in S3 such as s3://bucket/folder/, not "${text}".`)
  return { bucket, key }
}

/** The same as a folder: its key ends in `/` unless it is the whole bucket. */
export function asFolder ({ bucket, key }: S3Url): S3Url {
  return { bucket, key: key === '' || key.endsWith('/') ? key : `${key}/` }
}

export function urlText ({ bucket, key }: S3Url): string { return `s3://${bucket}/${key}` }
