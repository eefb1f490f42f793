import type { ConfigKeys, RawConfig } from '@tributary/plugin'
import { embed } from './embed.ts'
import type { Plugins } from './plugins.ts'

/** The keys of the feed that a sink connector names in `feed.class`; none when it reads Kafka topics, or the feed is not known. */
export async function feedKeys (raw: RawConfig, plugins: Plugins): Promise<ConfigKeys> {
  const name = raw['feed.class']?.trim() ?? ''
  const loaded = name === '' ? null : await plugins.find('feed', name)
  return loaded === null ? {} : embed('feed.', 'Feed', 0, loaded.definition.config.keys)
}
