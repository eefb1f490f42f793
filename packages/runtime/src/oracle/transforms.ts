import { ConnectError, configError, trimmedList } from '@tributary/plugin'
import type { ConnectRecord, RawConfig } from '@tributary/plugin'
import { readConnectorConfig } from '../config/connector-config.ts'
import { stageConfigs } from '../config/stages.ts'
import { withPrefix } from '../config/worker-config.ts'
import { discoverPlugins } from '../discovery/discover.ts'
import { createTransformChain } from '../transform-chain.ts'
import { configured } from './configured.ts'
import type { Kinds, OracleCase } from './cases.ts'
import { readRecord, writeError, writeRecord } from './value.ts'

interface PluginCase extends OracleCase { class: string, config: RawConfig, record: unknown }
interface ChainCase extends OracleCase { role: 'source' | 'sink', config: RawConfig, record: unknown }

const plugins = discoverPlugins({ pluginPath: [], workerFile: null })

async function definitionOf<T extends 'transformation' | 'predicate'> (type: T, name: string) {
  const loaded = await plugins.find(type, name)
  if (loaded === null) throw new ConnectError('CLASS', 'config', name, { javaClass: 'java.lang.ClassNotFoundException' })
  return loaded.definition
}

/** Makes something of a configuration, and uses it on a record; each may fail. */
async function inPhases<T> (make: () => Promise<T>, use: (made: T, record: ConnectRecord) => unknown, record: unknown): Promise<unknown> {
  let made: T
  try {
    made = await make()
  } catch (error) {
    return writeError('configure', error)
  }
  try {
    return use(made, readRecord(record))
  } catch (error) {
    return writeError('apply', error)
  }
}

function written (record: ConnectRecord | null): unknown {
  return record === null ? { dropped: true } : { record: writeRecord(record) }
}

async function transform ({ class: name, config, record }: PluginCase): Promise<unknown> {
  return inPhases(async () => {
    const definition = await definitionOf('transformation', name)
    return definition.create(configured(definition.config, config), config)
  }, (apply, given) => written(apply(given)), record)
}

async function predicate ({ class: name, config, record }: PluginCase): Promise<unknown> {
  return inPhases(async () => {
    const definition = await definitionOf('predicate', name)
    return definition.create(configured(definition.config, config), config)
  }, (test, given) => ({ result: test(given) }), record)
}

/** Java configures transforms one after the other, before it looks for predicates that are not there, and wraps what they throw. */
async function configuredAsByJava (alias: string, config: RawConfig): Promise<void> {
  const prefix = `transforms.${alias}.`
  const definition = await definitionOf('transformation', config[`${prefix}type`]!.trim())
  const raw = withPrefix(config, prefix)
  const parsed = configured(definition.config, raw)
  try {
    definition.create(parsed, raw)
  } catch (cause) {
    const { javaClass, message } = cause as ConnectError
    throw new ConnectError('TRANSFORM', 'config', `${javaClass}: ${message}`, { cause, javaClass: 'org.apache.kafka.connect.errors.ConnectException' })
  }
}

async function chain ({ role, config, record }: ChainCase): Promise<unknown> {
  return inPhases(async () => {
    const { problems } = await readConnectorConfig(role, config, plugins)
    const first = problems.find(({ key }) => !key.endsWith('.predicate'))
    if (first !== undefined) throw configError(first.message)
    for (const alias of trimmedList(config['transforms'] ?? '')) await configuredAsByJava(alias, config)
    if (problems.length > 0) throw configError(problems[0]!.message)
    return createTransformChain(await stageConfigs(config, plugins))
  }, (made, given) => written(made.apply([given], (_index, _stage, error) => { throw error })[0]!), record)
}

/** Cases of transforms and predicates, alone and in a chain. */
export const kinds: Kinds = {
  transform: given => transform(given as PluginCase),
  predicate: given => predicate(given as PluginCase),
  chain: given => chain(given as ChainCase)
}
