import type { ConfigProblem, Infer, RawConfig } from '@tributary/plugin'
import { configError, invalidValue, parseConfig, t, trimJava, trimmedList, wholeMatch } from '@tributary/plugin'
import { classExists, withClassRules } from './class-rules.ts'
import { sinkConnectorKeys, sourceConnectorKeys } from './connector-keys.ts'
import { feedKeys } from './feed-keys.ts'
import type { Plugins } from './plugins.ts'
import { stageKeys } from './stages.ts'
import type { TopicCreationGroup } from './topic-creation.ts'
import { topicCreationGroups } from './topic-creation.ts'

export type SinkValues = Infer<typeof sinkConnectorKeys>
export type SourceValues = Infer<typeof sourceConnectorKeys>

/** A sink connector's configuration as the runtime reads it. */
export interface SinkConnectorConfig {
  readonly kind: 'sink'
  readonly name: string
  /** Parsed values of the keys that Connect defines, by key. */
  readonly values: SinkValues
  /** Everything, as text, with variables of config providers replaced. */
  readonly raw: RawConfig
}

/** A source connector's configuration as the runtime reads it. */
export interface SourceConnectorConfig {
  readonly kind: 'source'
  readonly name: string
  readonly values: SourceValues
  readonly raw: RawConfig
  /** In order, `default` last; empty: topics are left to the broker. */
  readonly topicGroups: readonly TopicCreationGroup[]
}

export type ConnectorConfig = SinkConnectorConfig | SourceConnectorConfig

const isBlank = (text: string | null | undefined): boolean => text == null || text.trim() === ''

/** A wrong value by key, told without the `Invalid value` around it, as REST `validate` lists it. */
export interface ValueProblem {
  readonly key: string
  readonly value: string | null
  readonly reason: string
}

/** Kafka's rules on `topics`, `topics.regex` and the dead letter topic. A connector with a feed of its own needs no topics. */
export function sinkProblems (raw: RawConfig): ValueProblem[] {
  const { topics, 'topics.regex': regex } = raw
  const list = { key: 'topics', value: topics ?? null }
  const pattern = { key: 'topics.regex', value: regex ?? null }
  const hasTopics = !isBlank(topics)
  const hasRegex = !isBlank(regex)
  const problems: ValueProblem[] = []
  if (hasTopics && hasRegex) {
    const reason = 'topics and topics.regex are mutually exclusive options, but both are set.'
    problems.push({ ...list, reason }, { ...pattern, reason })
  }
  if (!hasTopics && !hasRegex && isBlank(raw['feed.class'])) {
    const reason = 'Must configure one of topics or topics.regex'
    problems.push({ ...list, reason }, { ...pattern, reason })
  }
  const deadLetters = trimJava(raw['errors.deadletterqueue.topic.name'] ?? '')
  if (deadLetters === '') return problems
  const names = [...new Set(trimmedList(topics).filter(name => name !== ''))]
  if (hasTopics && names.includes(deadLetters)) {
    problems.push({ ...list, reason: `The DLQ topic '${deadLetters}' may not be included in the list of topics ('topics=[${names.join(', ')}]') consumed by the connector` })
  }
  if (hasRegex && matches(regex!, deadLetters)) {
    problems.push({ ...pattern, reason: `The DLQ topic '${deadLetters}' may not be matched by the regex for the topics ('topics.regex=${regex}') consumed by the connector` })
  }
  return problems
}

function matches (pattern: string, text: string): boolean {
  try {
    return wholeMatch(pattern).test(text)
  } catch {
    // The pattern's own rule reports it.
    return false
  }
}

/** How a connector configuration is read. */
export interface ConnectorConfigOptions {
  /** Whether the worker creates topics for sources (`topic.creation.enable`). */
  readonly topicCreation: boolean
  /** Whether a class can be loaded; default: the plugins. */
  readonly classExists?: (name: string) => boolean
}

/** Reads a connector configuration and all that is wrong with it, its transforms and predicates included. `value` is null when there are problems. */
export async function readConnectorConfig (kind: 'source' | 'sink', raw: RawConfig, plugins: Plugins, options: ConnectorConfigOptions = { topicCreation: true }): Promise<{ value: ConnectorConfig | null, problems: ConfigProblem[] }> {
  const classes = { classExists: options.classExists ?? ((name: string) => classExists(plugins, name)) }
  const stages = await stageKeys(raw, plugins, classes.classExists)
  const missing = new Set(stages.problems.map(({ key }) => key))
  const stageProblems = [...stages.problems, ...parseConfig(t.object(stages.keys), raw, classes).problems.filter(({ key }) => !missing.has(key))]
  const name = raw['name'] ?? ''
  if (kind === 'sink') {
    const framework = parseConfig(withClassRules(sinkConnectorKeys, plugins), raw, classes)
    const problems = [...framework.problems, ...stageProblems]
    problems.push(...parseConfig(t.object(await feedKeys(raw, plugins)), raw, classes).problems)
    problems.push(...sinkProblems(raw).map(({ key, value, reason }) => ({ key, message: invalidValue(key, value, reason) })))
    return { value: problems.length > 0 ? null : { kind, name, values: framework.value, raw }, problems }
  }
  const topics = options.topicCreation ? topicCreationGroups(raw) : { groups: [], problems: [] }
  const framework = parseConfig(withClassRules(sourceConnectorKeys, plugins), raw, classes)
  const problems = [...framework.problems, ...stageProblems, ...topics.problems]
  return { value: problems.length > 0 ? null : { kind, name, values: framework.value, raw, topicGroups: topics.groups }, problems }
}

/** The connector configuration. Throws one ConnectError of kind `config` that lists all problems, a line each. */
export async function connectorConfigOf (kind: 'source', raw: RawConfig, plugins: Plugins, options?: ConnectorConfigOptions): Promise<SourceConnectorConfig>
export async function connectorConfigOf (kind: 'sink', raw: RawConfig, plugins: Plugins, options?: ConnectorConfigOptions): Promise<SinkConnectorConfig>
export async function connectorConfigOf (kind: 'source' | 'sink', raw: RawConfig, plugins: Plugins, options?: ConnectorConfigOptions): Promise<ConnectorConfig>
export async function connectorConfigOf (kind: 'source' | 'sink', raw: RawConfig, plugins: Plugins, options?: ConnectorConfigOptions): Promise<ConnectorConfig> {
  const { value, problems } = await readConnectorConfig(kind, raw, plugins, options)
  if (value === null) throw configError(problems.map(({ message }) => message).join('\n'))
  return value
}
