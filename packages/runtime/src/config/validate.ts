import type { ConfigKeys, ConfigObject, ConfigType, KeyReport, RawConfig } from '@tributary/plugin'
import { configOf, ConnectError, t, validateConfig } from '@tributary/plugin'
import type { PluginType } from '../herder/herder.ts'
import { RestError } from '../herder/rest-error.ts'
import { classExists, withClassRules } from './class-rules.ts'
import { saslKeys, sslKeys } from './client-keys.ts'
import type { ConfigInfo, ConfigInfos, ConfigKeyInfo } from './config-infos.ts'
import { keyInfo, valueInfo } from './config-infos.ts'
import { transformConfig } from './config-transformer.ts'
import { sinkProblems } from './connector-config.ts'
import { sinkConnectorKeys, sourceConnectorKeys } from './connector-keys.ts'
import type { LoadedConnector } from './connector-lookup.ts'
import { lookUpConnector } from './connector-lookup.ts'
import { feedKeys } from './feed-keys.ts'
import { overridePolicy, overrideProblem } from './override-policy.ts'
import { pluginEntry, type Plugins } from './plugins.ts'
import { stageKeys } from './stages.ts'
import { usesTopicCreation } from './topic-creation.ts'
import type { WorkerConfig } from './worker-config.ts'
import { exactlyOnceSupport, withPrefix } from './worker-config.ts'

/** What a validation looks at besides the configuration. */
export interface ValidateContext {
  readonly plugins: Plugins
  readonly worker: WorkerConfig
}

type Reports = Map<string, KeyReport>

function addError (reports: Reports, key: string, message: string, value: unknown = null): void {
  const report = reports.get(key) ?? { value, errors: [] }
  report.errors.push(message)
  reports.set(key, report)
}

function versionsOf (plugins: Plugins, className: string): string[] {
  return plugins.list().filter(entry => entry.class === className && entry.version !== null).map(entry => entry.version!)
}

/** Shows classes under their full names where the configuration has aliases. */
function withFullNames (keys: ConfigKeys, reports: Reports, plugins: Plugins): void {
  for (const [name, report] of reports) {
    if (keys[name]?.type !== 'CLASS' || typeof report.value !== 'string') continue
    const alias = report.value
    report.value = plugins.list().find(entry => entry.aliases.includes(alias))?.class ?? alias
  }
}

const converters = [
  { key: 'header.converter', type: 'header_converter', role: 'header' },
  { key: 'key.converter', type: 'converter', role: 'key' },
  { key: 'value.converter', type: 'converter', role: 'value' }
] as const

/** The framework's keys with this worker's defaults and recommendations. */
function withWorkerDefaults (keys: ConfigKeys, connector: LoadedConnector, { plugins, worker }: ValidateContext): ConfigKeys {
  const changed: Record<string, ConfigKeys[string]> = { ...keys }
  changed['connector.plugin.version'] = { ...keys['connector.plugin.version']!, default: connector.entry.version, recommend: () => versionsOf(plugins, connector.entry.class) }
  for (const { key, type } of converters) {
    const inherited = worker.values[key]
    const used = pluginEntry(plugins, inherited, [type])
    const rule = keys[key]!.validator!
    // The worker's own converter was checked when the worker started.
    const validator = { ...rule, check: (name: string, value: unknown, as: ConfigType) => value === inherited ? null : rule.check(name, value, as) }
    changed[key] = { ...keys[key]!, validator, default: inherited, recommend: () => plugins.list().filter(entry => entry.type === type).map(entry => entry.class) }
    changed[`${key}.plugin.version`] = { ...keys[`${key}.plugin.version`]!, default: used?.version ?? null, recommend: () => used === null ? [] : versionsOf(plugins, used.class) }
  }
  return changed
}

async function frameworkKeys (connector: LoadedConnector, raw: RawConfig, context: ValidateContext): Promise<ConfigKeys> {
  const object: ConfigObject = connector.entry.type === 'sink' ? sinkConnectorKeys : sourceConnectorKeys
  return {
    ...withWorkerDefaults(withClassRules(object, context.plugins).keys, connector, context),
    ...(await stageKeys(raw, context.plugins)).keys,
    ...connector.entry.type === 'sink' ? await feedKeys(raw, context.plugins) : {}
  }
}

function checkSink (reports: Reports, raw: RawConfig, worker: WorkerConfig): void {
  for (const { key, reason } of sinkProblems(raw)) addError(reports, key, reason)
  if (worker.mode !== 'distributed') return
  const workerGroup = worker.values['group.id']
  const groupKey = 'consumer.override.group.id'
  const group = raw[groupKey]
  const name = reports.get('name')?.value
  if (group !== undefined) {
    if (!reports.has(groupKey)) reports.set(groupKey, { value: group, errors: [] })
    if (group === workerGroup) addError(reports, groupKey, `Consumer group ${group} conflicts with Connect worker group ${workerGroup}`)
  } else if (workerGroup === `connect-${String(name)}`) {
    addError(reports, 'name', `Consumer group for sink connector named ${String(name)} conflicts with Connect worker group ${workerGroup}`)
  }
}

const words = (value: unknown): string => String(value).toLowerCase()

function checkExactlyOnce (reports: Reports, raw: RawConfig, connector: LoadedConnector, worker: WorkerConfig): void {
  if (worker.mode !== 'distributed' || connector.definition.kind !== 'source') return
  const { definition } = connector
  const own = definition.config
  const ask = (question: ((config: never) => boolean) | undefined): boolean => question?.(configOf(own, raw) as never) ?? false
  const support = reports.get('exactly.once.support')!
  if (support.errors.length === 0 && words(support.value) === 'required') {
    if (exactlyOnceSupport(worker) !== 'enabled') support.errors.push('This worker does not have exactly-once source support enabled.')
    if (definition.exactlyOnce === undefined) {
      support.errors.push('The connector does not say whether it supports exactly-once. Look it up in its documentation; "requested" for this property leaves out this check and allows the connector to be created.')
    } else if (!asked(support, () => ask(definition.exactlyOnce))) support.errors.push('The connector does not support exactly-once semantics with the provided configuration.')
  }
  const boundary = reports.get('transaction.boundary')!
  if (boundary.errors.length === 0 && words(boundary.value) === 'connector' && !asked(boundary, () => ask(definition.definesTransactionBoundaries))) {
    boundary.errors.push('The connector does not support connector-defined transaction boundaries with the given configuration. Please reconfigure it to use a different transaction boundary definition.')
  }
}

/** The answer of a connector to a question; an error counts as yes, since it is reported instead. */
function asked (report: KeyReport, question: () => boolean): boolean {
  try {
    return question()
  } catch (error) {
    report.errors.push(`An unexpected error occurred during validation: ${(error as Error).message}`)
    return true
  }
}

/** The connector's own keys, checked one by one and then together. */
async function pluginReports (connector: LoadedConnector, raw: RawConfig, context: ValidateContext): Promise<Reports> {
  const { definition } = connector
  const object = definition.config as ConfigObject
  const reports = validateConfig(object, raw, { classExists: name => classExists(context.plugins, name) })
  if (definition.validate === undefined || [...reports.values()].some(report => report.errors.length > 0)) return reports
  try {
    for (const { key, message } of await definition.validate(configOf(object, raw) as never, raw)) addError(reports, key, message, raw[key] ?? null)
  } catch (error) {
    if (!(error instanceof ConnectError) || error.kind !== 'config') throw error
    addError(reports, 'connector.class', error.message, raw['connector.class'])
  }
  return reports
}

/** Kafka counts every message of the connector's keys, but one for each bad key of converters and client overrides. */
function infosOf (keys: ConfigKeys, reports: Reports, raw: RawConfig): ConfigInfo[] {
  const undeclared = [...reports].filter(([name]) => !Object.hasOwn(keys, name)).map(([name, report]): ConfigInfo => ({ definition: null, value: valueInfo(name, undefined, report, raw) }))
  const declared = Object.entries(keys).map(([name, key]): ConfigInfo => {
    const report = reports.get(name)
    return { definition: keyInfo(name, key), value: report === undefined ? null : valueInfo(name, key, report, raw) }
  })
  return [...undeclared, ...declared]
}

function groupsOf (keys: ConfigKeys): string[] {
  return [...new Set(Object.values(keys).flatMap(key => key.group === undefined ? [] : [key.group]))]
}

interface Part { errors: number, groups: string[], configs: ConfigInfo[] }

/** The keys of a converter that the connector brings itself. */
async function converterPart (key: string, type: PluginType, role: string, reports: Reports, raw: RawConfig, plugins: Plugins): Promise<Part | null> {
  const name = raw[key]
  const report = reports.get(key)!
  const version = reports.get(`${key}.plugin.version`)!
  if (name == null || report.errors.length > 0 || version.errors.length > 0) return null
  try {
    const loaded = await plugins.find(type, name.trim(), raw[`${key}.plugin.version`])
    if (loaded === null) return null
    const { config } = loaded.definition as { config: ConfigObject }
    const prefix = `${key}.`
    const own = { 'converter.type': role, ...withPrefix(raw, prefix) }
    const infos = infosOf(config.keys, validateConfig(config, own), own).map(info => prefixed(info, prefix))
    return { errors: infos.filter(({ value }) => value !== null && value.errors.length > 0).length, groups: groupsOf(config.keys), configs: infos }
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error
    report.errors.push(error.message)
    if (error.code === 'PLUGIN_VERSION') version.errors.push(error.message)
    return null
  }
}

function prefixed ({ definition, value }: ConfigInfo, prefix: string): ConfigInfo {
  return {
    definition: definition === null ? null : { ...definition, name: prefix + definition.name },
    value: value === null ? null : { ...value, name: prefix + value.name }
  }
}

/** The overrides of client settings, against the worker's policy. */
function overridePart (isSink: boolean, raw: RawConfig, worker: WorkerConfig): Part {
  const policy = overridePolicy(worker.values['connector.client.config.override.policy'], worker.raw)
  const hasDeadLetters = (raw['errors.deadletterqueue.topic.name'] ?? '').trim() !== ''
  const clients = [['producer', !isSink || hasDeadLetters], ['consumer', isSink], ['admin', usesTopicCreation(raw) || hasDeadLetters]] as const
  const known: ConfigKeys = { ...sslKeys, ...saslKeys }
  const configs = clients.filter(([, isUsed]) => isUsed).flatMap(([client]) => {
    const prefix = `${client}.override.`
    return Object.entries(withPrefix(raw, prefix)).map(([setting, value]): ConfigInfo => {
      const problem = overrideProblem(policy, setting)
      const key = Object.hasOwn(known, setting) ? known[setting] : undefined
      return prefixed({
        definition: key === undefined ? null : keyInfo(setting, key),
        value: { name: setting, value: key?.type === 'PASSWORD' ? '[hidden]' : value, recommended_values: [], errors: problem === null ? [] : [problem], visible: true }
      }, prefix)
    })
  })
  return { errors: configs.filter(({ value }) => value!.errors.length > 0).length, groups: [], configs }
}

/** Everything REST `validate` says of a connector configuration. Throws a RestError 400 when it names no connector that exists. */
export async function validateConnectorConfig (given: RawConfig, context: ValidateContext): Promise<ConfigInfos> {
  const { plugins, worker } = context
  const { config: raw } = await transformConfig(worker.providers, given)
  const { connector, versionProblem } = await lookUpConnector(raw, plugins)
  const keys = await frameworkKeys(connector, raw, context)
  const reports = validateConfig(t.object(keys), raw, { classExists: name => classExists(plugins, name) })
  if (versionProblem !== null) for (const key of ['connector.class', 'connector.plugin.version']) addError(reports, key, versionProblem)
  if (connector.entry.type === 'sink') checkSink(reports, raw, worker)
  else checkExactlyOnce(reports, raw, connector, worker)
  withFullNames(keys, reports, plugins)
  for (const [key, value] of Object.entries(raw)) if (value === null) addError(reports, key, 'Null value can not be supplied as the configuration value.')

  const parts: Part[] = []
  for (const { key, type, role } of converters) {
    const part = await converterPart(key, type, role, reports, raw, plugins)
    if (part !== null) parts.push(part)
  }
  const overrides = overridePart(connector.entry.type === 'sink', raw, worker)
  const ownReports = versionProblem === null ? await pluginReports(connector, raw, context) : new Map<string, KeyReport>()
  const ownKeys: ConfigKeys = versionProblem === null ? connector.definition.config.keys : {}
  const allKeys = { ...keys, ...ownKeys }
  const own = infosOf(allKeys, new Map([...reports, ...ownReports]), raw)
  const all = [{ errors: own.reduce((sum, { value }) => sum + (value?.errors.length ?? 0), 0), groups: [...groupsOf(keys), ...groupsOf(ownKeys)], configs: own }, overrides, ...parts]
  return {
    name: raw['connector.class']!,
    error_count: all.reduce((sum, part) => sum + part.errors, 0),
    groups: [...new Set(all.flatMap(part => part.groups))],
    configs: all.flatMap(part => part.configs)
  }
}

/** The 400 that `POST` and `PUT` answer with when a validation found errors; null when it found none. */
export function validationError (infos: ConfigInfos): RestError | null {
  if (infos.error_count === 0) return null
  const messages = infos.configs.flatMap(({ value }) => value?.errors ?? [])
  return new RestError(400, [
    `Connector configuration is invalid and contains the following ${infos.error_count} error(s):`,
    ...messages,
    'You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`'
  ].join('\n'))
}

/** The keys of a plugin, for `GET /connector-plugins/{p}/config`: its own first, then the framework's that it does not redefine. Throws a RestError. */
export async function pluginConfig (plugins: Plugins, name: string, version?: string): Promise<ConfigKeyInfo[]> {
  const types: readonly PluginType[] = ['sink', 'source', 'converter', 'header_converter', 'transformation', 'predicate', 'feed', 'config_provider']
  try {
    for (const type of types) {
      const loaded = await plugins.find(type, name, version)
      if (loaded === null) continue
      const base: ConfigKeys = type === 'sink' ? sinkConnectorKeys.keys : type === 'source' ? sourceConnectorKeys.keys : {}
      const own = (loaded.definition.config as ConfigObject).keys
      const versioned: ConfigKeys = 'connector.plugin.version' in base ? { ...base, 'connector.plugin.version': { ...base['connector.plugin.version']!, default: loaded.entry.version } } : base
      return Object.entries({ ...own, ...Object.fromEntries(Object.entries(versioned).filter(([key]) => !Object.hasOwn(own, key))) }).map(([key, declared]) => keyInfo(key, declared))
    }
  } catch (error) {
    if (error instanceof ConnectError && error.kind === 'config') throw new RestError(400, error.message, { cause: error })
    throw error
  }
  throw new RestError(404, `Unknown plugin ${name}.`)
}
