// npm run bench: Java's Kafka Connect and Tributary side by side, or the S3 sink beside plain PutObject. Options: npm run bench -- --help
import { runSource } from './run.mjs'
import { setupOrExit } from './setup.mjs'

const args = process.argv.slice(2)
setupOrExit(['packages', ...args.includes('--help') ? [] : args[0] === 's3' ? ['aws'] : ['kafka', 'java-connect']])
runSource('bench/main.ts', args)
