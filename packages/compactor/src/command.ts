import { ConnectError } from '@tributary/plugin'
import { distCp, parseDistCp } from './dist-cp.ts'
import { terminalProgress } from './progress.ts'
import { S3 } from './s3.ts'
import { endpointOf } from './endpoint.ts'

const help = `s3-compact --src=s3://bucket/from/ --dest=s3://bucket/to/ [--groupBy=REGEX --targetSize=MiB ...]
    The options of s3-dist-cp: srcPattern, groupBy, targetSize, appendToLastFile, outputCodec, deleteOnSuccess, outputManifest,
    previousManifest, requirePreviousManifest, copyFromManifest, srcPrefixesFile, numberFiles, startingIndex, storageClass,
    s3ServerSideEncryption, disableMultipartUpload, multipartUploadChunkSize, s3Endpoint. Also --dryRun.

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
    const options = parseDistCp(args)
    const s3 = new S3(endpointOf(options.s3Endpoint))
    const progress = terminalProgress(process.stderr)
    try {
      const { outputs, inputs, resumed } = await distCp(s3, options, { say, progress })
      progress.end()
      if (!options.dryRun) say(inputs === 0 && !resumed ? 'Nothing to copy.' : `${inputs} files in ${outputs}.`)
    } finally {
      progress.end()
      s3.close()
    }
    return 0
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error
    complain(error.message)
    return error.kind === 'config' ? 2 : 1
  }
}
