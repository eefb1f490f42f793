import type { ConfigObject, Infer, RawConfig } from './config.ts'

/** What a config provider found under a path. */
export interface ProvidedValues {
  /** Values by key; a key that has none is left out. */
  readonly values: Readonly<Record<string, string>>
  /**
   * Milliseconds after which the values may be others. Connectors that use them are restarted then, unless their `config.action.reload` is `none`.
   * null, or left out: they stay.
   */
  readonly ttlMs?: number | null
}

/** Looks up what configurations refer to as `${name:path:key}`. It runs in the worker's own thread, so it must not compute for long. */
export interface ConfigProvider {
  /**
   * Called each time when a configuration that refers to the provider is validated, started or compared; `path` is empty for `${name:key}`. Throw a
   * `config` ConnectError when the path cannot be read, and put no values into its message.
   */
  get (path: string, keys: readonly string[]): ProvidedValues | Promise<ProvidedValues>
}

/** A kind of config provider, chosen by the worker key `config.providers.<name>.class`. */
export interface ConfigProviderDefinition<O extends ConfigObject = ConfigObject> {
  readonly kind: 'config_provider'
  readonly summary: string
  readonly config: O
  /** Called once, when the worker starts; no configuration can refer to another provider here. */
  open (config: Infer<O>, raw: RawConfig): ConfigProvider | Promise<ConfigProvider>
}

/** Declares a config provider. Keys are declared without the `config.providers.<name>.param.` prefix. */
export function defineConfigProvider<const O extends ConfigObject> (definition: Omit<ConfigProviderDefinition<O>, 'kind'>): ConfigProviderDefinition<O> {
  return { kind: 'config_provider', ...definition }
}
