import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { freePort, startProcess } from '@tributary/testing'
import type { Test } from './helpers.ts'

/** Starts a Kinesis that reshards as AWS does: closed parents stay, their iterators end. Ended after the test. Returns its endpoint. */
export async function startKinesisLocal (t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kinesis-local-'))
  const program = createRequire(import.meta.url).resolve('kinesis-local/main.js')
  const [tls, plain] = [await freePort(), await freePort()]
  const endpoint = `http://127.0.0.1:${plain}`
  const running = await startProcess(process.execPath, ['--import', pathToFileURL(fileURLToPath(new URL('loopback.mjs', import.meta.url))).href, program], {
    cwd: folder,
    logFile: join(folder, 'log'),
    env: {
      KINESIS_MOCK_CERT_PATH: join(dirname(program), 'server.json'), KINESIS_MOCK_TLS_PORT: String(tls), KINESIS_MOCK_PLAIN_PORT: String(plain), LOG_LEVEL: 'ERROR', SHARD_LIMIT: '100',
      CREATE_STREAM_DURATION: '10ms', DELETE_STREAM_DURATION: '10ms', SPLIT_SHARD_DURATION: '10ms', MERGE_SHARDS_DURATION: '10ms', UPDATE_SHARD_COUNT_DURATION: '10ms', NODE_OPTIONS: ''
    },
    ready: async () => (await fetch(`${endpoint}/healthcheck`)).ok
  })
  t.teardown(async () => {
    await running.kill()
    await rm(folder, { recursive: true, force: true })
  })
  return endpoint
}
