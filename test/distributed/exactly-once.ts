import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startKafka } from '@tributary/testing'

// The tests of exactly-once.test.ts on a Kafka of their own, with more kills than npm test has time for.

const [kills = '20'] = process.argv.slice(2)
const folder = await mkdtemp(join(tmpdir(), 'tributary-exactly-once-'))
const kafka = await startKafka({ folder: join(folder, 'kafka') })
const started = performance.now()
const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(new URL('exactly-once.test.ts', import.meta.url))], {
  stdio: 'inherit', env: { ...process.env, TRIBUTARY_KAFKA: kafka.bootstrap, TRIBUTARY_KILLS: kills, TRIBUTARY_LINES: '200000', TAP_TIMEOUT: '3600' }
})
const [code] = await once(child, 'exit') as [number | null]
await kafka.stop()
await rm(folder, { recursive: true, force: true })
console.log(code === 0 ? `${kills} kills: every line once (${Math.round((performance.now() - started) / 1000)} s).` : `Failed with ${String(code)}.`)
process.exitCode = code ?? 1
