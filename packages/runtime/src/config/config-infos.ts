import type { ConfigKey, KeyReport, RawConfig } from '@tributary/plugin'
import { configText, hasDefault } from '@tributary/plugin'

/** A key's declaration as REST shows it. */
export interface ConfigKeyInfo {
  name: string
  type: string
  required: boolean
  default_value: string | null
  importance: string
  documentation: string
  group: string | null
  order_in_group: number
  width: string
  display_name: string
  dependents: readonly string[]
}

/** A key's value as REST shows it. */
export interface ConfigValueInfo { name: string, value: string | null, recommended_values: string[], errors: string[], visible: boolean }

export interface ConfigInfo { definition: ConfigKeyInfo | null, value: ConfigValueInfo | null }

/** The answer of REST `validate`. */
export interface ConfigInfos { name: string, error_count: number, groups: string[], configs: ConfigInfo[] }

/** A declaration in REST's form. */
export function keyInfo (name: string, key: ConfigKey): ConfigKeyInfo {
  return {
    name,
    type: key.type,
    required: !hasDefault(key),
    default_value: configText(key.default, key.type),
    importance: key.importance ?? 'MEDIUM',
    documentation: key.description,
    group: key.group ?? null,
    order_in_group: key.orderInGroup ?? -1,
    width: key.width ?? 'NONE',
    display_name: key.displayName ?? name,
    dependents: key.dependents ?? []
  }
}

/** A checked value in REST's form; `key` undefined: nothing declares it. */
export function valueInfo (name: string, key: ConfigKey | undefined, report: KeyReport, raw: RawConfig): ConfigValueInfo {
  const recommended = key?.recommend?.(raw) ?? []
  return {
    name,
    value: configText(report.value, key?.type ?? 'STRING'),
    recommended_values: recommended.map(value => configText(value, key?.type === 'LIST' ? 'STRING' : key!.type) ?? ''),
    errors: report.errors,
    visible: true
  }
}
