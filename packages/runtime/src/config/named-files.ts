import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { ConfigObject, RawConfig } from '@tributary/plugin'
import { findConnector, type Plugins } from './plugins.ts'

/**
 * A connector's configuration with full paths for files that lie beside the connector's own file and not in the working directory, where Kafka
 * Connect alone looks. Only for keys that say that they name a file; a configuration that is wrong otherwise is left for its validation.
 */
export async function withNamedFiles (config: RawConfig, connectorFile: string, plugins: Plugins): Promise<RawConfig> {
  const loaded = await findConnector(plugins, config['connector.class']?.trim() ?? '', config['connector.plugin.version']).catch(() => null)
  if (loaded === null) return config
  const folder = dirname(resolve(connectorFile))
  const found = Object.entries((loaded.definition.config as ConfigObject).keys).flatMap(([name, { namesFile }]) => {
    const path = config[name]?.trim() ?? ''
    if (namesFile !== true || path === '' || isAbsolute(path) || existsSync(path)) return []
    const beside = join(folder, path)
    return existsSync(beside) ? [[name, beside] as const] : []
  })
  return found.length === 0 ? config : { ...config, ...Object.fromEntries(found) }
}
