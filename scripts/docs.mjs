// npm run docs: writes the pages that are made from the code.
import { runSource } from './run.mjs'
import { setupOrExit } from './setup.mjs'

setupOrExit(['packages'])
runSource('packages/runtime/src/docs/main.ts', [])
