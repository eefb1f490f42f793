// npm run bench: Java's Kafka Connect and Tributary side by side. Options: npm run bench -- --help
import { runSource } from './run.mjs'
import { setupOrExit } from './setup.mjs'

setupOrExit(['packages', 'kafka', 'java-connect'])
runSource('bench/main.ts', process.argv.slice(2))
