import type { ConfigObject, RawConfig } from '@tributary/plugin'
import { ConnectError, redact, t } from '@tributary/plugin'
import { saslKeys, sslKeys } from './client-keys.ts'
import { hasVariable } from './config-transformer.ts'
import { embed } from './embed.ts'
import { feedKeys } from './feed-keys.ts'
import type { Plugins } from './plugins.ts'
import { findConnector } from './plugins.ts'
import { stageKeys } from './stages.ts'

async function declared (raw: RawConfig, plugins: Plugins): Promise<ConfigObject[]> {
  const overrides = ['producer', 'consumer', 'admin'].map(client => t.object(embed(`${client}.override.`, client, 0, { ...sslKeys, ...saslKeys })))
  const connector = await findConnector(plugins, raw['connector.class']?.trim() ?? '', raw['connector.plugin.version'])
  const converters = await Promise.all(['key.converter', 'value.converter', 'header.converter'].map(async key => {
    const name = raw[key]?.trim()
    const loaded = name === undefined ? null : await plugins.find('converter', name) ?? await plugins.find('header_converter', name)
    return loaded === null ? [] : [t.object(embed(`${key}.`, key, 0, (loaded.definition.config as ConfigObject).keys))]
  }))
  const own = connector === null ? [] : [connector.definition.config as ConfigObject]
  return [...own, t.object((await stageKeys(raw, plugins)).keys), t.object(await feedKeys(raw, plugins)), ...overrides, ...converters.flat()]
}

/** Keys that hold secrets whoever declares them; used where a plugin cannot be asked. */
const looksSecret = /(?:^|[._-])(?:password|passphrase|secret|token|credential|jaas\.config|private\.key)(?:$|[._-])/i

/**
 * A connector configuration with secrets as `[hidden]`: those that its plugins declare as such. References to config providers stay, since they
 * tell nothing. Where a plugin cannot be loaded, keys that sound like secrets are hidden.
 */
export async function maskSecrets (raw: RawConfig, plugins: Plugins): Promise<RawConfig> {
  let masked: RawConfig
  try {
    masked = (await declared(raw, plugins)).reduce<RawConfig>((config, object) => redact(object, config), raw)
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error
    masked = Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, looksSecret.test(key) ? '[hidden]' : value]))
  }
  return Object.fromEntries(Object.entries(masked).map(([key, value]) => [key, hasVariable(raw[key]) ? raw[key]! : value]))
}
