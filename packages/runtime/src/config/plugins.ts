import type { ConfigProviderDefinition, ConverterDefinition, FeedDefinition, PredicateDefinition, SinkDefinition, SourceDefinition, TransformDefinition } from '@tributary/plugin'
import type { PluginType } from '../herder/herder.ts'

interface Definitions {
  source: SourceDefinition
  sink: SinkDefinition
  transformation: TransformDefinition
  predicate: PredicateDefinition
  converter: ConverterDefinition
  header_converter: ConverterDefinition
  feed: FeedDefinition
  config_provider: ConfigProviderDefinition
}

/** What a plugin of a type exports. Header converters are converters with `createHeader`. */
export type DefinitionOf<T extends PluginType> = Definitions[T]

/** A plugin that was found; none of its code has run. A package that serves as converter and header converter has two entries. */
export interface PluginEntry<T extends PluginType = PluginType> {
  /** The name in configurations and in REST: a Java class name, `$` before nested classes, or a name of the package's own. */
  readonly class: string
  readonly type: T
  /** null: not known; REST leaves it out. */
  readonly version: string | null
  /** Further names: the simple class name, the same without its type suffix, the package's own. An ambiguous one stands in none. */
  readonly aliases: readonly string[]
  /** Imports the module, once. Throws a ConnectError of kind `config` that names package and reason when it cannot. */
  load (): Promise<DefinitionOf<T>>
}

/** A plugin with its code. */
export interface LoadedPlugin<T extends PluginType> {
  readonly entry: PluginEntry<T>
  readonly definition: DefinitionOf<T>
}

/** The plugins of a worker. Connectors are found by either type; see {@link findConnector}. */
export interface Plugins {
  /** Everything found, also several versions of one class, in REST's order: sinks, sources, transformations, predicates, converters, header converters, feeds, config providers; by class within a type. */
  list (): readonly PluginEntry[]
  /**
   * Loads a plugin by class name or alias; null when there is none of this type. Of several versions the newest, or the newest in `version`, a
   * Maven range such as `[1.0,2.0)` (a bare version means exactly it, `latest` the newest).
   */
  find<T extends PluginType> (type: T, name: string, version?: string): Promise<LoadedPlugin<T> | null>
}

/** A connector's plugin, source or sink; null when there is none of this name. */
export async function findConnector (plugins: Plugins, name: string, version?: string): Promise<LoadedPlugin<'source'> | LoadedPlugin<'sink'> | null> {
  return await plugins.find('source', name, version) ?? await plugins.find('sink', name, version)
}

/** The entry of a plugin of one of these types, or of any, by class name or alias; runs none of its code. null when there is none of this name. */
export function pluginEntry (plugins: Plugins, name: string, types?: readonly PluginType[]): PluginEntry | null {
  return plugins.list().find(entry => (types?.includes(entry.type) ?? true) && (entry.class === name || entry.aliases.includes(name))) ?? null
}

/** Whether a name, or alias, belongs to a plugin of one of these types, or of any. */
export function isPlugin (plugins: Plugins, name: string, types?: readonly PluginType[]): boolean { return pluginEntry(plugins, name, types) !== null }

/** The entry of a connector, source or sink. */
export function connectorEntry (plugins: Plugins, name: string): PluginEntry | null { return pluginEntry(plugins, name, ['source', 'sink']) }
