import { configError, wholeMatch } from '@tributary/plugin'
import { codecExtensions, type Codec } from '@tributary/sink-s3-partitioned/compression'
import { packed } from './names.ts'
import type { Listed } from './s3.ts'
import { urlText, type S3Url } from './s3-url.ts'

/** Objects that become one, and where, still without the number that tells several of a group apart. */
export interface Batch {
  readonly inputs: readonly Listed[]
  /** Folder of the output, ending in `/` or empty. */
  readonly folder: string
  /** Last part of the group's name; null when the group is a single object copied under its own name. */
  readonly group: string | null
  /** Place among the batches of the group; null when the group is one object, which gets no number. */
  readonly index: number | null
}

/** A Java regular expression that must match a whole path. */
export function wholePath (pattern: string, name: string): RegExp {
  try {
    return wholeMatch(pattern)
  } catch (error) {
    throw configError(`--${name} is no regular expression of Java: ${(error as Error).message}`, { cause: error })
  }
}

/** How many texts the parentheses of a pattern catch. */
export function groupCount ({ source, flags }: RegExp): number {
  return new RegExp(`${source}|`, flags).exec('')!.length - 1
}

/** The group of a path: all that its parentheses caught, joined; null when it does not match or catches nothing. */
function groupOf (path: string, pattern: RegExp): string | null {
  const key = pattern.exec(path)?.slice(1).map(part => part ?? '').join('') ?? ''
  return key === '' ? null : key
}

/** An object's key below the folder it came from. */
function relative (key: string, from: string): string {
  return key.startsWith(from) ? key.slice(from.length) : key.split('/').at(-1)!
}

const folderOf = (key: string): string => key.slice(0, key.lastIndexOf('/') + 1)

/**
 * Sorts objects into groups as s3-dist-cp does: by what the pattern catches of their whole path, each group cut after the object that makes it
 * reach the target size. Objects that do not match are left out. Order within a group is that of the keys.
 */
export function groupBy (inputs: readonly Listed[], options: { pattern: RegExp, from: string, folder: string, targetSize: number }): Batch[] {
  const groups = new Map<string, Listed[]>()
  for (const input of inputs) {
    const key = groupOf(urlText(input), options.pattern)
    if (key === null) continue
    const members = groups.get(key) ?? []
    groups.set(key, members)
    members.push(input)
  }
  return [...groups].flatMap(([key, members]) => {
    members.sort((a, b) => a.key < b.key ? -1 : 1)
    return cut(members, options.targetSize).map((batch, index): Batch => ({
      inputs: batch,
      folder: options.folder + folderOf(relative(batch[0]!.key, options.from)),
      group: key.split('/').filter(part => part !== '').at(-1) ?? key,
      index: members.length === 1 ? null : index
    }))
  })
}

/** The folders of a key down to the last `name=value/`; empty where there is none. */
function partitionFolder (key: string): string { return /^(?:.*\/)?[^/=]+=[^/]*\//.exec(key)?.[0] ?? '' }

/** A sentence on batches that join partitions of Hive, or null. */
export function mixedPartitions (batches: readonly Batch[]): string | null {
  const stranger = ({ inputs }: Batch): Listed | undefined => inputs.find(({ key }) => partitionFolder(key) !== partitionFolder(inputs[0]!.key))
  const mixed = batches.filter(batch => stranger(batch) !== undefined)
  if (mixed[0] === undefined) return null
  const [one, other] = [mixed[0].inputs[0]!, stranger(mixed[0])!].map(({ bucket, key }) => urlText({ bucket, key: folderOf(key) }))
  return `The group ${mixed[0].group} joins files of ${one} and ${other}, as s3-dist-cp does: rows of one partition get into another (outputs of this kind: ${mixed.length}). Let the parentheses of --groupBy catch the folder, too.`
}

/** Objects copied one by one, under their names. */
export function oneByOne (inputs: readonly Listed[], options: { from: string, folder: string }): Batch[] {
  return inputs.map(input => ({ inputs: [input], folder: options.folder + folderOf(relative(input.key, options.from)), group: null, index: null }))
}

function cut (members: readonly Listed[], targetSize: number): Listed[][] {
  const batches: Listed[][] = []
  let batch: Listed[] = []
  let size = 0
  for (const member of members) {
    batch.push(member)
    size += member.size
    if (size < targetSize) continue
    batches.push(batch)
    batch = []
    size = 0
  }
  return batch.length > 0 ? [...batches, batch] : batches
}

/** Names of outputs. `codec` null: bytes stay as they are, and so does the extension. */
export function outputName (batch: Batch, codec: Codec | null, index: number | null): string {
  const number = index === null ? '' : String(index)
  if (batch.group === null) {
    const name = batch.inputs[0]!.key.split('/').at(-1)!
    return codec === null ? name : name.replace(packed, '') + codecExtensions[codec]
  }
  const [, stem = batch.group, extension = ''] = /^(.+?)(\.[^.]*)?$/.exec(batch.group) ?? []
  return codec === null ? `${stem}${number}${extension}` : `${stem}${number}${codecExtensions[codec]}`
}

/** The place of an output; `prefix` is the running number of --numberFiles. */
export function outputPlace (bucket: string, batch: Batch, name: string, prefix: string): S3Url {
  return { bucket, key: `${batch.folder}${prefix}${name}` }
}
