import { stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import t from 'tap'
import { discoverPlugins } from '../../src/discovery/discover.ts'
import { configurationPage } from '../../src/docs/configuration.ts'
import { anchorOf } from '../../src/docs/deviations.ts'
import { pages, readPage, root } from './pages.ts'

t.test('the configuration reference says what the code declares; npm run docs writes it anew', async t => {
  const page = await configurationPage(discoverPlugins({ pluginPath: [], workerFile: null }), await readPage('docs/compatibility.md'))
  t.ok(page === await readPage('docs/configuration.md'), 'docs/configuration.md is up to date; if not: npm run docs')
})

t.test('the configuration reference shows what a key must be, may be, and is without it', async t => {
  const page = await readPage('docs/configuration.md')
  const row = (key: string): string[] => page.split('\n').find(line => line.startsWith(`| \`${key}\` |`))?.split(/(?<!\\)\|/).slice(2, 6).map(part => part.trim()) ?? []
  t.same(row('group.id'), ['string', '**required**', '', 'high'])
  t.same(row('rest.advertised.port'), ['int', '`null`', '', 'low'])
  t.same(row('access.control.allow.origin'), ['string', '`""`', '', 'low'])
  t.same(row('metrics.num.samples'), ['int', '`2`', '[1,...]', 'low'])
  t.match(page, /`plugin\.discovery` .* \[Differs\]\(compatibility\.md#configuration\) from Java's\. \|/)
  t.match(page, /### org\.apache\.kafka\.connect\.transforms\.Cast\$Value\n\n[^\n]+\n\nThe same keys as \[org\.apache\.kafka\.connect\.transforms\.Cast\$Key\]/)
})

/** The fragments that a page's headings can be reached by. */
function anchors (text: string): Set<string> {
  const seen = new Map<string, number>()
  return new Set(text.replace(/^```[^]*?^```/gm, '').split('\n').flatMap(line => {
    const heading = /^#+ (.*)/.exec(line)?.[1]
    if (heading === undefined) return []
    const anchor = anchorOf(heading)
    const count = seen.get(anchor) ?? 0
    seen.set(anchor, count + 1)
    return [count === 0 ? anchor : `${anchor}-${count}`]
  }))
}

t.test('every link between pages leads to a file, and to a heading where it names one', async t => {
  for (const page of pages) {
    const broken: string[] = []
    for (const [, target = '', fragment] of (await readPage(page)).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)) {
      const path = target === '' ? page : relative(root, join(root, dirname(page), target))
      const isThere = await stat(join(root, path)).then(() => true, () => false)
      if (!isThere || (fragment !== undefined && !anchors(await readPage(path)).has(fragment))) broken.push(`${target}#${fragment ?? ''}`)
    }
    t.same(broken, [], page)
  }
})

t.test('every page of the docs can be reached from the README', async t => {
  const readme = await readPage('README.md')
  t.same(pages.filter(page => page.startsWith('docs/') && !readme.includes(`](${page})`)), [])
})
