// npm run check:s3-soak: a million orders over 8760 hours through the S3 sink under 256 MB, with ten kill -9. Options: npm run check:s3-soak -- --help
import { runSource } from './run.mjs'
import { setupOrExit } from './setup.mjs'

setupOrExit(['packages', 'kafka', 'aws'])
runSource('test/soak/main.ts', process.argv.slice(2))
