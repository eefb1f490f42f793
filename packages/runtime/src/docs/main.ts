import { writeFile } from 'node:fs/promises'
import { discoverPlugins } from '../discovery/discover.ts'
import { configurationPage } from './configuration.ts'

// npm run docs: writes the pages that are made from the code.
await writeFile(new URL('../../../../docs/configuration.md', import.meta.url), await configurationPage(discoverPlugins({ pluginPath: [], workerFile: null })))
