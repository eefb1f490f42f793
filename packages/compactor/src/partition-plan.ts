import { randomUUID } from 'node:crypto'
import { ConnectError, configError } from '@tributary/plugin'
import type { Order } from './compact.ts'
import { outputCodec } from './dist-cp.ts'
import { joinProblem, type JoinRule } from './join.ts'
import { byOffset, companions, isParquet, joinedStem, nameParts } from './names.ts'
import type { View } from './partition-view.ts'
import { digest, plannedInput, type Plan, type PlannedOutput } from './plan.ts'
import type { Listed } from './s3.ts'
import { urlText, type S3Url } from './s3-url.ts'
import { classOf } from './storage-class.ts'

const MiB = 1024 * 1024
const minute = 60_000

/** What is to be done for a partition; null: nothing. */
export function makePlan (options: Order, location: S3Url, view: View): Plan | null {
  const batches = batchesOf(options, view)
  if (batches.length === 0 && view.hidden.length === 0) return null
  const joining = new Set(batches.flat())
  const rest = view.files.filter(file => !joining.has(file))
  const id = digest(view.files.map(file => `${urlText(file)} ${file.etag}`).toSorted())
  const folder = view.whole ? { ...view.folder, key: `${view.folder.key}${id}/` } : view.folder
  const joined = batches.map(inputs => outputOf(options, folder, inputs))
  // Only one folder is shown: what is large enough moves there as it is.
  const copied = view.whole ? copiesOf(options, folder, rest) : []
  const shown = [...joined, ...copied, ...(view.whole ? [] : rest)]
  const beside = joined.flatMap(output => companionsOf(options, location, output, view))
  const outputs = [...joined, ...copied, ...beside]
  const publication = view.publication(shown, id)
  if (publication !== undefined) requireOneFormat(shown)
  return {
    version: 1,
    run: randomUUID(),
    state: 'planned',
    outputs,
    deleteInputs: true,
    checksMetadata: !options.ignoreMetadata,
    store: { encrypted: options.s3ServerSideEncryption, partSize: 16 * MiB, multipart: true },
    // Nobody reads what was not there before.
    ...(publication === undefined ? {} : { publication, graceMs: outputs.length === 0 ? 0 : (options.graceMinutes ?? 60) * minute }),
    manifest: null
  }
}

/** Files that are to be one, in the order of their records. */
function batchesOf (options: Order, { files, companions: beside, hidden }: View): Listed[][] {
  const target = (options.targetSize ?? 128) * MiB
  const limit = (options.smallerThan ?? Math.max(1, Math.floor((options.targetSize ?? 128) / 2))) * MiB
  const toParquet = options.format === 'parquet'
  const least = options.minFiles ?? 2
  const joinable = files.filter(file => !isParquet(file) && (toParquet || file.size < limit))
  const kinds = Map.groupBy(joinable, file => kindOf(options, file, beside))
  // Not one file of JSON lines may be shown among those of Parquet.
  const isParquetDue = toParquet && (hidden.length > 0 || joinable.length >= least)
  return [...kinds.values()]
    .filter(({ length }) => isParquetDue || (!toParquet && length >= least))
    .flatMap(kind => packed(kind.toSorted(byOffset), target))
    // An object alone gains nothing, unless it is to be of another form.
    .filter(({ length }) => length > 1 || toParquet)
}

/** Files of different kinds are not joined: those of other extensions, or with other objects beside them. */
function kindOf (options: Order, file: Listed, beside: View['companions']): string {
  const { stem, format, packing } = nameParts(file.key)
  const own = options.format === 'parquet' ? [] : outputCodec(options.outputCodec) === null ? [format, packing] : [format]
  return JSON.stringify([own, companions.map(companion => {
    const found = beside.get(stem + companion)
    return found === undefined ? null : extensionOf(options.outputCodec, found.key)
  })]).toLowerCase()
}

/** Fills outputs up to the target, in order. */
function packed (files: readonly Listed[], target: number): Listed[][] {
  const outputs: Listed[][] = []
  let size = Infinity
  for (const file of files) {
    if (size + file.size > target) {
      outputs.push([file])
      size = file.size
    } else {
      outputs.at(-1)!.push(file)
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
  if (options.format === 'parquet') return joinedOutput(options, folder, '.parquet', files, parquetRule(options))
  return joinedOutput(options, folder, extensionOf(options.outputCodec, files[0]!.key), files, { codec: outputCodec(options.outputCodec), verbatim: false })
}

function joinedOutput ({ storageClass }: Order, { bucket, key }: S3Url, extension: string, files: readonly Listed[], rule: JoinRule): PlannedOutput {
  const problem = joinProblem(files, rule)
  if (problem !== null) throw new ConnectError('COMPACT_FORMAT', 'config', problem)
  const inputs = files.map(plannedInput)
  const id = digest([inputs.map(input => [input.bucket, input.key, input.etag]), rule])
  return { bucket, key: `${key}${joinedStem(files[0]!, id)}${extension}`, id, inputs, rule, replaces: null, ...classOf(files, storageClass) }
}

/** What stands beside the inputs of an output, joined in the same order and named after it: line by line it belongs to the same records. */
function companionsOf (options: Order, location: S3Url, values: PlannedOutput, view: View): PlannedOutput[] {
  return companions.flatMap(companion => {
    const files = values.inputs.flatMap(({ key }) => view.companions.get(nameParts(key).stem + companion) ?? [])
    if (files.length === 0) return []
    if (options.sortBy !== undefined) throw configError(`--sortBy would part rows from their keys and headers, such as ${urlText(files[0]!)}, which are in the order of the originals.`)
    const output = joinedOutput(options, location, '', files, { codec: outputCodec(options.outputCodec), verbatim: false })
    return [{ ...output, beside: values.id, key: `${location.key}${joinedStem(values.inputs[0]!, values.id)}${extensionOf(options.outputCodec, files[0]!.key)}` }]
  })
}

/** Copies under their own names, but for the second one of a name. */
function copiesOf ({ storageClass }: Order, folder: S3Url, files: readonly Listed[]): PlannedOutput[] {
  const taken = new Set<string>()
  return files.map(file => {
    const id = digest([file.bucket, file.key, file.etag])
    const name = file.key.split('/').at(-1)!
    const free = taken.has(name) ? `${id}-${name}` : name
    taken.add(free)
    return { bucket: folder.bucket, key: folder.key + free, id, inputs: [plannedInput(file)], rule: { codec: null, verbatim: true }, replaces: null, ...classOf([file], storageClass) }
  })
}

/** Readers take all files of a partition in Glue, and all of a manifest, for one format. */
export function requireOneFormat (files: readonly S3Url[]): void {
  const parquet = files.find(isParquet)
  const other = files.find(file => !isParquet(file))
  if (parquet !== undefined && other !== undefined) throw configError(`${urlText(other)} and ${urlText(parquet)} cannot be shown together: give --format=parquet.`)
}

/** All extensions of what an object becomes. */
function extensionOf (codec: string | undefined, key: string): string {
  const { companion, format, packing } = nameParts(key)
  const extension = companion + format
  switch (outputCodec(codec)) {
    case null: return extension + packing
    case 'none': return extension
    case 'gzip': return `${extension}.gz`
    case 'snappy': return `${extension}.snappy`
    case 'zstd': return `${extension}.zst`
  }
}
