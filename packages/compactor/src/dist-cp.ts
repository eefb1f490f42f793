import { randomUUID } from 'node:crypto'
import { ConnectError, configError } from '@tributary/plugin'
import type { Codec } from '@tributary/sink-s3-partitioned/compression'
import { codecOf } from '@tributary/sink-s3-partitioned/decompression'
import { groupBy, groupCount, mixedPartitions, oneByOne, outputName, outputPlace, wholePath, type Batch } from './group.ts'
import { isMadeOf } from './inputs-mark.ts'
import { joinProblem, type JoinRule } from './join.ts'
import { readManifest, type ManifestEntry } from './manifest.ts'
import { digest, isOwn, loadPlan, plannedInput, planPlace, sizeOf, startPlan, type Plan, type PlannedInput, type PlannedOutput } from './plan.ts'
import { isOutput, keptName, runPlan, type Progress } from './run-plan.ts'
import type { Head, Listed, S3 } from './s3.ts'
import { asFolder, parseS3Url, urlText, type S3Url } from './s3-url.ts'
import { parseOptions, type Options } from './options.ts'
import { classOf, requireReadable } from './storage-class.ts'

/** The options of s3-dist-cp. Its own documentation says what each does: https://docs.aws.amazon.com/emr/latest/ReleaseGuide/UsingEMR_s3distcp.html */
export const distCpOptions = {
  'src': { type: 'text' },
  'dest': { type: 'text' },
  'srcPattern': { type: 'text' },
  'groupBy': { type: 'text' },
  'targetSize': { type: 'number', min: 1 },
  'appendToLastFile': { type: 'flag' },
  'outputCodec': { type: 'text' },
  's3ServerSideEncryption': { type: 'flag' },
  'deleteOnSuccess': { type: 'flag' },
  'disableMultipartUpload': { type: 'flag' },
  'multipartUploadChunkSize': { type: 'number', min: 5 },
  'numberFiles': { type: 'flag' },
  'startingIndex': { type: 'number' },
  'outputManifest': { type: 'text' },
  'previousManifest': { type: 'text' },
  'requirePreviousManifest': { type: 'boolean' },
  'copyFromManifest': { type: 'flag' },
  'srcPrefixesFile': { type: 'text' },
  'storageClass': { type: 'text' },
  's3Endpoint': { type: 'text' },
  'dryRun': { type: 'flag' },
  // Of a Hadoop cluster, which there is none of: taken and not used.
  'tmpDir': { type: 'text' },
  'filesPerMapper': { type: 'text' }
} as const

export type DistCpOptions = Options<typeof distCpOptions>

const MiB = 1024 * 1024

export function parseDistCp (args: readonly string[]): DistCpOptions {
  const { options, rest } = parseOptions(args, distCpOptions)
  if (rest.length > 0) throw configError(`"${rest[0]}" is no option: each begins with --.`)
  if (options.dest === undefined) throw configError('--dest is missing: the place in S3 to write to.')
  if (options.src === undefined && options.srcPrefixesFile === undefined) throw configError('--src is missing: the place in S3 to read from.')
  for (const [name, value] of Object.entries(options)) if (value === '') throw configError(`--${name} needs a value.`)
  if (options.copyFromManifest && options.previousManifest === undefined) throw configError('--copyFromManifest needs --previousManifest.')
  if (options.srcPattern !== undefined) wholePath(options.srcPattern, 'srcPattern')
  if (options.groupBy !== undefined && groupCount(wholePath(options.groupBy, 'groupBy')) === 0) throw configError('--groupBy must have parentheses around what makes a group.')
  requireReadable(options.storageClass)
  if ((options.multipartUploadChunkSize ?? 5) > 5120) throw configError(`--multipartUploadChunkSize must be from 5 to 5120 MiB, not ${options.multipartUploadChunkSize}: S3 takes no larger parts.`)
  if (options.appendToLastFile && options.groupBy === undefined) throw configError('--appendToLastFile needs --groupBy.')
  return options
}

/** The codec of an option; null: bytes stay as they are. */
export function outputCodec (text: string | undefined): JoinRule['codec'] {
  switch (text?.toLowerCase()) {
    case undefined:
    case 'keep': return null
    case 'none': return 'none'
    case 'gz':
    case 'gzip': return 'gzip'
    case 'snappy': return 'snappy'
    case 'zst':
    case 'zstd': return 'zstd'
    case 'lzo':
    case 'lzop': throw configError(`--outputCodec=${text} is not written here: use gzip, which every reader knows, snappy, or none.`)
    default: throw configError(`--outputCodec must be gzip, gz, zstd, snappy, none or keep, not "${text}".`)
  }
}

/** What a run did. */
export interface DistCpResult { readonly outputs: number, readonly inputs: number, readonly resumed: boolean }

/** Copies and joins objects as s3-dist-cp does; see docs/compactor.md for what is safer here. `say` gets sentences for the user. */
export async function distCp (s3: S3, options: DistCpOptions, { say, progress }: { say: (sentence: string) => void, progress: Progress }): Promise<DistCpResult> {
  const dest = asFolder(parseS3Url(options.dest!, '--dest'))
  const prefixes = await sourcePrefixes(s3, options)
  const place = planPlace(prefixes.map(urlText), dest)
  let resumed = false
  let done: readonly PlannedInput[] = []
  // A plan that is there belongs to a run that was interrupted, or goes on beside this one.
  for (let turn = 0; turn < 3; turn++) {
    const open = options.dryRun ? null : await loadPlan(s3, place)
    if (open !== null) {
      say('Finishing the run that was interrupted before this one.')
      await runPlan(s3, place, open, progress)
      resumed = true
      // What was deleted cannot be copied again, and what was continued must not be.
      if (open.deleteInputs || options.appendToLastFile) done = [...done, ...open.outputs.flatMap(({ inputs }) => inputs)]
    }
    const plan = await makePlan(s3, options, { dest, prefixes, done: new Set(done.map(versionOf)), say })
    const inputs = plan.outputs.flatMap(output => output.inputs).length
    if (options.dryRun) {
      for (const output of plan.outputs) say(`${urlText(output)} from ${output.inputs.length} of ${sizeOf(output.inputs)} bytes${output.replaces === null ? '' : ', replacing what is there'}`)
      return { outputs: plan.outputs.length, inputs, resumed }
    }
    if (plan.outputs.length === 0 && (resumed || (plan.manifest?.entries.length ?? 0) === 0)) return { outputs: 0, inputs: 0, resumed }
    if (!await startPlan(s3, place, plan)) continue
    await runPlan(s3, place, plan, progress)
    return { outputs: plan.outputs.length, inputs, resumed }
  }
  throw new ConnectError('COMPACT_BUSY', 'transient', `Other runs from ${prefixes.map(urlText).join(', ')} to ${urlText(dest)} keep coming first: try again later.`)
}

async function sourcePrefixes (s3: S3, options: DistCpOptions): Promise<S3Url[]> {
  if (options.srcPrefixesFile === undefined) return [parseS3Url(options.src!, '--src')]
  const text = (await s3.readAll(parseS3Url(options.srcPrefixesFile, '--srcPrefixesFile'))).toString()
  const prefixes = text.split('\n').map(line => line.trim()).filter(line => line !== '')
  if (prefixes.length === 0) throw configError(`${options.srcPrefixesFile} names no prefix: one a line is expected.`)
  return prefixes.map(line => parseS3Url(line, `A line of ${options.srcPrefixesFile}`))
}

/** `done`: what a run that was interrupted has copied, and this one has not to. */
interface Places { readonly dest: S3Url, readonly prefixes: readonly S3Url[], readonly done: ReadonlySet<string>, readonly say: (sentence: string) => void }

function versionOf (input: PlannedInput): string { return `${input.etag} ${urlText(input)}` }

/** The folder that names of copies are relative to. */
function baseOf (options: DistCpOptions, prefixes: readonly S3Url[]): S3Url {
  return asFolder(options.src === undefined ? { bucket: prefixes[0]!.bucket, key: folderOf(prefixes[0]!.key) } : parseS3Url(options.src, '--src'))
}

const folderOf = (key: string): string => key.slice(0, key.lastIndexOf('/') + 1)

async function makePlan (s3: S3, options: DistCpOptions, places: Places): Promise<Plan> {
  const { dest, prefixes } = places
  const from = baseOf(options, prefixes)
  const manifestPlace = options.outputManifest === undefined ? null : manifestUrl(options.outputManifest, dest)
  const previous = await previousManifest(s3, options)
  const listed = options.copyFromManifest ? await fromManifest(s3, previous, places.done) : await listInputs(s3, options, prefixes, manifestPlace)
  const entryOf = (input: Listed): ManifestEntry => ({ path: urlText(input), baseName: baseName(input, from), srcDir: urlText(sourceFolder(input, from)).replace(/\/$/, ''), size: input.size })
  const before = options.copyFromManifest ? new Set<string>() : new Set(previous.map(({ baseName: name, size }) => `${size} ${name}`))
  const pattern = options.srcPattern === undefined ? null : wholePath(options.srcPattern, 'srcPattern')
  const inputs = listed.filter(input => (pattern?.test(urlText(input)) ?? true) && !before.has(`${input.size} ${baseName(input, from)}`) && !places.done.has(versionOf(input)))
  const batches = options.groupBy === undefined
    ? oneByOne(inputs, { from: from.key, folder: dest.key })
    : groupBy(inputs, { pattern: wholePath(options.groupBy, 'groupBy'), from: from.key, folder: dest.key, targetSize: (options.targetSize ?? Infinity) * MiB })
  const mixed = mixedPartitions(batches)
  if (mixed !== null) places.say(mixed)
  const outputs = await new Namer(s3, options, places).place(batches)
  const copied = outputs.flatMap(output => output.inputs as Listed[])
  return {
    version: 1,
    run: randomUUID(),
    state: 'planned',
    outputs,
    deleteInputs: options.deleteOnSuccess,
    store: {
      encrypted: options.s3ServerSideEncryption,
      partSize: (options.multipartUploadChunkSize ?? 16) * MiB,
      multipart: !options.disableMultipartUpload
    },
    manifest: manifestPlace === null ? null : { place: manifestPlace, entries: [...(options.copyFromManifest ? [] : previous), ...copied.map(entryOf)] }
  }
}

/** The folder of a source that is one object. */
function sourceFolder (input: S3Url, from: S3Url): S3Url {
  return urlText(from) === `${urlText(input)}/` ? { bucket: from.bucket, key: folderOf(input.key) } : from
}

function baseName (input: S3Url, source: S3Url): string {
  const from = sourceFolder(input, source)
  return input.bucket === from.bucket && input.key.startsWith(from.key) ? input.key.slice(from.key.length) : input.key
}

function manifestUrl (name: string, dest: S3Url): S3Url {
  return name.includes('://') ? parseS3Url(name, '--outputManifest') : { bucket: dest.bucket, key: dest.key + name.replace(/^\/+/, '') }
}

async function previousManifest (s3: S3, options: DistCpOptions): Promise<ManifestEntry[]> {
  if (options.previousManifest === undefined) return []
  const place = parseS3Url(options.previousManifest, '--previousManifest')
  if (await s3.head(place) === null) {
    if (options.requirePreviousManifest === false) return []
    throw configError(`The previous manifest ${options.previousManifest} does not exist: give --requirePreviousManifest=false for the first run.`)
  }
  return readManifest(await s3.readAll(place), options.previousManifest)
}

/** The objects of a manifest, as they are now. */
async function fromManifest (s3: S3, entries: readonly ManifestEntry[], done: ReadonlySet<string>): Promise<Listed[]> {
  const gone = new Set([...done].map(version => version.slice(version.indexOf(' ') + 1)))
  const listed: Listed[] = []
  for (const { path } of entries) {
    const place = parseS3Url(path, 'A path of the manifest')
    const head = await s3.head(place)
    if (head === null && gone.has(urlText(place))) continue
    if (head === null) throw new ConnectError('COMPACT_INPUT_GONE', 'system', `${path} of the manifest does not exist any more.`)
    listed.push({ ...place, size: head.size, etag: head.etag, modified: 0, storageClass: head.storageClass })
  }
  return listed
}

async function listInputs (s3: S3, options: DistCpOptions, prefixes: readonly S3Url[], manifest: S3Url | null): Promise<Listed[]> {
  const found = new Map<string, Listed>()
  for (const prefix of prefixes) {
    const folder = asFolder(prefix)
    // --src is a folder or an object: `in` does not hold `in2/a`. Lines of a file are prefixes.
    const isSource = (key: string): boolean => options.srcPrefixesFile !== undefined || key === prefix.key || key.startsWith(folder.key)
    for await (const object of s3.list(prefix)) {
      const isManifest = manifest?.bucket === object.bucket && manifest.key === object.key
      if (isSource(object.key) && !object.key.endsWith('/') && !isOwn(object.key) && !isManifest) found.set(urlText(object), object)
    }
  }
  return [...found.values()]
}

/** Finds a place for each output at which nothing is lost. */
class Namer {
  readonly #s3: S3
  readonly #options: DistCpOptions
  readonly #dest: S3Url
  readonly #codec: JoinRule['codec']
  readonly #say: (sentence: string) => void
  /** Places taken by this run. */
  readonly #taken = new Set<string>()
  /** Of all outputs of this run. */
  #inputs: readonly Listed[] = []
  #number: number

  constructor (s3: S3, options: DistCpOptions, { dest, say }: Places) {
    this.#s3 = s3
    this.#options = options
    this.#dest = dest
    this.#codec = outputCodec(options.outputCodec)
    this.#say = say
    this.#number = options.startingIndex ?? 0
  }

  async place (batches: readonly Batch[]): Promise<PlannedOutput[]> {
    this.#inputs = batches.flatMap(({ inputs }) => inputs)
    for (const input of this.#inputs) this.#taken.add(urlText(input))
    const outputs: PlannedOutput[] = []
    for (const batch of batches) {
      const output = await this.#output(batch)
      if (output !== null) outputs.push(output)
    }
    return outputs
  }

  async #output (batch: Batch): Promise<PlannedOutput | null> {
    const prefix = this.#options.numberFiles ? String(this.#number++) : ''
    const appended = await this.#lastFile(batch, prefix)
    const inputs = appended === null ? batch.inputs : [appended, ...batch.inputs]
    const rule: JoinRule = { codec: this.#codec, verbatim: this.#codec === null && inputs.length === 1 && batch.group === null }
    const problem = joinProblem(inputs, rule)
    if (problem !== null) throw configError(problem)
    const id = digest([inputs.map(({ bucket, key, size, etag }) => [bucket, key, size, etag]), rule, this.#options.deleteOnSuccess])
    const planned = inputs.map(plannedInput)
    const stored = classOf(inputs, this.#options.storageClass)
    if (appended !== null) return { bucket: appended.bucket, key: appended.key, id, inputs: planned, rule, replaces: appended.etag, ...stored }
    // A copy of an object onto itself.
    const own = outputPlace(this.#dest.bucket, batch, outputName(batch, this.#codec as Codec | null, batch.index), prefix)
    if (batch.group === null && urlText(own) === urlText(batch.inputs[0]!)) return null
    for (let index = batch.index; ; index = (index ?? -1) + 1) {
      const place = outputPlace(this.#dest.bucket, batch, outputName(batch, this.#codec as Codec | null, index), prefix)
      if (this.#taken.has(urlText(place))) {
        // A copy has one name only.
        if (batch.group === null) throw configError(`${urlText(batch.inputs[0]!)} would be copied to ${urlText(place)}, which another object of this run is, or is copied to: leave one out with --srcPattern, or copy it elsewhere.`)
        continue
      }
      const there = await this.#s3.head(place)
      if (there !== null && !this.#mayReplace(batch, there, id)) {
        this.#say(`${urlText(place)} is not written over: what it was made of is not there any more.`)
        continue
      }
      this.#taken.add(urlText(place))
      return { ...place, id, inputs: planned, rule, replaces: there?.etag ?? null, ...stored }
    }
  }

  /** Copies under their own names replace what is there, as a copy does; joined files only what can be made again. */
  #mayReplace (batch: Batch, there: Head, id: string): boolean {
    if (batch.group === null || isOutput(there.metadata, id)) return true
    const mark = there.metadata[keptName]
    return mark !== undefined && isMadeOf(mark, this.#inputs, batch.inputs)
  }

  /** The last file of the group that is already there, when it is to be continued and has room. */
  async #lastFile (batch: Batch, prefix: string): Promise<Listed | null> {
    if (!this.#options.appendToLastFile || batch.group === null || (batch.index ?? 0) > 0) return null
    const names = new Map<string, number>()
    const name = (index: number | null): string => outputPlace(this.#dest.bucket, batch, outputName(batch, this.#codec as Codec | null, index), prefix).key
    const found: Listed[] = []
    for await (const object of this.#s3.list({ bucket: this.#dest.bucket, key: name(null).replace(/\.\w*$/, '') })) {
      // What this run reads from its beginning would be there twice.
      if (!this.#taken.has(urlText(object))) found.push(object)
    }
    names.set(name(null), -1)
    for (let i = 0; i <= found.length; i++) names.set(name(i), i)
    const last = found.filter(({ key }) => names.has(key)).toSorted((a, b) => names.get(b.key)! - names.get(a.key)!)[0]
    const limit = (this.#options.targetSize ?? Infinity) * MiB
    return last === undefined || last.size >= limit || codecOf(last.key) !== (this.#codec ?? codecOf(batch.inputs[0]!.key)) ? null : last
  }
}
