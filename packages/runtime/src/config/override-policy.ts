import type { RawConfig } from '@tributary/plugin'
import { configError, trimmedList } from '@tributary/plugin'

/** Which client settings connectors may override. */
export interface OverridePolicy {
  readonly name: string
  /** Whether a setting, such as `acks`, may be overridden. */
  isAllowed (setting: string): boolean
}

const principal = new Set(['sasl.jaas.config', 'sasl.mechanism', 'security.protocol'])
const anything = /^(?:org\.apache\.kafka\.connect\.connector\.policy\.)?(All|None|Principal|Allowlist)(?:ConnectorClientConfigOverridePolicy)?$/

/** The policy of a worker, by alias or Java class name. Throws when there is none of this name. */
export function overridePolicy (className: string, worker: RawConfig): OverridePolicy {
  const name = anything.exec(className.trim())?.[1]
  switch (name) {
    case 'All': return { name, isAllowed: () => true }
    case 'None': return { name, isAllowed: () => false }
    case 'Principal': return { name, isAllowed: setting => principal.has(setting) }
    case 'Allowlist': {
      const allowed = allowlist(worker)
      return { name, isAllowed: setting => allowed.has(setting) }
    }
    default: throw configError(`Unknown connector.client.config.override.policy "${className}". Use All, None, Principal or Allowlist.`)
  }
}

function allowlist (worker: RawConfig): Set<string> {
  const key = 'connector.client.config.override.allowlist'
  const allowed = new Set(trimmedList(worker[key]))
  if (allowed.has('')) throw configError(`Configuration '${key}' values must not be empty.`)
  return allowed
}

/** Why a setting may not be overridden, or null. */
export function overrideProblem (policy: OverridePolicy, setting: string): string | null {
  return policy.isAllowed(setting) ? null : `The '${policy.name}' policy does not allow '${setting}' to be overridden in the connector configuration.`
}
