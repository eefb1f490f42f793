import type { RawConfig } from '@tributary/plugin'
import { ConnectError } from '@tributary/plugin'
import { RestError } from '../herder/rest-error.ts'
import type { LoadedPlugin, Plugins } from './plugins.ts'
import { findConnector } from './plugins.ts'

export type LoadedConnector = LoadedPlugin<'source'> | LoadedPlugin<'sink'>

/** A connector's plugin, or why the wanted version of it cannot be had. */
export interface ConnectorLookup {
  readonly connector: LoadedConnector
  /** null: the version is there. */
  readonly versionProblem: string | null
}

/** The class names of all connectors, as messages list them. */
function connectorNames (plugins: Plugins): string {
  return plugins.list().filter(({ type }) => type === 'source' || type === 'sink').map(entry => entry.class).join(', ')
}

/** Finds the connector that a configuration names. Throws a RestError 400 when it names none, or one that nobody knows. */
export async function lookUpConnector (raw: RawConfig, plugins: Plugins): Promise<ConnectorLookup> {
  const name = raw['connector.class']
  // Only names of keys: values may be secrets.
  if (name == null) throw new RestError(400, `Connector config {${Object.keys(raw).join(', ')}} contains no connector type`)
  const unknown = (): RestError => new RestError(400, `Failed to find any class that implements Connector and which name matches ${name}, available connectors are: ${connectorNames(plugins)}`)
  let versionProblem: string | null = null
  let connector: LoadedConnector | null
  try {
    connector = await findConnector(plugins, name.trim(), raw['connector.plugin.version'])
  } catch (error) {
    if (!(error instanceof ConnectError) || error.code !== 'PLUGIN_VERSION') throw error
    versionProblem = error.message
    connector = await findConnector(plugins, name.trim())
  }
  if (connector === null) throw unknown()
  return { connector, versionProblem }
}
