import type { ConfigObject } from '@tributary/plugin'
import { sinkConnectorKeys, sourceConnectorKeys } from '../config/connector-keys.ts'
import { distributedWorkerKeys, standaloneWorkerKeys } from '../config/worker-keys.ts'
import type { PluginCatalog } from '../discovery/plugin-catalog.ts'
import type { PluginRecord } from '../discovery/manifest.ts'
import { anchorOf, Deviations } from './deviations.ts'
import { groupedTables, type Rows, rowsOf, table } from './key-table.ts'

/** The groups of worker keys: the first pattern that fits a name. */
const workerGroups: readonly (readonly [string, RegExp])[] = [
  ['Converters', /^(key|value|header)\.converter/],
  ['TLS', /^ssl\./],
  ['SASL', /^sasl\./],
  ['REST', /^(listeners$|rest\.|admin\.|access\.control\.|response\.http\.)/],
  ['Group of workers', /^(group\.|session\.|rebalance\.|heartbeat\.|worker\.(un)?sync|connect\.protocol|scheduled\.|exactly\.)/],
  ['Requests between workers', /^inter\.worker\./],
  ['Internal topics and files', /^(offset|config|status)\.storage\./],
  ['Offsets and tasks', /^(offset\.flush|task\.|topic\.(creation|tracking))/],
  ['Plugins and providers', /^(plugin\.|config\.providers|connector\.client)/],
  ['Metrics and log', /^(metrics?\.|log\.)/],
  ['Kafka', /^(bootstrap|client|security|metadata|send|receive|reconnect|socket|retry|request|connections)\./]
]

const workerGroup = (name: string): string => workerGroups.find(([, pattern]) => pattern.test(name))?.[0] ?? 'Other'

/** Pages that tell how a package's plugins are used. */
const guides: Readonly<Record<string, string>> = {
  '@tributary/connector-datagen': 'datagen.md',
  '@tributary/converters': 'converters.md',
  '@tributary/sink-kinesis': 'kinesis.md',
  '@tributary/sink-s3-partitioned': 's3-sink.md',
  '@tributary/source-kinesis': 'kinesis.md',
  '@tributary/transforms': 'transforms.md'
}

const chapters = [
  ['source', 'Source connectors', 'Beside [the keys of every connector](#connectors).'],
  ['sink', 'Sink connectors', 'Beside [the keys of every connector](#connectors).'],
  ['feed', 'Feeds', 'What a sink may read instead of Kafka topics. In the connector\'s configuration each key has `feed.` in front.'],
  ['transformation', 'Transforms', 'In the connector\'s configuration each key has `transforms.<name>.` in front.'],
  ['predicate', 'Predicates', 'In the connector\'s configuration each key has `predicates.<name>.` in front.'],
  ['converter', 'Converters', 'In the worker\'s or connector\'s configuration each key has `key.converter.` or `value.converter.` in front.'],
  ['header_converter', 'Header converters', 'In the worker\'s or connector\'s configuration each key has `header.converter.` in front.']
] as const

/** The rows that two sets of keys have alike, and what each has besides. */
function split (a: Rows, b: Rows): { both: Rows, onlyA: Rows, onlyB: Rows } {
  const without = (rows: Rows, others: Rows): Rows => new Map([...rows].filter(([name, row]) => others.get(name) !== row))
  return { both: new Map([...a].filter(([name, row]) => b.get(name) === row)), onlyA: without(a, b), onlyB: without(b, a) }
}

interface Part { readonly record: PluginRecord, readonly summary: string, readonly config: ConfigObject, readonly rows: Rows }

/** The keys of a plugin; of one that has the keys of an earlier one, only what differs. */
function keysOf ({ config, rows }: Part, earlier: readonly Part[]): string {
  if (rows.size === 0) return 'No keys.'
  const like = earlier.find(other => other.rows.size === rows.size && [...rows.keys()].every(name => other.rows.has(name)))
  if (like === undefined) return groupedTables(rows, name => config.keys[name]!.group ?? 'General', '####')
  const other = [...rows].filter(([name, row]) => like.rows.get(name) !== row).map(([, row]) => row)
  const same = `The same keys as [${like.record.class}](#${anchorOf(like.record.class)})`
  return other.length === 0 ? `${same}.` : `${same}, but for:\n\n${table(other)}`
}

async function chapter (plugins: PluginCatalog, [type, title, about]: typeof chapters[number]): Promise<string> {
  const parts = await Promise.all(plugins.list().filter(entry => entry.type === type).map(async (entry): Promise<Part> => {
    const { summary, config } = await entry.load() as { summary: string, config: ConfigObject }
    return { record: plugins.records.find(record => record.type === type && record.class === entry.class)!, summary, config, rows: rowsOf(config.keys) }
  }))
  const texts = parts.map((part, i) => {
    const { record, summary } = part
    const names = record.aliases.length === 0 ? '' : ` Also: ${record.aliases.map(alias => `\`${alias}\``).join(', ')}.`
    const guide = guides[record.package]
    return `### ${record.class}\n\n${summary}${names}${guide === undefined ? '' : ` More: [${guide}](${guide}).`}\n\n${keysOf(part, parts.slice(0, i))}`
  })
  return `## ${title}\n\n${about}\n\n${texts.join('\n\n')}`
}

function workers (deviations: Deviations): string {
  const rows = (object: ConfigObject): Rows => rowsOf(object.keys, name => deviations.link(name, 'worker'))
  const { both, onlyA, onlyB } = split(rows(standaloneWorkerKeys), rows(distributedWorkerKeys))
  const part = (title: string, keys: Rows): string => `### ${title}\n\n${groupedTables(keys, workerGroup, '####')}`
  return `## Workers\n\n${part('Every worker', both)}\n\n${part('connect-standalone', onlyA)}\n\n${part('connect-distributed', onlyB)}`
}

function connectors (deviations: Deviations): string {
  const note = (name: string): string | null => deviations.link(name, 'connector')
  const [sources, sinks]: readonly ConfigObject[] = [sourceConnectorKeys, sinkConnectorKeys]
  const { both, onlyA, onlyB } = split(rowsOf(sources!.keys, note), rowsOf(sinks!.keys, note))
  const part = (title: string, { keys }: ConfigObject, rows: Rows): string => `### ${title}\n\n${groupedTables(rows, name => keys[name]!.group ?? 'General', '####')}`
  return `## Connectors\n\n${part('Every connector', sources!, both)}\n\n${part('Every source', sources!, onlyA)}\n\n${part('Every sink', sinks!, onlyB)}`
}

/**
 * The page docs/configuration.md: every key of workers, connectors and built-in plugins, from their own declarations. `compatibility` is the text
 * of docs/compatibility.md: keys that it speaks of have a link to it.
 */
export async function configurationPage (plugins: PluginCatalog, compatibility: string): Promise<string> {
  const deviations = new Deviations(compatibility)
  const titles = ['Workers', 'Connectors', ...chapters.map(([, title]) => title)]
  const pages = [
    '# Configuration reference',
    'Made from the declarations in the code by `npm run docs`; do not edit. Values are text, as in Kafka Connect.',
    'A default of `null` means that the key may be left out and nothing is assumed; `""` is an empty text or list. Nothing under *allowed*: any value of the type.',
    titles.map(title => `* [${title}](#${anchorOf(title)})`).join('\n'),
    workers(deviations),
    connectors(deviations)
  ]
  for (const one of chapters) pages.push(await chapter(plugins, one))
  return `${pages.join('\n\n')}\n`
}
