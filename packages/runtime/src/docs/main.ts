import { readFile, writeFile } from 'node:fs/promises'
import { discoverPlugins } from '../discovery/discover.ts'
import { configurationPage } from './configuration.ts'
import { metricsReference } from './metrics.ts'

// npm run docs: writes the pages that are made from the code.
const docs = new URL('../../../../docs/', import.meta.url)
const compatibility = await readFile(new URL('compatibility.md', docs), 'utf8')
await writeFile(new URL('configuration.md', docs), await configurationPage(discoverPlugins({ pluginPath: [], workerFile: null }), compatibility))
await writeFile(new URL('metrics.md', docs), metricsReference())
