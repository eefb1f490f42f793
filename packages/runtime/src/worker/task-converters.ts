import { type Converter, configError, configOf, type HeaderConverter, type RawConfig } from '@tributary/plugin'
import type { Plugins } from '../config/plugins.ts'
import { withPrefix } from '../config/worker-config.ts'

const simpleHeaderConverter = 'org.apache.kafka.connect.storage.SimpleHeaderConverter'

/** A converter with the class name that errors and dead letters show. */
export interface Named<T> {
  readonly className: string
  readonly converter: T
}

export interface TaskConverters {
  readonly key: Named<Converter>
  readonly value: Named<Converter>
  readonly header: Named<HeaderConverter>
}

interface Choice { readonly name: string, readonly version: string | undefined, readonly raw: RawConfig }

/** The class of a converter as it is configured: the connector's own, else the worker's; undefined where neither names one that is needed. */
export function converterName (key: string, connector: RawConfig, worker: RawConfig): string | undefined {
  return (connector[key] ?? worker[key] ?? (key === 'header.converter' ? simpleHeaderConverter : undefined))?.trim()
}

/**
 * The class and configuration of a converter. A connector that names its own class configures it all by itself; one that does not gets the
 * worker's class with the worker's keys alone, as in Java.
 */
function choose (key: string, connector: RawConfig, worker: RawConfig): Choice {
  const name = converterName(key, connector, worker)
  if (name === undefined) throw configError(`Missing required configuration "${key}" which has no default value.`)
  const owner = connector[key] === undefined ? worker : connector
  return { name, version: owner[`${key}.plugin.version`], raw: withPrefix(owner, `${key}.`) }
}

async function open<T extends 'converter' | 'header_converter'> (key: string, type: T, connector: RawConfig, worker: RawConfig, plugins: Plugins) {
  const { name, version, raw } = choose(key, connector, worker)
  const found = await plugins.find(type, name, version)
  if (found === null) throw configError(`Invalid value ${name} for configuration ${key}: Class ${name} could not be found.`)
  return { className: found.entry.class, definition: found.definition, config: configOf(found.definition.config, raw), raw }
}

async function openConverter (key: 'key.converter' | 'value.converter', connector: RawConfig, worker: RawConfig, plugins: Plugins): Promise<Named<Converter>> {
  const { className, definition, config, raw } = await open(key, 'converter', connector, worker, plugins)
  if (definition.create === undefined) throw configError(`${key}: ${className} converts headers only.`)
  return { className, converter: definition.create(config as never, { isKey: key === 'key.converter', raw }) }
}

/** Makes the three converters of a task from its connector's and its worker's configuration. */
export async function openConverters (connector: RawConfig, worker: RawConfig, plugins: Plugins): Promise<TaskConverters> {
  const { className, definition, config, raw } = await open('header.converter', 'header_converter', connector, worker, plugins)
  if (definition.createHeader === undefined) throw configError(`header.converter: ${className} cannot convert headers.`)
  return {
    key: await openConverter('key.converter', connector, worker, plugins),
    value: await openConverter('value.converter', connector, worker, plugins),
    header: { className, converter: definition.createHeader(config as never, { raw }) }
  }
}
