// npm run check:exactly-once [KILLS]: kills a worker twenty times (or as often as said) while an exactly-once source writes 200,000 lines, and counts them.
import { runSource } from './run.mjs'
import { setupOrExit } from './setup.mjs'

setupOrExit(['packages', 'kafka', 'java-connect'])
runSource('test/distributed/exactly-once.ts', process.argv.slice(2))
