import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { isAbsolute, join, normalize, sep } from 'node:path'
import type { RawConfig } from '@tributary/plugin'
import { configError, invalidValue, wholeMatch } from '@tributary/plugin'
import { openPluginProvider } from './plugin-provider.ts'
import type { Plugins } from './plugins.ts'
import { parseProperties } from './properties.ts'

/** What a provider found under a path. */
export interface Provided {
  readonly values: ReadonlyMap<string, string>
  /** Milliseconds after which the values should be read again; null: never. */
  readonly ttlMs: number | null
}

/** Looks up values that configurations refer to as `${name:path:key}`. A key without a value is left out of the answer. */
export interface ConfigProvider {
  get (path: string, keys: ReadonlySet<string>): Promise<Provided>
}

const nothing: Provided = { values: new Map(), ttlMs: null }

/** The paths under which a provider may read; null: all. */
function allowedPaths (text: string | undefined): readonly string[] | null {
  if (text === undefined || text === '') return null
  return text.split(',').map(path => {
    const normal = normalize(path).replace(/(?<=.)\/+$/, '')
    if (!isAbsolute(normal)) throw configError(`Path ${normal} is not absolute`)
    if (!existsSync(normal)) throw configError(`Path ${normal} does not exist`)
    return normal
  })
}

function permitted (allowed: readonly string[] | null, path: string): string | null {
  if (allowed === null) return path
  const normal = normalize(path)
  return allowed.some(root => normal === root || normal.startsWith(root.endsWith(sep) ? root : root + sep)) ? normal : null
}

function pick (all: ReadonlyMap<string, string>, keys: ReadonlySet<string>): Provided {
  return { values: new Map([...all].filter(([key]) => keys.has(key))), ttlMs: null }
}

/** Values of a properties file in UTF-8, read at each look-up. */
function fileProvider (parameters: RawConfig): ConfigProvider {
  const allowed = allowedPaths(parameters['allowed.paths'])
  return {
    async get (path, keys) {
      const file = path === '' ? null : permitted(allowed, path)
      if (file === null) return nothing
      let text: string
      try {
        text = await readFile(file, 'utf8')
      } catch (cause) {
        throw configError(`Could not read properties from file ${path}`, { cause })
      }
      return pick(parseProperties(text), keys)
    }
  }
}

/** Whole files of a directory, by name. */
function directoryProvider (parameters: RawConfig): ConfigProvider {
  const allowed = allowedPaths(parameters['allowed.paths'])
  const isFile = async (path: string): Promise<boolean> => await stat(path).then(found => found.isFile(), () => false)
  return {
    async get (path, keys) {
      const directory = path === '' ? null : permitted(allowed, path)
      if (directory === null || !await stat(directory).then(found => found.isDirectory(), () => false)) return nothing
      const names = await readdir(directory).catch((cause: unknown) => { throw configError(`Could not list directory ${directory}`, { cause: cause as Error }) })
      const values = new Map<string, string>()
      for (const name of names) {
        const file = join(directory, name)
        if (!keys.has(name) || !await isFile(file)) continue
        values.set(name, await readFile(file, 'utf8').catch((cause: unknown) => { throw configError(`Could not read file ${file} for property ${name}`, { cause: cause as Error }) }))
      }
      return { values, ttlMs: null }
    }
  }
}

/** Variables of the environment whose whole name matches `allowlist.pattern`. */
function environmentProvider (parameters: RawConfig): ConfigProvider {
  const pattern = wholeMatch(parameters['allowlist.pattern'] ?? '.*')
  return {
    async get (path, keys) {
      if (path !== '') throw configError(`Path is not supported for EnvVarConfigProvider, invalid value '${path}'`)
      return pick(new Map(Object.entries(process.env).flatMap(([name, value]) => value !== undefined && pattern.test(name) ? [[name, value]] : [])), keys)
    }
  }
}

const packageName = 'org.apache.kafka.common.config.provider.'
const providers: Readonly<Record<string, (parameters: RawConfig) => ConfigProvider>> = {
  FileConfigProvider: fileProvider,
  DirectoryConfigProvider: directoryProvider,
  EnvVarConfigProvider: environmentProvider
}

function creatorOf (className: string): ((parameters: RawConfig) => ConfigProvider) | undefined {
  const name = className.startsWith(packageName) ? className.slice(packageName.length) : className
  return Object.hasOwn(providers, name) ? providers[name] : undefined
}

/** The provider of a Java class name or its simple name. Throws when there is none, or a parameter is wrong. */
export function createProvider (className: string, parameters: RawConfig, key: string): ConfigProvider {
  const create = creatorOf(className)
  if (create === undefined) {
    throw configError(`${invalidValue(key, className, 'Could not load config provider class or one of its dependencies')}. Known are ${Object.keys(providers).join(', ')}, and what plugins list under "connect.configProviders".`)
  }
  return create(parameters)
}

/**
 * The providers that a worker file declares: `config.providers` names them, `config.providers.<name>.class` and `.param.<key>` describe each.
 * Blanks around names are dropped, which Java forgets. `plugins`: where providers are looked for that are none of Kafka's.
 */
export async function declaredProviders (worker: RawConfig, plugins: Pick<Plugins, 'find'> | null = null): Promise<Map<string, ConfigProvider>> {
  const names = (worker['config.providers'] ?? '').split(',').map(name => name.trim()).filter(name => name !== '')
  const declared = new Map<string, ConfigProvider>()
  for (const name of names) {
    const key = `config.providers.${name}.class`
    const className = worker[key]?.trim()
    if (className === undefined) continue
    const prefix = `config.providers.${name}.param.`
    const parameters = Object.fromEntries(Object.entries(worker).flatMap(([given, value]) => given.startsWith(prefix) ? [[given.slice(prefix.length), value]] : []))
    const plugin = creatorOf(className) === undefined ? await plugins?.find('config_provider', className) ?? null : null
    declared.set(name, plugin === null ? createProvider(className, parameters, key) : await openPluginProvider(plugin.definition, name, parameters))
  }
  return declared
}
