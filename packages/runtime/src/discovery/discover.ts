import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type PluginRecord, readManifest } from './manifest.ts'
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

/** Finds plugins by their package.json. Runs none of their code. */
export function discoverPlugins ({ pluginPath, workerFile }: PluginFolders): PluginCatalog {
  const folders = [
    ...builtIn(),
    ...pluginPath.flatMap(path => [path, ...packagesIn(path), ...packagesIn(join(path, 'node_modules'))]),
    ...workerFile === null ? [] : packagesIn(join(dirname(workerFile), 'node_modules'))
  ]
  const real = new Set(folders.map(realPath).filter(path => path !== null))
  const records = new Map<string, PluginRecord>()
  for (const folder of real) {
    for (const record of readManifest(folder)) {
      const same = `${record.type} ${record.class} ${record.version}`
      // One class in two places at one version: the first place wins, built-in first.
      if (!records.has(same)) records.set(same, record)
    }
  }
  return new PluginCatalog([...records.values()])
}
