// npm run check:s3-outage: the S3 sink while S3 fails a minute at a time. Options: npm run check:s3-outage -- --help
import { runSource } from './run.mjs'
import { setupOrExit } from './setup.mjs'

setupOrExit(['packages', 'kafka', 'aws'])
runSource('test/outages/main.ts', process.argv.slice(2))
