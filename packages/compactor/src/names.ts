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

const joinedName = /^compact-(?:(.+)-)?[0-9a-f]{32}(?![0-9a-f])/
/** S3 takes 1024 bytes of a key, folders included. */
const longestStem = 256
const numerals = new Intl.Collator('en', { numeric: true })

/** The stem of the first original in a file that was joined, empty where its name does not tell; null: it is an original. */
function firstStem ({ key }: S3Url): string | null {
  const found = joinedName.exec(nameOf(key))
  return found === null ? null : found[1] ?? ''
}

/** The name of what objects are joined to, without its extensions: which of them is the first, so that later runs know the order, and the hash of all. */
export function joinedStem (first: S3Url, id: string): string {
  const stem = firstStem(first) ?? nameParts(first.key).stem
  return stem === '' || Buffer.byteLength(stem) > longestStem ? `compact-${id}` : `compact-${stem}-${id}`
}

/**
 * Order of the records in files of one kind, whatever folders they are in. Numbers in names count as numbers, so that the offsets in a sink's names ascend, with zeros before them or
 * without. What was joined before is older than what came since, and in the order of its first originals.
 */
export function byOffset (a: S3Url, b: S3Url): number {
  const [nameA, nameB] = [nameOf(a.key), nameOf(b.key)]
  const [firstA, firstB] = [firstStem(a), firstStem(b)]
  const joined = Number(firstB !== null) - Number(firstA !== null)
  return joined || numerals.compare(firstA ?? '', firstB ?? '') || numerals.compare(nameA, nameB) || (a.key < b.key ? -1 : 1)
}
