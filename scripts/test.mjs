// npm test: types, lint, and every test on a real Kafka and a local AWS. Arguments: test files; default all.
import { runSource } from './run.mjs'
import { setupOrExit } from './setup.mjs'

setupOrExit(['packages', 'kafka', 'java-connect', 'aws'])
runSource('test/run.ts', process.argv.slice(2))
