// npm run check:s3-memory: the S3 sink storing everything at once under buffer.memory of 64 MB, in each format, with its memory at the peak.
import { runSource } from './run.mjs'
import { setupOrExit } from './setup.mjs'

setupOrExit(['packages', 'aws'])
runSource('packages/sink-s3-partitioned/test/memory-main.ts', process.argv.slice(2))
