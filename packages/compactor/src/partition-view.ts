import { configError } from '@tributary/plugin'
import { partitionValues } from '@tributary/sink-s3-partitioned/schemas'
import type { Order } from './compact.ts'
import type { CompactOptions } from './compact-options.ts'
import { isData, nameParts } from './names.ts'
import { readIfThere } from './plan.ts'
import { gluePartition, type GluePartition, type Publication } from './publish.ts'
import type { Listed, S3 } from './s3.ts'
import { asFolder, parseS3Url, urlText, type S3Url } from './s3-url.ts'

/** What readers see of a partition, and how they come to see it. */
export interface View {
  /** Files that hold its records: those that are shown, and those that came since. */
  readonly files: readonly Listed[]
  /** What a sink wrote beside them, by stem and kind: it stays in the partition's own folder and is never shown. */
  readonly companions: ReadonlyMap<string, Listed>
  /** Those of the files that are not shown yet. */
  readonly hidden: readonly Listed[]
  /** Where new files go. */
  readonly folder: S3Url
  readonly publication: (files: readonly S3Url[], id: string) => Publication | undefined
  /** Whether all files have to be written anew, since only one folder is shown. */
  readonly whole: boolean
}

export async function viewOf (s3: S3, options: Order, location: S3Url): Promise<View> {
  const manifest = { bucket: location.bucket, key: `${location.key}_symlink/manifest.txt` }
  if (options.publish === 'manifest') return manifestView(s3, manifest, location)
  // Its readers would look for what is deleted.
  if (await s3.head(manifest) !== null) throw configError(`${urlText(manifest)} tells readers what to see: give --publish=manifest, or delete it if nobody reads it.`)
  if (options.publish === 'glue') return glueView(s3, options, location)
  return { ...await filesOf(s3, location), hidden: [], folder: location, whole: false, publication: () => undefined }
}

async function filesOf (s3: S3, folder: S3Url): Promise<Pick<View, 'files' | 'companions'>> {
  const files: Listed[] = []
  const companions = new Map<string, Listed>()
  for await (const file of s3.list(folder)) {
    // Folders below are partitions of their own.
    if (!isData(file.key, folder.key) || file.key.slice(folder.key.length).includes('/')) continue
    const { stem, companion } = nameParts(file.key)
    if (companion === '') files.push(file)
    else companions.set(stem + companion, file)
  }
  return { files, companions }
}

async function manifestView (s3: S3, place: S3Url, location: S3Url): Promise<View> {
  // Before the files are listed: a manifest that is changed meanwhile is not replaced.
  let etag: string | null = null
  const text = (await readIfThere(s3, place, answer => { etag = answer.etag }))?.toString() ?? ''
  const shown = new Set(text.split('\n'))
  const found = await filesOf(s3, location)
  return {
    ...found, hidden: found.files.filter(file => !shown.has(urlText(file))), folder: location, whole: false,
    publication: files => ({ kind: 'manifest', place, files: files.map(urlText).toSorted(), etag })
  }
}

async function glueView (s3: S3, options: Order, location: S3Url): Promise<View> {
  const partition = glueName(options, location)
  const { location: from } = await gluePartition(partition)
  const shown = asFolder(parseS3Url(from, 'The location in Glue'))
  const base = await filesOf(s3, location)
  const isMoved = urlText(shown) !== urlText(location)
  const files = isMoved ? [...(await filesOf(s3, shown)).files, ...base.files] : base.files
  const folder = versionsFolder(options, location)
  const format = options.format !== 'parquet' ? {} : { parquet: true, ...(options.declared !== undefined && 'hive' in options.declared ? { columns: options.declared.hive } : {}) }
  return {
    files, companions: base.companions, hidden: isMoved ? base.files : [], folder, whole: true,
    publication: (_files, id) => ({ kind: 'glue', ...partition, from, to: `${urlText(folder)}${id}/`, ...format })
  }
}

/** Beside the table, so that nobody lists old and new together. */
function versionsFolder (options: CompactOptions, location: S3Url): S3Url {
  if (options.versions !== undefined) return asFolder(parseS3Url(options.versions, '--versions'))
  const partition = partitionPath(location.key)
  const table = location.key.slice(0, location.key.length - partition.length).replace(/\/$/, '')
  return { bucket: location.bucket, key: `${table}.compacted/${partition}` }
}

/** The `name=value/` folders at the end of a key. */
function partitionPath (key: string): string {
  const [path] = /(?:[^/=]+=[^/]*\/)+$/.exec(key) ?? []
  if (path === undefined) throw configError(`${key} does not end in name=value/: --publish=glue needs to know the partition.`)
  return path
}

function glueName (options: CompactOptions, location: S3Url): GluePartition {
  const [database = '', table = ''] = options.glueTable!.split('.')
  return { database, table, values: [...partitionValues(partitionPath(location.key).slice(0, -1)).values()] }
}
