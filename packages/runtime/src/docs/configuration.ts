import { allowedValues, type ConfigKey, type ConfigObject } from '@tributary/plugin'
import { sinkConnectorKeys, sourceConnectorKeys } from '../config/connector-keys.ts'
import { distributedWorkerKeys, standaloneWorkerKeys } from '../config/worker-keys.ts'
import type { PluginEntry, Plugins } from '../config/plugins.ts'

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

function defaultOf (key: ConfigKey): string {
  if (!Object.hasOwn(key, 'default') || key.default === undefined) return '**required**'
  if (key.default === null) return ''
  if (key.type === 'PASSWORD') return ''
  const text = Array.isArray(key.default) ? key.default.join(',') : String(key.default)
  return text === '' ? '' : `\`${cell(text)}\``
}

function table (object: ConfigObject): string {
  const rows = Object.entries(object.keys).map(([name, key]) => {
    const allowed = allowedValues(key)
    const words = [key.description, ...allowed === null || allowed === '' ? [] : [`Allowed: ${allowed}`], ...key.aliases === undefined ? [] : [`Also: ${key.aliases.join(', ')}`]]
    return `| \`${name}\` | ${key.type.toLowerCase()} | ${defaultOf(key)} | ${(key.importance ?? 'MEDIUM').toLowerCase()} | ${cell(words.filter(word => word !== '').map(word => word.replace(/([^.])$/, '$1.')).join(' '))} |`
  })
  return rows.length === 0 ? 'No keys.' : ['| key | type | default | importance | meaning |', '|---|---|---|---|---|', ...rows].join('\n')
}

const chapters = [
  ['source', 'Source connectors'], ['sink', 'Sink connectors'], ['feed', 'Feeds (keys in a connector start with `feed.`)'], ['transformation', 'Transforms (keys start with `transforms.<name>.`)'],
  ['predicate', 'Predicates (keys start with `predicates.<name>.`)'], ['converter', 'Converters (keys start with `key.converter.` or `value.converter.`)'], ['header_converter', 'Header converters (keys start with `header.converter.`)']
] as const

async function chapter (entries: readonly PluginEntry[], title: string): Promise<string> {
  const parts = await Promise.all(entries.map(async entry => {
    const definition = await entry.load() as { summary: string, config: ConfigObject }
    return `### ${entry.class}\n\n${definition.summary}\n\n${table(definition.config)}`
  }))
  return `## ${title}\n\n${parts.join('\n\n')}`
}

/** The page docs/configuration.md: every key of workers, connectors and built-in plugins, from their own declarations. */
export async function configurationPage (plugins: Plugins): Promise<string> {
  const pages = [
    '# Configuration reference',
    'Made from the declarations in the code by `npm run docs`; do not edit. Values are text, as in Kafka Connect. A key without a default that is not required may be left out.',
    `## Workers\n\n### Standalone\n\n${table(standaloneWorkerKeys)}\n\n### Distributed\n\n${table(distributedWorkerKeys)}`,
    `## Connectors\n\nEvery connector takes these beside its own.\n\n### Sources\n\n${table(sourceConnectorKeys)}\n\n### Sinks\n\n${table(sinkConnectorKeys)}`
  ]
  for (const [type, title] of chapters) pages.push(await chapter(plugins.list().filter(entry => entry.type === type), title))
  return `${pages.join('\n\n')}\n`
}
