import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ManifestReading, type PluginRecord, readManifest } from './manifest.ts'
import { PluginCatalog } from './plugin-catalog.ts'

/** Folders of the packages in a folder: its children, and the children of @scopes. */
function packagesIn (folder: string): string[] {
  const names = (path: string): string[] => {
    try {
      return readdirSync(path, { withFileTypes: true }).filter(entry => !entry.isFile() && !entry.name.startsWith('.')).map(entry => join(path, entry.name))
    } catch {
      return []
    }
  }
  return names(folder).flatMap(path => path.slice(folder.length + 1).startsWith('@') ? names(path) : [path])
}

function realPath (folder: string): string | null {
  try {
    return realpathSync(folder)
  } catch {
    return null
  }
}

/** The folders of the plugin packages that come with the runtime: those of its own dependencies that belong to the product. */
function builtIn (): string[] {
  const home = fileURLToPath(new URL('../../', import.meta.url))
  const { dependencies = {} } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { dependencies?: Record<string, string> }
  const roots = createRequire(import.meta.url).resolve.paths('x') ?? []
  return Object.keys(dependencies).filter(name => name.startsWith('@tributary/')).flatMap(name => {
    const found = roots.map(root => realPath(join(root, name))).find(path => path !== null)
    return found === undefined ? [] : [found]
  })
}

/** Where to look for plugins besides the built-in ones. */
export interface PluginFolders {
  /** Directories of `plugin.path`: each a package, or a directory of packages, or one with a node_modules. */
  readonly pluginPath: readonly string[]
  /** The worker's configuration file; packages in the node_modules beside it are found too. */
  readonly workerFile: string | null
}

/** Finds plugins by their package.json. Runs none of their code, and throws nothing: see {@link PluginCatalog.problems}. */
export function discoverPlugins ({ pluginPath, workerFile }: PluginFolders): PluginCatalog {
  const readings = new Map<string, ManifestReading>()
  /** Reads a package once, whatever links lead to it. */
  const read = (folder: string): ManifestReading | null => {
    const real = realPath(folder)
    if (real === null) return null
    const reading = readings.get(real) ?? readManifest(real)
    readings.set(real, reading)
    return reading
  }
  for (const folder of builtIn()) read(folder)
  const missing = pluginPath.map(path => {
    const found = [path, ...packagesIn(path), ...packagesIn(join(path, 'node_modules'))].map(read)
    if (found[0] === null) return `plugin.path names ${path}, but there is no such directory.`
    if (found.some(one => one !== null && (one.plugins.length > 0 || one.problems.length > 0))) return null
    return `plugin.path names ${path}, but no plugin was found there: neither it nor a folder in it, nor one in its node_modules, has a package.json that lists plugins under "connect".`
  }).filter(problem => problem !== null)
  if (workerFile !== null) for (const folder of packagesIn(join(dirname(workerFile), 'node_modules'))) read(folder)
  return catalogOf([...readings.values()], missing)
}

function catalogOf (readings: readonly ManifestReading[], missing: readonly string[]): PluginCatalog {
  const records = new Map<string, PluginRecord>()
  const problems = [...missing, ...readings.flatMap(reading => reading.problems)]
  for (const record of readings.flatMap(reading => reading.plugins)) {
    const same = `${record.type} ${record.class} ${record.version}`
    // One class in two places at one version: the first place wins, built-in first.
    const first = records.get(same)
    if (first === undefined) records.set(same, record)
    else problems.push(`${record.manifest} lists ${record.class} ${record.version}, which ${first.manifest} lists too; the latter is used.`)
  }
  return new PluginCatalog([...records.values()], problems)
}
