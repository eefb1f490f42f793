import { StorageClass } from '@aws-sdk/client-s3'
import { configError } from '@tributary/plugin'
import type { Listed } from './s3.ts'

/** Objects of these wait for hours before they can be read. */
const archived = ['GLACIER', 'DEEP_ARCHIVE']
/** Classes to keep: of any bucket, and read at once. */
const kept = new Set(['STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR', 'REDUCED_REDUNDANCY'])

/** Throws a ConnectError for a --storageClass that is none, or that outputs cannot be verified in. */
export function requireReadable (storageClass: string | undefined): void {
  if (storageClass === undefined) return
  if (!archived.includes(storageClass.toUpperCase())) {
    const classes: string[] = Object.values(StorageClass).filter(name => !archived.includes(name))
    if (!classes.includes(storageClass)) throw configError(`--storageClass=${storageClass} is no class of S3: ${classes.join(', ')} are.`)
    return
  }
  throw configError(`Objects of --storageClass=${storageClass} cannot be read back, which they are before anything is deleted. Use GLACIER_IR, or a lifecycle rule of the bucket.`)
}

/** The class of an output: the one that all of its inputs share, unless another one is asked for. */
export function classOf (inputs: readonly Listed[], given: string | undefined): { storageClass?: string } {
  if (given !== undefined) return { storageClass: given }
  const shared = inputs[0]?.storageClass
  return shared !== undefined && kept.has(shared) && inputs.every(({ storageClass }) => storageClass === shared) ? { storageClass: shared } : {}
}
