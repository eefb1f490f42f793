import { existsSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConnectError } from '@tributary/plugin'
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
  feeds: 'feed'
} as const satisfies Record<string, PluginType>

/** A plugin as its package declares it: plain data, which can be sent to a task's thread. */
export interface PluginRecord {
  readonly class: string
  readonly type: PluginType
  readonly version: string
  readonly aliases: readonly string[]
  /** Name of the package, for messages. */
  readonly package: string
  /** URL of the module. */
  readonly module: string
  /** Name of the export. */
  readonly export: string
}

interface Manifest { name?: string, version?: string, connect?: Record<string, unknown> }

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
  return typeof value === 'object' && value !== null && Object.values(value).every(target => typeof target === 'string')
}

/**
 * The plugins that the package in `folder` (a real path, no link) declares under `connect` in its package.json; none when there is no such
 * file or key. A name that repeats the module and export of an earlier one of its kind is an alias of that one. Runs no code of the package.
 * Throws a ConnectError of kind `config` for a manifest that cannot be understood.
 */
export function readManifest (folder: string): PluginRecord[] {
  const path = join(folder, 'package.json')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return []
  }
  // Most packages beside a worker are no plugins; looking for the word saves parsing them.
  if (!text.includes('"connect"')) return []
  let manifest: Manifest
  try {
    manifest = JSON.parse(text) as Manifest
  } catch (error) {
    throw new ConnectError('PLUGIN_MANIFEST', 'config', `Cannot read the plugin manifest ${path}: ${(error as Error).message}.`, { cause: error })
  }
  if (typeof manifest.connect !== 'object' || manifest.connect === null) return []
  const found: PluginRecord[] = []
  for (const [kind, type] of Object.entries(manifestKinds)) {
    const names = manifest.connect[kind] ?? {}
    if (!isMap(names)) throw new ConnectError('PLUGIN_MANIFEST', 'config', `Cannot read the plugin manifest ${path}: "connect.${kind}" must map names to "file#export".`)
    const byTarget = new Map<string, string[]>()
    for (const [name, target] of Object.entries(names)) byTarget.set(target, [...byTarget.get(target) ?? [], name])
    for (const [target, [name = '', ...others]] of byTarget) {
      const aliases = [...others, ...[name, ...others].flatMap(one => aliasesOf(one, type))]
      found.push({
        class: name,
        type,
        version: manifest.version ?? 'undefined',
        aliases: [...new Set(aliases)].filter(alias => alias !== name),
        package: manifest.name ?? folder,
        ...moduleOf(folder, target)
      })
    }
  }
  return found
}
