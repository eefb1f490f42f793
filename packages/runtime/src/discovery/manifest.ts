import { existsSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { PluginType } from '../herder/herder.ts'
import { aliasesOf } from './aliases.ts'

/** The kinds of a manifest, in the order in which REST lists them. */
export const manifestKinds = {
  sinks: 'sink',
  sources: 'source',
  transforms: 'transformation',
  predicates: 'predicate',
  converters: 'converter',
  headerConverters: 'header_converter',
  feeds: 'feed',
  configProviders: 'config_provider'
} as const satisfies Record<string, PluginType>

/** A plugin as its package declares it: plain data, which can be sent to a task's thread. */
export interface PluginRecord {
  readonly class: string
  readonly type: PluginType
  readonly version: string
  readonly aliases: readonly string[]
  /** Name of the package, for messages. */
  readonly package: string
  /** Path of its package.json, for messages. */
  readonly manifest: string
  /** URL of the module. */
  readonly module: string
  /** Name of the export. */
  readonly export: string
}

interface Manifest { name?: unknown, version?: unknown, connect?: unknown }

/** What a package says of itself. */
export interface ManifestReading {
  readonly plugins: readonly PluginRecord[]
  /** Sentences on what could not be understood; the rest was read. */
  readonly problems: readonly string[]
}

/**
 * The module of a plugin: `flatten#flattenValue` is the export flattenValue of `src/flatten.ts` in a checkout, of `dist/flatten.js` in an
 * installed package, whose sources Node would not run; `./lib/flatten.js` is a file of the package. Without # the default export is meant.
 */
function moduleOf (folder: string, target: string): { module: string, export: string } {
  const [file = '', name = 'default'] = target.split('#')
  if (file.startsWith('./')) return { module: pathToFileURL(join(folder, file)).href, export: name }
  const source = join(folder, 'src', `${file}.ts`)
  const isInstalled = folder.split(sep).includes('node_modules')
  const path = !isInstalled && existsSync(source) ? source : join(folder, 'dist', `${file}.js`)
  return { module: pathToFileURL(path).href, export: name }
}

function isMap (value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(target => typeof target === 'string' && target !== '')
}

const listNames = Object.keys(manifestKinds).join(', ')

/** The plugins of one list of a manifest, such as `connect.sinks`. */
function pluginsOf (names: Readonly<Record<string, string>>, type: PluginType, about: Pick<PluginRecord, 'package' | 'manifest' | 'version'>, folder: string): PluginRecord[] {
  const byTarget = new Map<string, string[]>()
  for (const [name, target] of Object.entries(names)) byTarget.set(target, [...byTarget.get(target) ?? [], name])
  return [...byTarget].map(([target, [name = '', ...others]]) => {
    const aliases = [...others, ...[name, ...others].flatMap(one => aliasesOf(one, type))]
    return { class: name, type, aliases: [...new Set(aliases)].filter(alias => alias !== name), ...about, ...moduleOf(folder, target) }
  })
}

/** The text of a package.json as an object; `{}` where there is none, or no plugin in it. */
function parseManifest (path: string): Manifest {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return {}
  }
  // Most packages beside a worker are no plugins; looking for the word saves parsing them.
  return text.includes('"connect"') ? JSON.parse(text) as Manifest : {}
}

/**
 * The plugins that the package in `folder` (a real path, no link) declares under `connect` in its package.json; none when there is no such
 * file or key. A name that repeats the module and export of an earlier one of its kind is an alias of that one. Runs no code of the package, and
 * throws nothing: one broken package must not keep the worker from its others.
 */
export function readManifest (folder: string): ManifestReading {
  const path = join(folder, 'package.json')
  let manifest: Manifest
  try {
    manifest = parseManifest(path)
  } catch (error) {
    return { plugins: [], problems: [`Cannot read ${path}: ${(error as Error).message}. Its plugins are left out until it is valid JSON and the worker is started again.`] }
  }
  const { connect } = manifest
  // Other tools may use the word for something else.
  if (typeof connect !== 'object' || connect === null || Array.isArray(connect)) return { plugins: [], problems: [] }
  const plugins: PluginRecord[] = []
  const problems: string[] = []
  const hasVersion = typeof manifest.version === 'string' && manifest.version !== ''
  const about = { package: typeof manifest.name === 'string' ? manifest.name : folder, manifest: path, version: hasVersion ? String(manifest.version) : 'undefined' }
  for (const [list, names] of Object.entries(connect)) {
    const type = Object.hasOwn(manifestKinds, list) ? manifestKinds[list as keyof typeof manifestKinds] : null
    if (type === null) problems.push(`"connect.${list}" in ${path} is not known, and is left out. There are: ${listNames}.`)
    else if (!isMap(names)) problems.push(`"connect.${list}" in ${path} is left out: it must map class names to "file#export", such as { "com.example.MySinkConnector": "sink#mySink" }.`)
    else plugins.push(...pluginsOf(names, type, about, folder))
  }
  if (plugins.length > 0 && !hasVersion) problems.push(`${path} has no "version": its plugins are listed without one, and connector.plugin.version cannot choose them. Add one, such as "version": "1.0.0".`)
  return { plugins, problems }
}
