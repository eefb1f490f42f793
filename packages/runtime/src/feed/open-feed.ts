import { configError, configOf, type Feed, type FeedContext, type FeedDefinition, type RawConfig, trimmedList, wholeMatch } from '@tributary/plugin'
import { withPrefix } from '../config/worker-config.ts'
import type { TaskServices } from '../worker/task-services.ts'
import type { TaskSpec } from '../worker/task-spec.ts'

function subscriptionOf (config: RawConfig): { topics: readonly string[] } | { pattern: RegExp } {
  const regex = config['topics.regex']?.trim() ?? ''
  return regex === '' ? { topics: trimmedList(config.topics) } : { pattern: wholeMatch(regex) }
}

/** Opens what a sink task reads: the feed that `feed.class` names, else the Kafka topics of the connector. */
export async function openFeed (spec: TaskSpec, services: TaskServices, context: Omit<FeedContext<unknown>, 'config' | 'raw'>): Promise<Feed> {
  const name = spec.taskConfig['feed.class']?.trim() ?? ''
  if (name === '') {
    const kafka = await services.kafka()
    return await kafka.consumer(spec.clients.consumer, subscriptionOf(spec.taskConfig), context)
  }
  const loaded = await services.plugins.find('feed', name)
  if (loaded === null) throw configError(`Invalid value ${name} for configuration feed.class: Class ${name} could not be found.`)
  const raw = withPrefix(spec.taskConfig, 'feed.')
  const definition = loaded.definition as FeedDefinition
  return await definition.open({ ...context, raw, config: configOf(definition.config, raw) as never })
}
