import { readFile } from 'node:fs/promises'
import { ConnectError, configError, type Schema } from '@tributary/plugin'
import { codecOf } from './codecs.ts'
import { schemaOfDeclared, type DeclaredSchema } from './declared-schema.ts'
import { outputCodec } from './dist-cp.ts'
import { joinProblem, type JoinRule } from './join.ts'
import { parseOptions, type Options } from './options.ts'
import { columnPlace } from './parquet.ts'
import { digest, isOwn, loadPlan, planPlace, startPlan, type Plan, type PlannedInput, type PlannedOutput } from './plan.ts'
import { gluePartition, tableColumns, type GluePartition, type Publication } from './publish.ts'
import { runPlan, type Progress } from './run-plan.ts'
import type { Listed, S3 } from './s3.ts'
import { asFolder, parseS3Url, urlText, type S3Url } from './s3-url.ts'
import { SinkLedgers } from './sink-ledgers.ts'

/** Options of `s3-compact compact`. */
export const compactOptions = {
  location: { type: 'text', many: true },
  table: { type: 'text' },
  targetSize: { type: 'number', min: 1 },
  smallerThan: { type: 'number', min: 1 },
  minFiles: { type: 'number', min: 2 },
  quietMinutes: { type: 'number' },
  graceMinutes: { type: 'number' },
  ledgerPrefix: { type: 'text' },
  format: { type: 'text' },
  schema: { type: 'text' },
  sortBy: { type: 'text' },
  rowGroupSize: { type: 'number', min: 1 },
  outputCodec: { type: 'text' },
  publish: { type: 'text' },
  versions: { type: 'text' },
  glueTable: { type: 'text' },
  storageClass: { type: 'text' },
  s3ServerSideEncryption: { type: 'flag' },
  s3Endpoint: { type: 'text' },
  dryRun: { type: 'flag' }
} as const

export type CompactOptions = Options<typeof compactOptions>

const MiB = 1024 * 1024
const minute = 60_000
const ways = ['place', 'manifest', 'glue'] as const

export function parseCompact (args: readonly string[]): CompactOptions {
  const { options, rest } = parseOptions(args, compactOptions)
  if (rest.length > 0) throw configError(`"${rest[0]}" is no option: each begins with --.`)
  if (options.location.length === 0 && options.table === undefined) throw configError('Give --location=s3://bucket/table/partition/ (more than once, if you like), or --table=s3://bucket/table/ for all its partitions.')
  if (!ways.some(way => way === (options.publish ?? 'place'))) throw configError(`--publish must be ${ways.join(', ')}, not "${options.publish}".`)
  if (!['keep', 'parquet'].includes(options.format ?? 'keep')) throw configError(`--format must be keep or parquet, not "${options.format}".`)
  if (options.schema !== undefined && options.format !== 'parquet') throw configError('--schema needs --format=parquet: only rows of Parquet have columns.')
  for (const name of ['sortBy', 'rowGroupSize'] as const) if (options[name] !== undefined && options.format !== 'parquet') throw configError(`--${name} needs --format=parquet: JSON lines stay in their order.`)
  if ((options.rowGroupSize ?? 1) > 256) throw configError(`--rowGroupSize must be from 1 to 256 MiB, not ${options.rowGroupSize}: a group is held in memory.`)
  if (options.publish === 'glue' && !/^[^.]+\.[^.]+$/.test(options.glueTable ?? '')) throw configError('--publish=glue needs --glueTable=database.table.')
  outputCodec(options.outputCodec)
  return options
}

/** What became of a partition. */
export type Outcome = 'compacted' | 'nothing to do' | 'written to just now' | 'a sink has yet to finish its commit' | 'originals kept for now'

interface Voice { readonly say: (sentence: string) => void, readonly progress: Progress }

/** Compacts partitions one after another, and tells what became of each. */
export async function compact (s3: S3, options: CompactOptions, voice: Voice): Promise<void> {
  const locations = options.location.map(text => asFolder(parseS3Url(text, '--location')))
  if (options.table !== undefined) locations.push(...await partitionsOf(s3, asFolder(parseS3Url(options.table, '--table'))))
  const declared = await declaredSchema(s3, options)
  const ledgers = new SinkLedgers(s3, options.ledgerPrefix ?? '_tributary')
  for (const location of locations) {
    const outcome = await compactPartition(s3, { ...options, declared, ledgers }, location, voice)
    voice.say(`${urlText(location)}: ${outcome}.`)
  }
}

/** Options with what had to be looked up for them. */
interface Order extends CompactOptions { readonly declared: DeclaredSchema | undefined, readonly ledgers: SinkLedgers }

/** The columns of Parquet: those of --schema, else of the table in Glue; undefined where neither tells them. */
async function declaredSchema (s3: S3, options: CompactOptions): Promise<DeclaredSchema | undefined> {
  if (options.format !== 'parquet') return undefined
  const declared = options.schema === undefined ? await glueColumns(options) : { avro: await avroOf(s3, options.schema) }
  if (declared !== undefined) requireSortable(schemaOfDeclared(declared), options.sortBy)
  return declared
}

function requireSortable (columns: Schema, sortBy: string | undefined): void {
  if (sortBy === undefined) return
  const place = columnPlace(columns, sortBy)
  const names = columns.fields.map(({ name }) => name).join(', ')
  if (place === null) throw configError(`--sortBy=${sortBy}: there is no such column. The columns are ${names}.`)
  const { type } = columns.fields[place]!.schema
  if (type === 'struct' || type === 'array') throw configError(`--sortBy=${sortBy}: a column of type ${type} has no order.`)
}

async function avroOf (s3: S3, text: string): Promise<unknown> {
  try {
    if (text.trimStart().startsWith('{')) return JSON.parse(text)
    const body = /^s3[an]?:/.test(text) ? await s3.readAll(parseS3Url(text, '--schema')) : await readFile(text)
    return JSON.parse(body.toString())
  } catch (error) {
    throw configError(`--schema is neither an Avro record, nor a file or an object with one: ${(error as Error).message}`, { cause: error })
  }
}

async function glueColumns ({ publish, glueTable = '' }: CompactOptions): Promise<DeclaredSchema | undefined> {
  if (publish !== 'glue') return undefined
  const [database = '', table = ''] = glueTable.split('.')
  const columns = await tableColumns(database, table)
  return columns.length === 0 ? undefined : { hive: columns }
}

/** Folders that hold objects. */
async function partitionsOf (s3: S3, table: S3Url): Promise<S3Url[]> {
  const folders = new Set<string>()
  for await (const { key } of s3.list(table)) if (isData(key)) folders.add(key.slice(0, key.lastIndexOf('/') + 1))
  return Array.from(folders, key => ({ bucket: table.bucket, key }))
}

/** Readers ignore names that begin with an underscore or a dot; so does the compactor. */
function isData (key: string): boolean {
  return !isOwn(key) && !key.endsWith('/') && !/^[_.]/.test(key.split('/').at(-1)!)
}

async function compactPartition (s3: S3, options: Order, location: S3Url, { say, progress }: Voice): Promise<Outcome> {
  const place = planPlace(['compact'], location)
  const open = await loadPlan(s3, place)
  if (open !== null) {
    if (options.dryRun) {
      say(`${urlText(location)}: a run is to be finished first.`)
      return 'nothing to do'
    }
    if (!await runPlan(s3, place, open, progress)) return 'originals kept for now'
  }
  const view = await viewOf(s3, options, location)
  const newest = Math.max(0, ...view.files.map(({ modified }) => modified))
  if (Date.now() - newest < (options.quietMinutes ?? 10) * minute) return 'written to just now'
  if (await options.ledgers.name(view.files)) return 'a sink has yet to finish its commit'
  const plan = makePlan(options, location, view)
  if (plan === null) return open === null ? 'nothing to do' : 'compacted'
  if (options.dryRun) {
    for (const output of plan.outputs) say(`${urlText(output)} from ${output.inputs.length} files of ${sizeOf(output.inputs)} bytes`)
    return 'nothing to do'
  }
  // Someone else's plan is as good as ours.
  const isOurs = await startPlan(s3, place, plan)
  const current = isOurs ? plan : await loadPlan(s3, place)
  if (current === null) return 'compacted'
  return await runPlan(s3, place, current, progress) ? 'compacted' : 'originals kept for now'
}

/** What readers see of a partition, and how they come to see it. */
interface View {
  /** Files that hold its records: those that are shown, and those that came since. */
  readonly files: readonly Listed[]
  /** Where new files go. */
  readonly folder: S3Url
  readonly publication: (files: readonly S3Url[], id: string) => Publication | undefined
  /** Whether all files have to be written anew, since only one folder is shown. */
  readonly whole: boolean
}

async function listed (s3: S3, folder: S3Url): Promise<Listed[]> {
  const files: Listed[] = []
  // Folders below are partitions of their own.
  for await (const file of s3.list(folder)) if (isData(file.key) && !file.key.slice(folder.key.length).includes('/')) files.push(file)
  return files
}

async function viewOf (s3: S3, options: Order, location: S3Url): Promise<View> {
  const base = await listed(s3, location)
  if (options.publish === 'manifest') {
    const place = { bucket: location.bucket, key: `${location.key}_symlink/manifest.txt` }
    const head = await s3.head(place)
    return { files: base, folder: location, whole: false, publication: files => ({ kind: 'manifest', place, files: files.map(urlText).toSorted(), etag: head?.etag ?? null }) }
  }
  if (options.publish !== 'glue') return { files: base, folder: location, whole: false, publication: () => undefined }
  const partition = glueName(options, location)
  const { location: from } = await gluePartition(partition)
  const shown = asFolder(parseS3Url(from, 'The location in Glue'))
  const files = urlText(shown) === urlText(location) ? base : [...await listed(s3, shown), ...base]
  const versions = versionsFolder(options, location)
  return { files, folder: versions, whole: true, publication: (_files, id) => ({
    kind: 'glue', ...partition, from, to: `${urlText(versions)}${id}/`, ...(options.format === 'parquet' ? { parquet: true, ...(options.declared !== undefined && 'hive' in options.declared ? { columns: options.declared.hive } : {}) } : {})
  }) }
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
  const values = partitionPath(location.key).split('/').filter(part => part !== '').map(part => decodeURIComponent(part.slice(part.indexOf('=') + 1)))
  return { database, table, values }
}

const sizeOf = (inputs: readonly { size: number }[]): number => inputs.reduce((sum, { size }) => sum + size, 0)

function makePlan (options: Order, location: S3Url, view: View): Plan | null {
  const target = (options.targetSize ?? 128) * MiB
  const limit = (options.smallerThan ?? Math.max(1, Math.floor((options.targetSize ?? 128) / 2))) * MiB
  const parquet = options.format === 'parquet'
  const isParquet = ({ key }: S3Url): boolean => /\.parquet$/i.test(key)
  const isSmall = (file: Listed): boolean => file.size < limit && !isParquet(file)
  // Names of a sink's files are in the order of their offsets.
  const small = view.files.filter(file => isSmall(file) || (parquet && !isParquet(file))).toSorted((a, b) => a.key < b.key ? -1 : 1)
  if (small.length < (options.minFiles ?? 2)) return null
  // An object alone gains nothing, unless it is to be of another form.
  const isWorth = (inputs: readonly Listed[]): boolean => inputs.length > 1 || parquet
  const batches = packed(small, target).filter(isWorth)
  if (batches.length === 0) return null
  const joining = new Set(batches.flat())
  const rest = view.files.filter(file => !joining.has(file))
  const id = digest(view.files.map(file => `${urlText(file)} ${file.etag}`).toSorted())
  const folder = view.whole ? { ...view.folder, key: `${view.folder.key}${id}/` } : view.folder
  const joined = batches.map(inputs => outputOf(options, folder, inputs))
  // Only one folder is shown: what is large enough moves there as it is.
  const copied = view.whole ? rest.map((file): PlannedOutput => copyOf(folder, file)) : []
  const outputs = [...joined, ...copied]
  const publication = view.publication([...outputs, ...(view.whole ? [] : rest)], id)
  return {
    version: 1,
    state: 'planned',
    outputs,
    deleteInputs: true,
    store: { ...(options.storageClass === undefined ? {} : { storageClass: options.storageClass }), encrypted: options.s3ServerSideEncryption, partSize: 16 * MiB, multipart: true },
    ...(publication === undefined ? {} : { publication, graceMs: (options.graceMinutes ?? 60) * minute }),
    manifest: null
  }
}

/** Fills outputs up to the target, in order; files of different codecs do not mix. */
function packed (files: readonly Listed[], target: number): Listed[][] {
  const outputs: Listed[][] = []
  let size = Infinity
  for (const file of files) {
    const last = outputs.at(-1)
    if (last === undefined || size + file.size > target || codecOf(last[0]!.key) !== codecOf(file.key)) {
      outputs.push([file])
      size = file.size
    } else {
      last.push(file)
      size += file.size
    }
  }
  return outputs
}

function parquetRule ({ declared, sortBy, rowGroupSize }: Order): JoinRule {
  return {
    codec: 'none', verbatim: false, parquet: true,
    ...declared === undefined ? {} : { schema: declared }, ...sortBy === undefined ? {} : { sortBy }, ...rowGroupSize === undefined ? {} : { rowGroupSize }
  }
}

function outputOf (options: Order, folder: S3Url, files: readonly Listed[]): PlannedOutput {
  const codec = outputCodec(options.outputCodec)
  const rule: JoinRule = options.format === 'parquet' ? parquetRule(options) : { codec, verbatim: false }
  const problem = joinProblem(files, rule)
  if (problem !== null) throw new ConnectError('COMPACT_FORMAT', 'config', problem)
  const inputs = files.map(({ bucket, key, size, etag }): PlannedInput => ({ bucket, key, size, etag }))
  const id = digest([inputs.map(({ bucket, key, etag }) => [bucket, key, etag]), rule])
  return { bucket: folder.bucket, key: `${folder.key}compact-${id}${extensionOf(options, files[0]!.key)}`, id, inputs, rule, replaces: null }
}

function copyOf (folder: S3Url, { bucket, key, size, etag }: Listed): PlannedOutput {
  const id = digest([bucket, key, etag])
  return { bucket: folder.bucket, key: `${folder.key}${key.split('/').at(-1)!}`, id, inputs: [{ bucket, key, size, etag }], rule: { codec: null, verbatim: true }, replaces: null }
}

function extensionOf (options: CompactOptions, key: string): string {
  if (options.format === 'parquet') return '.parquet'
  const [, extension = '', packing = ''] = /^.*?(\.[a-z]\w{0,7})?(\.(?:gz|gzip|snappy|zst))?$/i.exec(key.split('/').at(-1)!) ?? []
  switch (outputCodec(options.outputCodec)) {
    case null: return extension + packing
    case 'none': return extension
    case 'gzip': return `${extension}.gz`
    case 'snappy': return `${extension}.snappy`
    case 'zstd': return `${extension}.zst`
  }
}
