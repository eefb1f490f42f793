import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConnectError } from '@tributary/plugin'
import { definitionProblems, isBag, kinds } from './definition-problems.ts'
import { guardDefinition } from './guard-definition.ts'
import { manifestKinds, type PluginRecord } from './manifest.ts'
import { placeOf } from './place-of.ts'
import { isOwn, shareContract } from './share-contract.ts'

const listNames = Object.fromEntries(Object.entries(manifestKinds).map(([list, type]) => [type, list])) as Record<PluginRecord['type'], string>

/** Why the module cannot be imported, and what its author or user can do. */
function importProblem (error: unknown, record: PluginRecord): string {
  const path = fileURLToPath(record.module)
  const folder = dirname(record.manifest)
  if (!existsSync(path)) return `there is no file ${path}. Build the package ("npm run build" in ${folder}), or correct "connect.${listNames[record.type]}" in ${record.manifest}.`
  if (!(error instanceof Error)) return `${path} throws ${String(error)} when it is imported.`
  const code = (error as NodeJS.ErrnoException).code ?? ''
  const message = error.message.split('\n')[0]!.replace(/\.$/, '')
  if (code === 'ERR_MODULE_NOT_FOUND' && message.startsWith('Cannot find package')) return `${message}. Run "npm install" in ${folder}, and list the package under "dependencies" in ${record.manifest}.`
  if (code === 'ERR_MODULE_NOT_FOUND') return `${message}. Relative imports name the file with its ending, such as "./lines.js".`
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') return `${path}: ${message}. Node runs TypeScript by leaving the types out: set "erasableSyntaxOnly" in tsconfig.json, or build the package.`
  if (code === 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING') return `${path} is TypeScript, which Node does not run below node_modules. Build the package and list its JavaScript in ${record.manifest}.`
  if (error instanceof SyntaxError) return `${placeOf(error.stack) ?? path} has a mistake of syntax: ${message}. "node ${path}" shows the place.`
  return `${placeOf(error.stack) ?? path} throws ${error.name} when it is imported: ${message}.`
}

function exportProblem (module: Readonly<Record<string, unknown>>, record: PluginRecord): string | null {
  const path = fileURLToPath(record.module)
  const list = `"connect.${listNames[record.type]}"`
  const { kind, define } = kinds[record.type]
  if (!Object.hasOwn(module, record.export)) {
    const names = Object.keys(module)
    return `${path} has no export "${record.export}"; it has ${names.length === 0 ? 'none' : names.join(', ')}. Correct ${list} in ${record.manifest}, or export it.`
  }
  const definition = module[record.export]
  const made = `the export "${record.export}" of ${path}`
  if (!isBag(definition) || typeof definition['kind'] !== 'string') return `${made} is no ${kind}. Make it with ${define} of @tributary/plugin.`
  if (definition['kind'] !== kind) return `${made} is no ${kind} but a ${definition['kind']}. List it where it belongs in ${record.manifest}, not under ${list}.`
  const problems = definitionProblems(definition, record.type)
  return problems.length === 0 ? null : `${made} is not complete: ${problems.join('; ')}.`
}

/** Imports a plugin and checks what it exports. Throws a ConnectError of kind `config` with a sentence for its author. */
export async function loadPlugin (record: PluginRecord): Promise<unknown> {
  const broken = (problem: string, options?: ErrorOptions): ConnectError =>
    new ConnectError('PLUGIN_BROKEN', 'config', `Cannot load the plugin ${record.class} of package ${record.package}: ${problem}`, options)
  shareContract(record.module)
  let module: Record<string, unknown>
  try {
    module = await import(record.module) as Record<string, unknown>
  } catch (error) {
    throw broken(importProblem(error, record), { cause: error })
  }
  const problem = exportProblem(module, record)
  if (problem !== null) throw broken(problem)
  const definition = module[record.export] as Readonly<Record<string, unknown>>
  return isOwn(record.module) ? definition : guardDefinition(definition, `The plugin ${record.class} of package ${record.package}, "${record.export}" of ${fileURLToPath(record.module)}`)
}
