import { allowedValues, type ConfigKey, type ConfigKeys, configText } from '@tributary/plugin'

/** A key as a row of a table, by name. */
export type Rows = ReadonlyMap<string, string>

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

function defaultOf (key: ConfigKey): string {
  if (key.default === undefined) return '**required**'
  if (key.default === null) return '`null`'
  const text = configText(key.default, key.type) ?? ''
  return text === '' ? '`""`' : `\`${cell(text)}\``
}

/** Markdown takes <name> for HTML, and would not show it. */
const words = (text: string): string => text.replaceAll('<', '&lt;').replace(/([^.:])$/, '$1.')

/** A row for each key; `note` adds a sentence to what a key means. */
export function rowsOf (keys: ConfigKeys, note: (name: string) => string | null = () => null): Rows {
  return new Map(Object.entries(keys).map(([name, key]) => {
    const also = key.aliases === undefined || key.aliases.length === 0 ? null : `Also: ${key.aliases.map(alias => `\`${alias}\``).join(', ')}.`
    const meaning = [words(key.description), also, note(name)].filter(part => part !== null && part !== '').join(' ')
    return [name, `| \`${name}\` | ${key.type.toLowerCase()} | ${defaultOf(key)} | ${cell(words(allowedValues(key)).replace(/\.$/, ''))} | ${(key.importance ?? 'MEDIUM').toLowerCase()} | ${cell(meaning)} |`]
  }))
}

export function table (rows: Iterable<string>): string {
  return ['| key | type | default | allowed | importance | meaning |', '|---|---|---|---|---|---|', ...rows].join('\n')
}

/** Tables under headings, in the order in which the groups first come up; one table without a heading when there is one group. */
export function groupedTables (rows: Rows, groupOf: (name: string) => string, level: string): string {
  const groups = Map.groupBy(rows, ([name]) => groupOf(name))
  const tables = [...groups].map(([group, members]) => ({ group, text: table(members.map(([, row]) => row)) }))
  return tables.length === 1 ? tables[0]!.text : tables.map(({ group, text }) => `${level} ${group}\n\n${text}`).join('\n\n')
}
