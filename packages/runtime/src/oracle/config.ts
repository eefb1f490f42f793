import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ConfigKey, ConfigObject, ConfigProblem, ConfigType, RawConfig, Validator } from '@tributary/plugin'
import { configError, parseConfig, Password, t, validateConfig, validators } from '@tributary/plugin'
import { transformConfig } from '../config/config-transformer.ts'
import { readConnectorConfig } from '../config/connector-config.ts'
import { overridePolicy, overrideProblem } from '../config/override-policy.ts'
import { parseProperties } from '../config/properties.ts'
import { createProvider } from '../config/providers.ts'
import { stageKeys } from '../config/stages.ts'
import { usesTopicCreation } from '../config/topic-creation.ts'
import { readWorkerConfig } from '../config/worker-config.ts'
import { discoverPlugins } from '../discovery/discover.ts'
import type { Kinds, OracleCase } from './cases.ts'
import { writeError } from './value.ts'

const plugins = discoverPlugins({ pluginPath: [], workerFile: null })

/** Classes that Java's worker always has: those of TLS and SASL settings too, which no plugin stands for. */
const javaClass = /^(?:java\.(?:lang|util)\.(?:String|Object|Integer|Long|Short|Byte|Boolean|Double|Float|Number|Thread|List|Map|ArrayList|HashMap)|org\.apache\.kafka\.(?:common\..+|connect\.(?:json|storage|converters)\.\w+Converter))$/
// The cases were answered without Connect's class loader, which alone knows aliases.
const exists = (name: string): boolean => javaClass.test(name) || plugins.list().some(entry => entry.class === name || entry.class.startsWith(`${name}$`))
const options = { classExists: exists }

/** A parsed value as the cases print it. */
function shown (value: unknown, type: ConfigType): unknown {
  if (value === null || value === undefined) return null
  if (value instanceof Password) return { password: value.value }
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  return type === 'CLASS' ? { class: value } : value
}

interface Def { name: string, type: ConfigType, default?: unknown, validator?: Record<string, unknown> }

function validatorOf (given: Record<string, unknown>): Validator {
  const [name, argument] = Object.entries(given)[0]!
  const words = argument as string[]
  const [first, second] = Array.isArray(argument) ? argument as unknown[] : []
  switch (name) {
    case 'atLeast': return validators.atLeast(argument as number)
    case 'between': return validators.between(first as number, second as number)
    case 'in': return validators.oneOf(words)
    case 'inIgnoreCase': return validators.oneOfIgnoreCase(words)
    case 'listIn': return validators.listOf(words)
    case 'nonEmpty': return validators.nonEmpty()
    case 'nonEmptyNoControl': return validators.nonEmptyWithoutControl()
    case 'nonNull': return validators.nonNull()
    case 'listSize': return validators.listSize(argument as number)
    case 'anyNonDuplicate': return validators.distinctList({ emptyAllowed: first as boolean, nullAllowed: second as boolean })
    case 'all': return validators.all(...(argument as Record<string, unknown>[]).map(validatorOf))
    default: throw new TypeError(`Unknown validator ${name}`)
  }
}

function parseError (phase: string, problem: ConfigProblem | undefined): ReturnType<typeof writeError>['error'] {
  return writeError(phase, configError(problem?.message ?? '')).error
}

/** A default as Java's `ConfigKey` takes it: text is parsed, and the rule must hold. */
function defaultOf (def: Def, rule: Validator | undefined): unknown {
  const parsed = typeof def.default === 'string' ? parseConfig(t.object({ [def.name]: { type: def.type, description: '' } }), { [def.name]: def.default }, options) : null
  if (parsed !== null && parsed.problems.length > 0) throw configError(parsed.problems[0]!.message)
  const value = parsed === null ? def.default : parsed.value[def.name]
  const problem = rule?.check(def.name, value, def.type) ?? null
  if (problem !== null) throw configError(problem)
  return value
}

function configdef (given: OracleCase): unknown {
  const defs = given['defs'] as Def[]
  const props = given['props'] as RawConfig
  let keys: Record<string, ConfigKey>
  try {
    keys = Object.fromEntries(defs.map(def => {
      const rule = def.validator === undefined || def.validator === null ? undefined : validatorOf(def.validator)
      const key: ConfigKey = { type: def.type, description: '', ...rule === undefined ? {} : { validator: rule }, ...Object.hasOwn(def, 'default') ? { default: defaultOf(def, rule) } : {} }
      return [def.name, key]
    }))
  } catch (error) {
    return error instanceof TypeError ? { error: nullPointer('define') } : writeError('define', error)
  }
  const object = t.object(keys)
  return { ...parseAnswer(defs, object, props), ...validateAnswer(defs, object, props) }
}

/** Java's error where a rule on a list meets none. */
function nullPointer (phase: string): unknown {
  const error = Object.assign(new Error('Cannot invoke "java.util.List.size()" because "values" is null'), { javaClass: 'java.lang.NullPointerException' })
  return writeError(phase, error).error
}

function parseAnswer (defs: readonly Def[], object: ConfigObject, props: RawConfig): object {
  try {
    const { value, problems } = parseConfig(object, props, options)
    if (problems.length > 0) return { parseError: parseError('parse', problems[0]) }
    return { parsed: Object.fromEntries(defs.map(({ name, type }) => [name, shown((value as Record<string, unknown>)[name], type)])) }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return { parseError: nullPointer('parse') }
  }
}

function validateAnswer (defs: readonly Def[], object: ConfigObject, props: RawConfig): object {
  try {
    const reports = validateConfig(object, props, options)
    return { validate: defs.map(({ name, type }) => ({ name, value: shown(reports.get(name)!.value, type), errors: reports.get(name)!.errors, visible: true })) }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return { validateError: nullPointer('validate') }
  }
}

function selected (values: Readonly<Record<string, unknown>>, keys: Readonly<Record<string, ConfigKey>>, show: readonly string[]): unknown {
  return { values: Object.fromEntries(show.map(name => [name, shown(values[name], keys[name]?.type ?? 'STRING')])), ok: true }
}

async function workerconfig (given: OracleCase): Promise<unknown> {
  const { distributedWorkerKeys } = await import('../config/worker-keys.ts')
  try {
    const { value, problems } = await readWorkerConfig(given['mode'] as 'standalone' | 'distributed', given['config'] as RawConfig, options)
    if (value === null) return { error: parseError('config', problems[0]) }
    return selected(value.values, distributedWorkerKeys.keys, given['show'] as string[])
  } catch (error) {
    return writeError('config', error)
  }
}

async function connectorconfig (given: OracleCase): Promise<unknown> {
  const { sinkConnectorKeys, sourceConnectorKeys } = await import('../config/connector-keys.ts')
  const kind = given['role'] as 'source' | 'sink'
  try {
    const { value, problems } = await readConnectorConfig(kind, given['config'] as RawConfig, plugins, { topicCreation: true, classExists: exists })
    if (value === null) return { error: parseError('config', problems[0]) }
    const stages = await stageKeys(value.raw, plugins, exists)
    const stageValues = parseConfig(t.object(stages.keys), value.raw, options).value as Readonly<Record<string, unknown>>
    return selected({ ...value.values, ...stageValues }, { ...kind === 'sink' ? sinkConnectorKeys.keys : sourceConnectorKeys.keys, ...stages.keys }, given['show'] as string[])
  } catch (error) {
    return writeError('config', error)
  }
}

async function topiccreation (given: OracleCase): Promise<unknown> {
  const config = given['config'] as RawConfig
  try {
    const { value, problems } = await readConnectorConfig('source', config, plugins, { topicCreation: true, classExists: exists })
    if (value === null || value.kind !== 'source') return { error: parseError('config', problems[0]) }
    if (!usesTopicCreation(config)) return { uses: false }
    const topics = (given['topics'] as string[]).map(topic => {
      const { partitions, replicationFactor, configs } = value.topicGroups.find(group => group.matches(topic))!
      return { topic, partitions, replicationFactor, configs }
    })
    return { uses: true, topics }
  } catch (error) {
    return writeError('config', error)
  }
}

interface ProviderSpec { class: string, config: RawConfig }

async function configprovider (given: OracleCase): Promise<unknown> {
  const folder = '/tmp/oracle-files'
  rmSync(folder, { recursive: true, force: true })
  for (const [name, text] of Object.entries(given['files'] as RawConfig)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  let phase = 'configure'
  try {
    const providers = new Map(Object.entries(given['providers'] as Record<string, ProviderSpec>).map(([name, { class: className, config }]) => [name, createProvider(className, config, `config.providers.${name}.class`)]))
    phase = 'transform'
    return { config: (await transformConfig(providers, given['config'] as RawConfig)).config }
  } catch (error) {
    return writeError(phase, error)
  }
}

function overridepolicy (given: OracleCase): unknown {
  try {
    const policy = overridePolicy(given['class'] as string, given['policyConfig'] as RawConfig)
    return {
      values: Object.entries(given['clientConfig'] as RawConfig).map(([name, value]) => {
        const problem = overrideProblem(policy, name)
        return { name, value, errors: problem === null ? [] : [problem] }
      })
    }
  } catch (error) {
    return writeError('configure', error)
  }
}

function properties (given: OracleCase): unknown {
  try {
    // The cases were read as ISO-8859-1, which has no more than these characters.
    const text = Array.from(given['text'] as string, char => char <= '\u00ff' ? char : '?').join('')
    return { properties: Object.fromEntries(parseProperties(text)) }
  } catch (error) {
    return writeError('load', error)
  }
}

/** Cases about configuration. */
export const kinds: Kinds = { properties, configdef, workerconfig, connectorconfig, configprovider, topiccreation, overridepolicy }
