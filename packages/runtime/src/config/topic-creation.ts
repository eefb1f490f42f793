import type { ConfigProblem, RawConfig, Validator } from '@tributary/plugin'
import { invalidValue, parseConfig, regexProblem, t, trimmedList, validators, wholeMatch } from '@tributary/plugin'
import { embed } from './embed.ts'
import { partitionCount, replicationFactor } from './worker-rules.ts'
import { withPrefix } from './worker-config.ts'

/** Topics that a source connector wants created in one way. */
export interface TopicCreationGroup {
  readonly name: string
  /** -1: as the broker says. */
  readonly partitions: number
  /** -1: as the broker says. */
  readonly replicationFactor: number
  /** Topic settings such as `cleanup.policy`. */
  readonly configs: RawConfig
  /** Whether a topic belongs to the group. */
  matches (topic: string): boolean
}

const prefix = 'topic.creation.'

const regexList: Validator = {
  allowed: 'A list of regular expressions',
  check (key, value, type) {
    const problem = (value as readonly string[] | null ?? []).map(regexProblem).find(text => text !== null)
    return problem == null ? null : invalidValue(key, value, `Syntax error in regular expression: ${problem}`, type)
  }
}

function groupKeys (group: string, patterns: Validator, counts: { replicas?: number, partitions?: number, include: readonly string[] }): Parameters<typeof embed>[3] {
  const place = { group, width: 'LONG', importance: 'LOW' } as const
  return {
    include: t.list({ description: 'Patterns of topics that belong to the group', default: counts.include, validator: patterns, ...place, orderInGroup: 1, displayName: `Inclusion Topic Pattern for ${group}` }),
    exclude: t.list({ description: 'Patterns of topics that do not belong to the group, whatever include says', default: [], validator: patterns, ...place, orderInGroup: 2, displayName: `Exclusion Topic Pattern for ${group}` }),
    'replication.factor': t.short({ description: 'Replicas of a topic, -1: as the broker says', ...counts.replicas === undefined ? {} : { default: counts.replicas }, validator: replicationFactor, ...place, orderInGroup: 3, displayName: `Replication Factor for Topics in ${group}` }),
    partitions: t.int({ description: 'Partitions of a topic, -1: as the broker says', ...counts.partitions === undefined ? {} : { default: counts.partitions }, validator: partitionCount, ...place, orderInGroup: 4, displayName: `Partition Count for Topics in ${group}` })
  }
}

/** Whether a source connector says anything about topics to create. */
export function usesTopicCreation (raw: RawConfig): boolean {
  return Object.keys(raw).some(key => key.startsWith(prefix))
}

function groupOf (name: string, raw: RawConfig, values: Readonly<Record<string, unknown>>): TopicCreationGroup {
  const at = (key: string): unknown => values[`${prefix}${name}.${key}`]
  const include = wholeMatch(name === 'default' ? '.*' : (at('include') as string[]).join('|'))
  const exclude = wholeMatch(name === 'default' ? '' : (at('exclude') as string[]).join('|'))
  const { include: _include, exclude: _exclude, 'replication.factor': _replicas, partitions: _partitions, ...configs } = withPrefix(raw, `${prefix}${name}.`)
  return {
    name, configs, partitions: at('partitions') as number, replicationFactor: at('replication.factor') as number,
    matches: topic => include.test(topic) && !exclude.test(topic)
  }
}

/**
 * The groups of a source connector, in order, `default` last: the first that matches a topic describes it, and `default` matches every topic.
 * Empty when no key says anything. Groups are only complete when there are no problems.
 */
export function topicCreationGroups (raw: RawConfig): { groups: TopicCreationGroup[], problems: ConfigProblem[] } {
  if (!usesTopicCreation(raw)) return { groups: [], problems: [] }
  const nonNull = validators.nonNull()
  const defaults = parseConfig(t.object(embed(`${prefix}default.`, 'default', 0, groupKeys('default', nonNull, { include: ['.*'] }))), raw)
  if (defaults.problems.length > 0) return { groups: [], problems: defaults.problems }
  const values = defaults.value as Readonly<Record<string, unknown>>
  const counts = { replicas: values[`${prefix}default.replication.factor`] as number, partitions: values[`${prefix}default.partitions`] as number, include: [] }
  const names = [...new Set(trimmedList(raw[`${prefix}groups`]))].filter(name => name !== 'default')
  const keys = Object.assign({}, ...names.map(name => embed(`${prefix}${name}.`, `Topic Creation: ${name}`, 0, groupKeys(`Topic Creation: ${name}`, regexList, counts)))) as Parameters<typeof embed>[3]
  const { value, problems } = parseConfig(t.object(keys), raw)
  if (problems.length > 0) return { groups: [], problems }
  const all = { ...values, ...value }
  return { groups: [...names, 'default'].map(name => groupOf(name, raw, all)), problems: [] }
}
