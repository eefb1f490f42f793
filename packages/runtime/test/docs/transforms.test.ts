import t from 'tap'
import { sinkRecord, TypedNumber, type RawConfig } from '@tributary/plugin'
import { parseProperties } from '../../src/config/properties.ts'
import { stageConfigs } from '../../src/config/stages.ts'
import { discoverPlugins } from '../../src/discovery/discover.ts'
import { createTransformChain } from '../../src/transform-chain.ts'
import { cellsOf, readPage } from './pages.ts'

const plugins = discoverPlugins({ pluginPath: [], workerFile: null })
const fail = (_index: number, _stage: string, error: unknown): never => { throw error as Error }

/** The codes in a cell: `a=b` and `` a=`b` ``. */
const codes = (cell: string): string[] => [...cell.matchAll(/``\s(.*?)\s``|`([^`]*)`/g)].map(([, double, single]) => double ?? single ?? '')

/** A value as a page writes it, as the JSON converter reads it without schemas. */
function valueOf (text: string): unknown {
  return JSON.parse(text, function (_key, value: unknown, context?: { source?: string }) {
    return typeof value === 'number' && /[.E]/.test(context?.source ?? '') && Number.isInteger(value) ? new TypedNumber('float64', value) : value
  } as (key: string, value: unknown) => unknown)
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (_key, part: unknown) => part instanceof TypedNumber ? part.value : part)) as unknown

interface Example { readonly title: string, readonly type: string, readonly keys: readonly string[], readonly before: string, readonly after: string }

/** The rows with values before and after, below the heading of a transform. */
function examplesOf (page: string): Example[] {
  const examples: Example[] = []
  let names: string[] = []
  let columns: string[] = []
  let keys: string[] = []
  for (const line of page.split('\n')) {
    const heading = /^#+ (.*)/.exec(line)?.[1]
    if (heading !== undefined) names = heading.split(', ')
    if (!line.startsWith('|')) {
      columns = []
      keys = heading === undefined ? keys : []
      continue
    }
    if (columns.length === 0) {
      columns = cellsOf(line)
      continue
    }
    const row = Object.fromEntries(cellsOf(line).map((cell, i) => [columns[i] ?? '', cell]))
    const [before, after] = [row['before'] ?? row['value'] ?? '', row['after'] ?? row['key after'] ?? '']
    const type = names.at(-1) ?? ''
    if (!plugins.list().some(entry => entry.type === 'transformation' && (entry.class === type || entry.class.endsWith(`.${type}`)))) continue
    const [value = ''] = codes(before)
    const given = row['keys'] === undefined ? codes(before).slice(1).concat(row['expression'] === undefined ? [] : codes(row['expression']).map(text => `expression=${text}`)) : codes(row['keys'])
    if (/^the same/.test(before)) {
      const last = examples.at(-1)
      const more = codes(before)
      if (last !== undefined) examples.push({ title: line, type, keys: [...keys, ...more], before: last.before, after })
      continue
    }
    keys = type.endsWith('EventTimePartition') ? ['field=ordertime', ...given] : given
    if (/^[{"\d[]/.test(value)) examples.push({ title: line, type, keys, before: value, after })
  }
  return examples
}

const all = examplesOf(await readPage('docs/transforms.md'))

t.test('the page has examples of most transforms', async t => {
  t.ok(new Set(all.map(({ type }) => type)).size >= 11, String(all.length))
})

for (const { title, type, keys, before, after } of all) {
  t.test(`transforms.md tells the truth: ${type} ${keys.join(' ')} of ${before}`, async t => {
    const name = plugins.list().find(entry => entry.class === type || entry.class.endsWith(`.${type}`))!.class
    const raw: RawConfig = {
      'connector.class': 'x', transforms: 'a', 'transforms.a.type': name,
      ...Object.fromEntries([...parseProperties(keys.join('\n'))].map(([key, value]) => [`transforms.a.${key}`, value]))
    }
    const chain = createTransformChain(await stageConfigs(raw, plugins))
    const isBytes = title.includes('(bytes)')
    const [record] = chain.apply([sinkRecord({ topic: 'orders', partition: 0, offset: 0, value: isBytes ? Buffer.from(before) : valueOf(before) })], fail)
    if (after.startsWith('dropped')) return void t.equal(record ?? null, null)
    const header = /header `([^`]+)` = `?([^`]+)`?$/.exec(after)
    if (header !== null) t.match(record?.headers.map(({ key, value }) => [key, String(value)]), [[header[1], header[2]]])
    const [expected] = codes(after.replace(/(?:and the )?header .*$/, ''))
    if (expected === undefined) return
    if (isBytes) return void t.equal(Buffer.from(record!.value as Uint8Array).toString(), expected.replace('⏎', '\n'))
    t.same(plain(type === 'ValueToKey' ? record?.key : record?.value), plain(valueOf(expected)))
  })
}
