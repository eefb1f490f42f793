import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { discoverPlugins } from '../../src/discovery/discover.ts'
import { configurationPage } from '../../src/docs/configuration.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

t.test('the configuration reference says what the code declares; npm run docs writes it anew', async t => {
  const page = await configurationPage(discoverPlugins({ pluginPath: [], workerFile: null }))
  t.ok(page === await readFile(join(root, 'docs/configuration.md'), 'utf8'), 'docs/configuration.md is up to date')
})

t.test('every link between pages leads somewhere', async t => {
  const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'examples/orders/README.md', ...(await readdir(join(root, 'docs'))).map(name => `docs/${name}`)]
  for (const page of pages) {
    const text = await readFile(join(root, page), 'utf8')
    const broken = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target = '']) => target).filter(target => !existsSync(join(root, dirname(page), target)))
    t.same(broken, [], page)
  }
})
