import { configError } from '@tributary/plugin'
import { outputCodec } from './dist-cp.ts'
import { parseOptions, type Options } from './options.ts'
import { requireReadable } from './storage-class.ts'

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
  ignoreMetadata: { type: 'flag' },
  storageClass: { type: 'text' },
  s3ServerSideEncryption: { type: 'flag' },
  s3Endpoint: { type: 'text' },
  dryRun: { type: 'flag' }
} as const

export type CompactOptions = Options<typeof compactOptions>

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
  if (options.publish !== 'glue') for (const name of ['glueTable', 'versions'] as const) if (options[name] !== undefined) throw configError(`--${name} needs --publish=glue.`)
  outputCodec(options.outputCodec)
  requireReadable(options.storageClass)
  return options
}
