// npm test: types, lint, and every test on a real Kafka and a local AWS. Arguments: test files; default all.
import { runSource } from './run.mjs'
import { setupOrExit } from './setup.mjs'

const files = process.argv.slice(2)
// The last two are for few tests, which bring them by themselves when they run alone; here the time does not count as theirs.
setupOrExit(['packages', 'kafka', 'java-connect', 'aws', ...files.length === 0 ? ['glue', 'analytics'] : []])
runSource('test/run.ts', files)
