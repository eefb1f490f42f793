import type { RawConfig } from '@tributary/plugin'
import type { ConfigProvider, Provided } from './providers.ts'

/** A configuration with its variables replaced. */
export interface Transformed {
  readonly config: RawConfig
  /** The shortest time, in milliseconds, after which a value should be looked up again; null: never. */
  readonly ttlMs: number | null
}

// ${provider:key} or ${provider:path:key}: the path ends at the first colon after the provider, the key may hold more.
const variable = /\$\{([^}]*?):(?:([^}]*?):)?([^}]*?)\}/g

/** Whether a text refers to a provider. */
export function hasVariable (text: string | null | undefined): boolean {
  return text != null && new RegExp(variable.source).test(text)
}

async function lookUp (providers: ReadonlyMap<string, ConfigProvider>, texts: readonly string[]): Promise<Map<string, Map<string, Provided>>> {
  const wanted = new Map<string, Map<string, Set<string>>>()
  for (const text of texts) {
    for (const [, provider = '', path = '', key = ''] of text.matchAll(variable)) {
      if (!providers.has(provider)) continue
      const paths = wanted.get(provider) ?? new Map<string, Set<string>>()
      wanted.set(provider, paths.set(path, (paths.get(path) ?? new Set()).add(key)))
    }
  }
  const found = new Map<string, Map<string, Provided>>()
  for (const [provider, paths] of wanted) {
    const byPath = new Map<string, Provided>()
    for (const [path, keys] of paths) byPath.set(path, await providers.get(provider)!.get(path, keys))
    found.set(provider, byPath)
  }
  return found
}

/**
 * Replaces variables in the values of a configuration, in one pass; what a provider returns is not looked at again. A variable of an unknown
 * provider, or without a value, stays as it is.
 */
export async function transformConfig (providers: ReadonlyMap<string, ConfigProvider>, config: RawConfig): Promise<Transformed> {
  if (providers.size === 0) return { config, ttlMs: null }
  const found = await lookUp(providers, Object.values(config).filter(text => text !== null))
  if (found.size === 0) return { config, ttlMs: null }
  const replace = (text: string): string => text.replace(variable, (whole, provider: string, path: string | undefined, key: string) => found.get(provider)?.get(path ?? '')?.values.get(key) ?? whole)
  const ttls = [...found.values()].flatMap(paths => [...paths.values()]).map(provided => provided.ttlMs).filter(ttl => ttl !== null && ttl >= 0)
  return {
    config: Object.fromEntries(Object.entries(config).map(([key, text]) => [key, text === null ? text : replace(text)])),
    ttlMs: ttls.length === 0 ? null : Math.min(...ttls as number[])
  }
}

/**
 * Puts variables back into the task configurations of a connector before they are stored: where the connector's own value of a key refers to
 * a provider, the task gets that raw value, so that no secret reaches a topic.
 */
export function withoutSecrets (rawConnector: RawConfig, task: RawConfig): RawConfig {
  return Object.fromEntries(Object.entries(task).map(([key, value]) => [key, hasVariable(rawConnector[key]) ? rawConnector[key]! : value]))
}
