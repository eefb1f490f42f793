import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Parts of `npm run setup` that are Python environments, by the folder under `.tributary/`. */
const environments = { glue: 'moto', analytics: 'analytics', spark: 'spark' } as const

/** Makes a Python environment of `npm run setup` where it is missing, once for all tests; resolves to its Python. */
export async function setupPython (part: keyof typeof environments): Promise<string> {
  await run(process.execPath, [join(root, 'scripts/setup.mjs'), part], { maxBuffer: 1 << 26 })
  return join(root, '.tributary', environments[part], 'bin/python')
}
