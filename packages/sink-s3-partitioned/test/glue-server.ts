import { freePort, startProcess } from '@tributary/testing'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Teardown } from './helpers.ts'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('../../../.tributary/moto', import.meta.url))
const stamp = join(folder, 'ready')

/** Installs moto once into the repository's ignored folder. The local AWS that other tests use knows too little of Glue. */
async function install (): Promise<void> {
  if (existsSync(stamp)) return
  await rm(folder, { recursive: true, force: true })
  await run('python3', ['-m', 'venv', folder])
  await run(join(folder, 'bin', 'pip'), ['install', '--quiet', 'moto[server]==5.2.5'])
  const draft = `${stamp}.part`
  await run('touch', [draft])
  await rename(draft, stamp)
}

/** Starts a Glue of the test's own. */
export async function startGlue (t: Teardown): Promise<string> {
  await install()
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const server = await startProcess(join(folder, 'bin', 'python'), ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    logFile: join(mkdtempSync(join(tmpdir(), 'glue-')), 'moto.log'), ready: async () => (await fetch(endpoint)).status < 500
  })
  t.teardown(() => server.stop())
  return endpoint
}
