import { ConnectError } from '@tributary/plugin'
import type { DefinitionOf, LoadedPlugin, PluginEntry, Plugins } from '../config/plugins.ts'
import type { ConnectorCode } from '../connector-code/connector-code.ts'
import type { PluginType } from '../herder/herder.ts'
import { loadPlugin } from './load-plugin.ts'
import { manifestKinds, type PluginRecord } from './manifest.ts'
import { compareVersions, isInRange } from './versions.ts'

const order: readonly PluginType[] = Object.values(manifestKinds)

class Entry<T extends PluginType> implements PluginEntry<T> {
  readonly record: PluginRecord
  readonly type: T
  readonly aliases: readonly string[]
  /** Where the connector's own code runs; null: right here. */
  code: ConnectorCode | null = null
  #definition: Promise<DefinitionOf<T>> | undefined

  constructor (record: PluginRecord, type: T, aliases: readonly string[]) {
    this.record = record
    this.type = type
    this.aliases = aliases
  }

  get class (): string { return this.record.class }

  get version (): string | null { return this.record.version === 'undefined' ? null : this.record.version }

  load (): Promise<DefinitionOf<T>> {
    this.#definition ??= this.#load()
    return this.#definition
  }

  async #load (): Promise<DefinitionOf<T>> {
    await this.code?.tryImport(this.record)
    const definition = await loadPlugin(this.record)
    const isConnector = this.type === 'source' || this.type === 'sink'
    return (isConnector && this.code !== null ? this.code.isolated(definition as DefinitionOf<'source' | 'sink'>, this.record) : definition) as DefinitionOf<T>
  }
}

/** The plugins that were found, by class name and alias. Made from plain records, so a task's thread makes its own without looking again. */
export class PluginCatalog implements Plugins {
  readonly records: readonly PluginRecord[]
  /** Sentences on folders and manifests that were passed over, or understood with doubt; for the log of the worker. */
  readonly problems: readonly string[]
  readonly #entries: readonly Entry<PluginType>[]

  constructor (records: readonly PluginRecord[], problems: readonly string[] = []) {
    this.records = records
    this.problems = problems
    const unambiguous = unambiguousAliases(records)
    this.#entries = records
      .map(record => new Entry(record, record.type, record.aliases.filter(alias => unambiguous.get(record.type)?.get(alias) === record.class)))
      .toSorted((a, b) => order.indexOf(a.type) - order.indexOf(b.type) || (a.class < b.class ? -1 : a.class > b.class ? 1 : 0))
  }

  list (): readonly PluginEntry[] { return this.#entries }

  /** From now on gives connectors whose own code runs in threads of `code`. Called in a worker's main thread, before any plugin is loaded. */
  isolate (code: ConnectorCode): void {
    for (const entry of this.#entries) entry.code = code
  }

  async find<T extends PluginType> (type: T, name: string, version?: string): Promise<LoadedPlugin<T> | null> {
    const named = this.#entries.filter(entry => entry.type === type && (entry.class === name || entry.aliases.includes(name)))
    const inRange = named.filter(entry => isInRange(entry.record.version, version))
    if (named.length > 0 && inRange.length === 0) {
      const available = named.map(entry => entry.record.version).toSorted(compareVersions).join(', ')
      throw new ConnectError('PLUGIN_VERSION', 'config', `Plugin ${named[0]!.class} not found that matches the version range ${version}, available versions: [${available}]`)
    }
    const newest = inRange.toSorted((a, b) => compareVersions(b.record.version, a.record.version))[0] as Entry<T> | undefined
    return newest === undefined ? null : { entry: newest, definition: await newest.load() }
  }
}

/** For each type, the classes that aliases stand for; an alias of two classes stands for none. */
function unambiguousAliases (records: readonly PluginRecord[]): Map<PluginType, Map<string, string | null>> {
  const all = new Map<PluginType, Map<string, string | null>>()
  for (const { type, class: name, aliases } of records) {
    const ofType = all.get(type) ?? new Map<string, string | null>()
    all.set(type, ofType)
    for (const alias of aliases) {
      const owner = ofType.get(alias)
      ofType.set(alias, owner === undefined || owner === name ? name : null)
    }
  }
  return all
}
