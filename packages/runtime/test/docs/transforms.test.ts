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

interface Row { readonly type: string, readonly cells: Readonly<Record<string, string>> }

/** The rows of all tables, with the transform of the last heading and by the names of their columns. */
function * rowsOf (page: string): Generator<Row> {
  let type = ''
  let columns: readonly string[] = []
  for (const line of page.split('\n')) {
    // The last of `Cast$Key, Cast$Value`.
    if (line.startsWith('#')) type = line.replace(/^#+ (.*, )?/, '')
    if (!line.startsWith('|')) columns = []
    else if (columns.length === 0) columns = cellsOf(line)
    else yield { type, cells: Object.fromEntries(cellsOf(line).map((cell, i) => [columns[i] ?? '', cell])) }
  }
}

interface Example { readonly type: string, readonly keys: readonly string[], readonly before: string, readonly after: string, readonly isBytes: boolean }

/** What a row shows; `base`: the row that "the same" speaks of. null for a row that shows no value. */
function exampleOf ({ type, cells }: Row, base: Example | null): Example | null {
  const { keys, value, expression, before = value ?? '', after = cells['key after'] ?? '' } = cells
  const [shown = '', ...besides] = codes(before)
  if (before.startsWith('the same') && base !== null) return { ...base, after, keys: [...base.keys, ...codes(before)] }
  if (!/^[{"\d[]/.test(shown)) return null
  const own = type.endsWith('EventTimePartition') ? ['field=ordertime'] : []
  const given = keys !== undefined ? codes(keys) : expression !== undefined ? codes(expression).map(text => `expression=${text}`) : besides
  return { type, keys: [...own, ...given], before: shown, after, isBytes: before.includes('(bytes)') }
}

function examplesOf (page: string): Example[] {
  const examples: Example[] = []
  let base: Example | null = null
  for (const row of rowsOf(page)) {
    const example: Example | null = classOf(row.type) === null ? null : exampleOf(row, base)
    if (example === null) continue
    examples.push(example)
    if (!row.cells['before']?.startsWith('the same')) base = example
  }
  return examples
}

/** The class of a transform under its simple name; null if it is none. */
function classOf (type: string): string | null {
  return plugins.list().find(entry => entry.type === 'transformation' && (entry.class === type || entry.class.endsWith(`.${type}`)))?.class ?? null
}

const all = examplesOf(await readPage('docs/transforms.md'))

t.test('the page has examples of most transforms', async t => {
  t.ok(new Set(all.map(({ type }) => type)).size >= 11, String(all.length))
})

for (const { type, keys, before, after, isBytes } of all) {
  t.test(`transforms.md tells the truth: ${type} ${keys.join(' ')} of ${before}`, async t => {
    const raw: RawConfig = {
      'connector.class': 'x', transforms: 'a', 'transforms.a.type': classOf(type)!,
      ...Object.fromEntries([...parseProperties(keys.join('\n'))].map(([key, value]) => [`transforms.a.${key}`, value]))
    }
    const chain = createTransformChain(await stageConfigs(raw, plugins))
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
