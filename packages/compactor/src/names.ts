import type { S3Url } from './s3-url.ts'

/** What the name of an object tells. */
export interface NameParts {
  /** What stands before all extensions. */
  readonly stem: string
  /** `.keys` or `.headers` of an object that a sink writes beside the one of the values; else empty. */
  readonly companion: string
  /** Such as `.json` or `.snappy.parquet`; empty where the name tells none. */
  readonly format: string
  /** Of a codec around it, such as `.gz`; else empty. */
  readonly packing: string
}

/** What a sink may write beside the values. */
export const companions = ['.keys', '.headers'] as const

function nameOf (key: string): string { return key.slice(key.lastIndexOf('/') + 1) }

/** The extension of a codec around a file. */
export const packed = /\.(?:gz|gzip|snappy|zst)$/i

export function nameParts (key: string): NameParts {
  const name = nameOf(key)
  const packing = packed.exec(name)?.[0] ?? ''
  const rest = name.slice(0, name.length - packing.length)
  const [, stem = rest, companion = '', format = ''] = /^(.+?)(\.(?:keys|headers)(?=\.))?((?:\.[a-z]+(?=\.parquet$))?\.[a-z]\w{0,7})$/i.exec(rest) ?? []
  return { stem, companion: companion.toLowerCase(), format, packing }
}

/** Readers ignore files and folders below `root` whose names begin with an underscore or a dot; so does the compactor. */
export function isData (key: string, root: string): boolean {
  return !key.endsWith('/') && !key.slice(root.length).split('/').some(part => /^[_.]/.test(part))
}

export function isParquet ({ key }: S3Url): boolean { return /\.parquet$/i.test(key) }

const joinedName = /^compact-[0-9a-f]{32}/
const numerals = new Intl.Collator('en', { numeric: true })

/**
 * Order of the records in files of one kind, whatever folders they are in. Numbers in names count as numbers, so that the offsets in a sink's names ascend, with zeros before them or
 * without. What was joined before is older than what came since.
 */
export function byOffset (a: S3Url, b: S3Url): number {
  const [nameA, nameB] = [nameOf(a.key), nameOf(b.key)]
  const joined = Number(joinedName.test(nameB)) - Number(joinedName.test(nameA))
  return joined || numerals.compare(nameA, nameB) || (a.key < b.key ? -1 : 1)
}
