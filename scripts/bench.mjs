// npm run bench: Java's Kafka Connect and Tributary side by side, the S3 sink beside plain PutObject, or converters beside a bare loop. Options: npm run bench -- --help
import { runSource } from './run.mjs'
import { setupOrExit } from './setup.mjs'

const args = process.argv.slice(2)
const needs = { s3: ['aws'], converters: [] }
setupOrExit(['packages', ...args.includes('--help') ? [] : needs[args[0]] ?? ['kafka', 'java-connect']])
runSource('bench/main.ts', args)
