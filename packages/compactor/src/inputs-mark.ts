import { digest } from './plan.ts'
import { urlText, type S3Url } from './s3-url.ts'

/** S3 takes 2 KB of metadata. Of more inputs than this only a digest of their list is kept. */
const most = 375

/** 24 bits: enough to miss an input that is gone. */
function markOf (input: S3Url): string { return Buffer.from(digest(urlText(input)).slice(0, 6), 'hex').toString('base64url') }

/** Tells in little space what an output is made of. */
export function inputsMark (inputs: readonly S3Url[]): string {
  return inputs.length > most ? `${inputs.length} ${digest(inputs.map(urlText))}` : inputs.map(markOf).join('')
}

/** Whether all that an output is made of, as its mark tells, is among `all`, or, of more inputs than a mark can name, begins `batch`. */
export function isMadeOf (mark: string, all: readonly S3Url[], batch: readonly S3Url[]): boolean {
  const [, count] = /^(\d+) /.exec(mark) ?? []
  if (count !== undefined) return inputsMark(batch.slice(0, Number(count))) === mark
  const there = new Set(all.map(markOf))
  return (mark.match(/.{1,4}/g) ?? []).every(own => there.has(own))
}
