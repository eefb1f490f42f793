// npm run check:compactor-memory: s3-compact over 300 MB of small files in each way, with its memory at the peak.
import { runSource } from './run.mjs'
import { setupOrExit } from './setup.mjs'

setupOrExit(['packages', 'aws'])
runSource('packages/compactor/test/load-main.ts', process.argv.slice(2))
