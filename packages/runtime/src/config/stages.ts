import type { ConfigKey, ConfigKeys, ConfigProblem, PredicateDefinition, RawConfig, TransformDefinition } from '@tributary/plugin'
import { configError, configOf, invalidValue, problemsError, t, trimmedList } from '@tributary/plugin'
import { classExists, classProblem } from './class-rules.ts'
import { embed } from './embed.ts'
import type { Plugins } from './plugins.ts'
import { withPrefix } from './worker-config.ts'

/** A predicate of a connector, ready to be made. */
export interface PredicateConfig {
  readonly alias: string
  readonly class: string
  readonly version: string | null
  readonly definition: PredicateDefinition
  readonly config: unknown
  readonly raw: RawConfig
}

/** A transform of a connector with its condition, ready to be made. */
export interface StageConfig {
  readonly alias: string
  readonly class: string
  readonly version: string | null
  readonly definition: TransformDefinition
  readonly config: unknown
  readonly raw: RawConfig
  /** null: every record. */
  readonly predicate: PredicateConfig | null
  readonly negate: boolean
}

interface Kind {
  readonly list: 'transforms' | 'predicates'
  readonly group: string
  readonly type: 'transformation' | 'predicate'
  readonly word: string
  /** Keys that every one of the kind has, before its own. */
  readonly implicit: ConfigKeys
}

const kinds: readonly Kind[] = [
  {
    list: 'transforms', group: 'Transforms', type: 'transformation', word: 'Transformation',
    implicit: {
      predicate: t.string({ description: 'Name of the predicate that decides whether the transform applies', default: null }),
      negate: t.boolean({ description: 'Whether the transform applies where the predicate does not', default: false })
    }
  },
  { list: 'predicates', group: 'Predicates', type: 'predicate', word: 'Predicate', implicit: {} }
]

function negateProblem (raw: RawConfig, prefix: string): string | null {
  const negate = `${prefix}negate`
  const predicate = `${prefix}predicate`
  if (!Object.hasOwn(raw, negate) || Object.hasOwn(raw, predicate)) return null
  return `Config '${negate}' was provided but there is no config '${predicate}' defining a predicate to be negated.`
}

/** Whether a class can be loaded. */
type Exists = (name: string) => boolean

interface PluginKeys {
  keys: ConfigKeys
  problem: string | null
  /** What the plugin is called and its version, once it is found. */
  found: { class: string, version: string | null } | null
}

/** The keys of transforms and predicates, and why those of some are missing. */
export interface StageKeys { keys: ConfigKeys, problems: ConfigProblem[] }

/** The keys that a transform or predicate declares itself. */
async function ownKeys (kind: Kind, typeKey: string, raw: RawConfig, plugins: Plugins, exists: Exists): Promise<PluginKeys> {
  const given = raw[typeKey]
  const none = (problem: string): PluginKeys => ({ keys: {}, problem, found: null })
  if (given == null) return none(invalidValue(typeKey, null, `Not a ${kind.word}`))
  if (raw['connector.class'] == null) return { keys: {}, problem: null, found: null }
  const name = given.trim()
  if (!exists(name)) return none(invalidValue(typeKey, given, `Class ${given} could not be found.`))
  const problem = classProblem(plugins, kind.type, name)
  if (problem !== null) return none(problem)
  const loaded = await plugins.find(kind.type, name, raw[typeKey.replace(/type$/, 'plugin.version')])
  if (loaded === null) return none(`Plugin ${name} not found that matches the version range ${raw[typeKey.replace(/type$/, 'plugin.version')] ?? ''}`)
  return { keys: loaded.definition.config.keys, problem: null, found: loaded.entry }
}

async function keysOf (kind: Kind, alias: string, raw: RawConfig, plugins: Plugins, exists: Exists): Promise<PluginKeys> {
  const prefix = `${kind.list}.${alias}.`
  const group = `${kind.group}: ${alias}`
  const typeKey = `${prefix}type`
  const own = await ownKeys(kind, typeKey, raw, plugins, exists)
  const type: ConfigKey = {
    ...t.class({ description: `Class of the ${kind.word.toLowerCase()} ${alias}`, importance: 'HIGH', group, orderInGroup: 0, width: 'LONG', displayName: `${kind.word} type for ${alias}` }),
    validator: {
      allowed: `valid configs for ${alias} ${kind.word.toLowerCase()}`,
      check: (_key, value) => (kind.list === 'transforms' ? negateProblem(raw, prefix) : null) ?? (value === null ? null : own.problem)
    },
    recommend: () => plugins.list().filter(entry => entry.type === kind.type).map(entry => entry.class)
  } as ConfigKey
  const version: ConfigKey<string | null> = t.string({ description: `Version of the ${kind.word.toLowerCase()} ${alias}`, default: null, importance: 'HIGH', group, orderInGroup: 1, width: 'LONG', displayName: `${kind.word} version for ${alias}` })
  const versions = (): string[] => plugins.list().filter(entry => entry.class === own.found?.class && entry.version !== null).map(entry => entry.version!)
  const keys = { [typeKey]: type, [`${prefix}plugin.version`]: { ...version, default: own.found?.version ?? null, recommend: versions } as ConfigKey }
  if (own.problem !== null) return { ...own, keys }
  return { ...own, keys: { ...keys, ...embed(prefix, group, 2, { ...own.keys, ...kind.implicit }) } }
}

/**
 * The keys of all transforms and predicates that a connector configuration names. Problems say which plugins cannot be had; the rule of the
 * `type` key says it too, when it is asked.
 */
export async function stageKeys (raw: RawConfig, plugins: Plugins, exists: Exists = name => classExists(plugins, name)): Promise<StageKeys> {
  let keys: ConfigKeys = {}
  const problems: ConfigProblem[] = []
  for (const kind of kinds) {
    for (const alias of new Set(trimmedList(raw[kind.list]))) {
      const found = await keysOf(kind, alias, raw, plugins, exists)
      keys = { ...keys, ...found.keys }
      if (found.problem !== null) problems.push({ key: `${kind.list}.${alias}.type`, message: found.problem })
    }
  }
  return { keys, problems }
}

async function predicateConfig (alias: string, transform: string, raw: RawConfig, plugins: Plugins): Promise<PredicateConfig> {
  const prefix = `predicates.${alias}.`
  const given = raw[`${prefix}type`]
  if (!trimmedList(raw['predicates']).includes(alias) || given === undefined) {
    throw configError(`transforms.${transform}.predicate names the predicate "${alias}", which "predicates" does not list.`)
  }
  const loaded = await plugins.find('predicate', given.trim(), raw[`${prefix}plugin.version`])
  if (loaded === null) throw configError(invalidValue(`${prefix}type`, given, `Class ${given} could not be found.`))
  const own = withPrefix(raw, prefix)
  return { alias, class: loaded.entry.class, version: loaded.entry.version, definition: loaded.definition, config: configOf(loaded.definition.config, own), raw: own }
}

/**
 * The transforms of a connector in order, each with its parsed configuration. The configuration was validated before; throws a ConnectError of
 * kind `config` for what only shows when keys are seen together.
 */
export async function stageConfigs (raw: RawConfig, plugins: Plugins): Promise<StageConfig[]> {
  const stages: StageConfig[] = []
  for (const alias of trimmedList(raw['transforms'])) {
    const prefix = `transforms.${alias}.`
    const given = raw[`${prefix}type`] ?? ''
    const loaded = await plugins.find('transformation', given.trim(), raw[`${prefix}plugin.version`])
    if (loaded === null) throw configError(invalidValue(`${prefix}type`, given, `Class ${given} could not be found.`))
    const { predicate, negate, ...own } = withPrefix(raw, prefix)
    const config = configOf(loaded.definition.config, own)
    const problems = loaded.definition.validate?.(config, own) ?? []
    if (problems.length > 0) throw problemsError(problems)
    stages.push({
      alias, class: loaded.entry.class, version: loaded.entry.version, definition: loaded.definition, config, raw: own,
      predicate: predicate === undefined ? null : await predicateConfig(predicate.trim(), alias, raw, plugins),
      negate: negate?.trim().toLowerCase() === 'true'
    })
  }
  return stages
}
