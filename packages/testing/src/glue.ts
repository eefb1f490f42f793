import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, startProcess } from './process.ts'
import { setupPython } from './setup.ts'

/** Starts a Glue of the test's own, and ends it with the test; resolves to its URL. The local AWS knows too little of Glue. */
export async function startGlue (t: { teardown (end: () => unknown): void }): Promise<string> {
  const python = await setupPython('glue')
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const server = await startProcess(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    logFile: join(await mkdtemp(join(tmpdir(), 'glue-')), 'moto.log'), ready: async () => (await fetch(endpoint)).status < 500
  })
  t.teardown(() => server.stop())
  return endpoint
}
