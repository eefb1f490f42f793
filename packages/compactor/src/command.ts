import { ConnectError } from '@tributary/plugin'
import { compact } from './compact.ts'
import { parseCompact } from './compact-options.ts'
import { distCp, parseDistCp } from './dist-cp.ts'
import { terminalProgress } from './progress.ts'
import { S3 } from './s3.ts'
import { urlText, type S3Url } from './s3-url.ts'
import { endpointOf } from './endpoint.ts'

const help = `s3-compact --src=s3://bucket/from/ --dest=s3://bucket/to/ [--groupBy=REGEX --targetSize=MiB ...]
    The options of s3-dist-cp: srcPattern, groupBy, targetSize, appendToLastFile, outputCodec, deleteOnSuccess, outputManifest,
    previousManifest, requirePreviousManifest, copyFromManifest, srcPrefixesFile, numberFiles, startingIndex, storageClass,
    s3ServerSideEncryption, disableMultipartUpload, multipartUploadChunkSize, s3Endpoint. Also --dryRun.

s3-compact compact --table=s3://bucket/table/ | --location=s3://bucket/table/ot=2019111223/ ...
    Makes few files of many in each partition, safely beside a sink that writes there.
    targetSize (MiB, 128), smallerThan (MiB, half of it), minFiles (2), quietMinutes (10), ledgerPrefix (_tributary), format (keep, parquet), schema, sortBy, rowGroupSize (MiB, 16), outputCodec,
    publish (place, manifest, glue), glueTable, versions, graceMinutes (60), ignoreMetadata, storageClass, s3ServerSideEncryption, s3Endpoint, dryRun.

All options: docs/compactor.md. A local S3: --s3Endpoint=http://127.0.0.1:4566 or the environment variable TRIBUTARY_S3.`

/** Where sentences go: results, and what went wrong. */
export interface Voice { say (sentence: string): void, complain (sentence: string): void }

/** Runs the program with its arguments; returns its exit code: 0, 1 for a failure, 2 for wrong arguments. */
export async function command (args: readonly string[], { say, complain }: Voice): Promise<number> {
  if (args.length === 0 || args.includes('--help')) {
    say(help)
    return args.length === 0 ? 2 : 0
  }
  try {
    const own = args[0] === 'compact' ? parseCompact(args.slice(1)) : null
    const options = own === null ? parseDistCp(args) : null
    const s3 = new S3(endpointOf((own ?? options)?.s3Endpoint))
    const terminal = terminalProgress(process.stderr)
    const progress = { ...terminal, changed: (input: S3Url) => { complain(`${urlText(input)} was changed after it was copied: it is not deleted, and counts as a new file.`) } }
    try {
      if (own !== null) await compact(s3, own, { say, progress })
      if (options !== null) {
        const { outputs, inputs, resumed } = await distCp(s3, options, { say, progress })
        if (!options.dryRun) say(inputs === 0 && !resumed ? 'Nothing to copy.' : `${inputs} files in ${outputs}.`)
      }
    } finally {
      terminal.end()
      s3.close()
    }
    return 0
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error
    complain(error.message)
    return error.kind === 'config' ? 2 : 1
  }
}
