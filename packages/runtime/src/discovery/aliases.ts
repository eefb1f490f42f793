import type { PluginType } from '../herder/herder.ts'

/** What Java cuts off the end of a simple class name, by the kind of plugin. */
const suffixes: Readonly<Record<PluginType, string>> = {
  source: 'Connector',
  sink: 'Connector',
  transformation: 'Transformation',
  predicate: 'Predicate',
  converter: 'Converter',
  header_converter: 'HeaderConverter',
  feed: 'Feed',
  config_provider: 'ConfigProvider'
}

/** The simple name of a Java class: `org.apache.Cast$Key` is `Key`. */
function simpleName (name: string): string {
  return name.slice(Math.max(name.lastIndexOf('.'), name.lastIndexOf('$')) + 1)
}

/**
 * The short names under which Kafka Connect finds a class: its simple name, and that without the suffix of its kind: `FileStreamSource` is
 * `FileStreamSourceConnector`.
 */
export function aliasesOf (name: string, type: PluginType): string[] {
  const simple = simpleName(name)
  const suffix = suffixes[type]
  const short = simple.endsWith(suffix) && simple.length > suffix.length ? simple.slice(0, -suffix.length) : simple
  return [...new Set([simple, short])].filter(alias => alias !== name)
}
