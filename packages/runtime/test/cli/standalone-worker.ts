import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { openSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endWithUs, freePort, kafkaBootstrap, until } from '@tributary/testing'
import type { Test } from 'tap'
import type { ConnectorStatus } from '../../src/herder/herder.ts'

const program = fileURLToPath(new URL('../../src/cli/connect-standalone.ts', import.meta.url))
const unruly = fileURLToPath(new URL('../fixtures/unruly', import.meta.url))

export type Properties = Readonly<Record<string, string>>

function text (properties: Properties): string {
  return Object.entries(properties).map(([key, value]) => `${key}=${value}\n`).join('')
}

/** A folder that goes away with the test. */
export async function testFolder (t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-standalone-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A real connect-standalone as a process of its own. */
export class StandaloneWorker {
  readonly url: string
  readonly folder: string
  readonly #child: ChildProcess

  constructor (url: string, folder: string, child: ChildProcess) {
    this.url = url
    this.folder = folder
    this.#child = child
  }

  get pid (): number { return this.#child.pid ?? 0 }

  async log (): Promise<string> { return await readFile(join(this.folder, 'log'), 'utf8') }

  async request (method: string, path: string, body?: unknown): Promise<{ status: number, body: unknown }> {
    const answer = await fetch(`${this.url}${path}`, { method, ...body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } })
    const received = await answer.text()
    return { status: answer.status, body: received === '' ? null : JSON.parse(received) as unknown }
  }

  async status (connector: string): Promise<ConnectorStatus> { return (await this.request('GET', `/connectors/${connector}/status`)).body as ConnectorStatus }

  /** Waits until a task is in a state; returns its trace. */
  async taskIs (connector: string, state: string, task = 0): Promise<string> {
    const found = await until(`task ${connector}-${task} is ${state}`, async () => (await this.status(connector)).tasks?.find(one => one.id === task && one.state === state))
    return found.trace ?? ''
  }

  /** The sum of a metric over its labels. */
  async metric (name: string): Promise<number> {
    const page = await (await fetch(`${this.url}/metrics`)).text()
    return page.split('\n').filter(line => line.startsWith(`${name}{`) || line.startsWith(`${name} `)).reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
  }

  /** Sends a signal; resolves with the exit code when the process has ended. */
  async end (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode
    this.#child.kill(signal)
    const [code] = await once(this.#child, 'exit') as [number | null]
    return code
  }
}

export interface WorkerFiles {
  /** Keys beside, or instead of, those of a plain worker with string converters. */
  readonly worker?: Properties
  readonly connectors?: readonly Properties[]
  /** A folder that another worker used before. */
  readonly folder?: string
}

async function writeFiles (folder: string, port: number, { worker = {}, connectors = [] }: WorkerFiles): Promise<string[]> {
  const plain: Properties = {
    'bootstrap.servers': kafkaBootstrap(),
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'offset.storage.file.filename': join(folder, 'offsets'),
    'offset.flush.interval.ms': '300',
    'plugin.path': unruly,
    listeners: `http://127.0.0.1:${port}`
  }
  const files = [join(folder, 'worker.properties'), ...connectors.map((_, i) => join(folder, `connector-${i}.properties`))]
  await writeFile(files[0]!, text({ ...plain, ...worker }))
  for (const [i, connector] of connectors.entries()) await writeFile(files[i + 1]!, text(connector))
  return files
}

function start (args: readonly string[], folder: string): ChildProcess {
  const log = openSync(join(folder, 'log'), 'a')
  const child = spawn(process.execPath, ['--conditions=@tributary/source', '--disable-warning=ExperimentalWarning', program, ...args], { stdio: ['ignore', log, log] })
  endWithUs(child)
  return child
}

/** Starts a worker and waits until REST answers; it ends with the test. */
export async function startStandalone (t: Test, files: WorkerFiles = {}): Promise<StandaloneWorker> {
  const folder = files.folder ?? await testFolder(t)
  const port = await freePort()
  const child = start(await writeFiles(folder, port, files), folder)
  const worker = new StandaloneWorker(`http://127.0.0.1:${port}`, folder, child)
  t.teardown(() => worker.end('SIGKILL'))
  await until('REST answers', async () => child.exitCode !== null || (await fetch(`${worker.url}/health`)).status === 200)
  if (child.exitCode !== null) throw new Error(`The worker ended with ${child.exitCode}: ${await worker.log()}`)
  return worker
}

/** Runs connect-standalone with files that keep it from staying; returns how it ended and what it printed. */
export async function runStandalone (t: Test, files: WorkerFiles | readonly string[]): Promise<{ code: number | null, output: string, folder: string }> {
  const folder = await testFolder(t)
  const args = Array.isArray(files) ? files as readonly string[] : await writeFiles(folder, await freePort(), files as WorkerFiles)
  const child = start(args, folder)
  t.teardown(() => { child.kill('SIGKILL') })
  const [code] = await once(child, 'exit') as [number | null]
  return { code, output: await readFile(join(folder, 'log'), 'utf8'), folder }
}
