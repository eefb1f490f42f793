import type { ConfigObject, RawConfig } from '@tributary/plugin'
import { aliasedKeys, t, unknownKeys, unknownKeyWarning } from '@tributary/plugin'
import { sinkConnectorKeys, sourceConnectorKeys } from './connector-keys.ts'
import { feedKeys } from './feed-keys.ts'
import type { Plugins } from './plugins.ts'
import { findConnector } from './plugins.ts'
import { stageKeys } from './stages.ts'

// Keys with these beginnings belong to clients, converters and topics.
const open = /^(?:(?:producer|consumer|admin)\.override|(?:key|value|header)\.converter|topic\.creation)\./

/**
 * What is odd about a connector configuration, though not wrong: keys that nothing reads, with the one that was probably meant, and old names.
 * Sentences for a warning in the log. Kafka Connect passes such keys on silently.
 */
export async function connectorWarnings (raw: RawConfig, plugins: Plugins): Promise<string[]> {
  const connector = await findConnector(plugins, raw['connector.class']?.trim() ?? '', raw['connector.plugin.version'])
  if (connector === null) return []
  const objects: ConfigObject[] = [
    connector.entry.type === 'sink' ? sinkConnectorKeys : sourceConnectorKeys, connector.definition.config as ConfigObject,
    t.object((await stageKeys(raw, plugins)).keys), t.object(await feedKeys(raw, plugins))
  ]
  const where = `connector "${raw['name'] ?? ''}"`
  return [
    ...unknownKeys(objects, raw).filter(({ key }) => !open.test(key)).map(unknown => unknownKeyWarning(unknown, where)),
    ...aliasedKeys(objects, raw).map(({ key, use }) => `"${key}" in ${where} is an old name, use "${use}".`)
  ]
}
