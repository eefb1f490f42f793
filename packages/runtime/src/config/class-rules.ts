import type { ConfigKey, ConfigKeys, ConfigObject, Validator } from '@tributary/plugin'
import type { PluginType } from '../herder/herder.ts'
import type { PluginEntry, Plugins } from './plugins.ts'
import { isPlugin } from './plugins.ts'

const interfaces: Readonly<Record<PluginType, string>> = {
  source: 'Connector', sink: 'Connector', transformation: 'Transformation', predicate: 'Predicate', converter: 'Converter', header_converter: 'HeaderConverter', feed: 'Feed', config_provider: 'ConfigProvider'
}

function entriesOf (plugins: Plugins, name: string): PluginEntry[] {
  return plugins.list().filter(entry => entry.class === name || entry.aliases.includes(name))
}

/** Nested classes of an abstract class that can be used instead of it, such as `Cast$Key` and `Cast$Value` of `Cast`. */
function nested (plugins: Plugins, name: string, type: PluginType): string[] {
  return plugins.list().filter(entry => entry.type === type && entry.class.startsWith(`${name}$`)).map(entry => entry.class)
}

/** Why a class cannot serve as a plugin of a type, in Kafka's words, or null. The class is known to exist. */
export function classProblem (plugins: Plugins, type: PluginType, name: string): string | null {
  const entries = entriesOf(plugins, name)
  if (entries.some(entry => entry.type === type)) return null
  const forms = entries.length === 0 ? nested(plugins, name, type) : []
  if (forms.length > 0) return `This class is abstract and cannot be created. Did you mean ${forms.join(', ')}?`
  return `Class class ${entries[0]?.class ?? name} does not implement the ${interfaces[type]} interface`
}

/** A rule for keys that name a plugin of a type; null passes, since the class was not found and that is already said. */
export function classRule (plugins: Plugins, type: PluginType): Validator {
  return {
    allowed: `A concrete subclass of org.apache.kafka.connect.storage.${interfaces[type]}, A class with a public, no-argument constructor`,
    check: (_key, value) => value === null ? null : classProblem(plugins, type, value as string)
  }
}

/** Whether a name can be loaded as a class: a plugin, the abstract form of one, or, for keys about other things, some class. */
export function classExists (plugins: Plugins, name: string): boolean {
  // Classes of the Java library can be loaded in Kafka Connect, and are then refused for what they are.
  return isPlugin(plugins, name) || /^java\.(?:lang|util|io|net|math)\.[A-Z]\w*$/.test(name) || plugins.list().some(entry => entry.class.startsWith(`${name}$`))
}

/** The keys of a connector, with rules for those that name plugins. */
export function withClassRules<K extends ConfigKeys> (object: ConfigObject<K>, plugins: Plugins): ConfigObject<K> {
  const types: Readonly<Record<string, PluginType>> = { 'key.converter': 'converter', 'value.converter': 'converter', 'header.converter': 'header_converter', 'feed.class': 'feed' }
  return { keys: Object.fromEntries(Object.entries(object.keys).map(([name, key]): [string, ConfigKey] => {
    const type = types[name]
    return [name, type === undefined ? key : { ...key, validator: classRule(plugins, type) }]
  })) as unknown as K }
}
