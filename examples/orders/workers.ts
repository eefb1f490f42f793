import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endWithUs, until } from '@tributary/testing'

const here = fileURLToPath(new URL('.', import.meta.url))
const program = join(here, '../../bin/connect-standalone')

/** The three workers of the pipeline, with their files and REST addresses, in the order of the data. */
export const steps = [
  { name: 'datagen', files: ['worker_datagen.properties', 'orders.properties'], connectors: ['datagen-orders'], url: 'http://127.0.0.1:8083' },
  { name: 'kinesis', files: ['worker_kinesis.properties', 'kinesis.properties'], connectors: ['kinesis-orders'], url: 'http://127.0.0.1:8084' },
  { name: 's3', files: ['worker_s3.properties', 's3.properties', 'raw.properties'], connectors: ['s3-orders', 's3-raw'], url: 'http://127.0.0.1:8085' }
] as const

export type StepName = typeof steps[number]['name']

/** A worker: a process of its own, started exactly as a user would. */
export class Worker {
  readonly name: StepName
  readonly url: string
  readonly log: string
  readonly #files: readonly string[]
  readonly #connectors: readonly string[]
  readonly #env: NodeJS.ProcessEnv
  #child: ChildProcess | undefined
  /** Its end was asked for. */
  #isEnding = false

  constructor (name: StepName, options: { env: NodeJS.ProcessEnv, folder: string }) {
    const step = steps.find(one => one.name === name)
    if (step === undefined) throw new Error(`No step ${name}.`)
    this.name = name
    this.url = step.url
    this.log = join(options.folder, `${name}.log`)
    this.#files = step.files
    this.#connectors = step.connectors
    this.#env = { ...options.env, TRIBUTARY_STATE: options.folder }
  }

  /** Starts the process; resolves when all its connectors and tasks run. */
  async start (): Promise<void> {
    const log = openSync(this.log, 'a')
    this.#isEnding = false
    this.#child = spawn(program, this.#files, { cwd: here, env: this.#env, stdio: ['ignore', log, log], detached: true })
    closeSync(log)
    endWithUs(this.#child)
    const child = this.#child
    await until(`${this.name} runs (log: ${this.log})`, async () => {
      if (child.exitCode !== null) return true
      const states = await Promise.all(this.#connectors.map(connector => this.#state(connector)))
      return states.every(state => state === 'RUNNING')
    }, 60_000)
    if (child.exitCode !== null) throw new Error(`The ${this.name} worker ended with ${child.exitCode}:\n${readFileSync(this.log, 'utf8').slice(-3000)}`)
  }

  /** RUNNING when the connector and all its tasks are; FAILED with the reason as an error. */
  async #state (connector: string): Promise<string> {
    const answer = await fetch(`${this.url}/connectors/${connector}/status`)
    if (answer.status !== 200) return 'UNASSIGNED'
    const status = await answer.json() as { connector: { state: string, trace?: string }, tasks: { state: string, trace?: string }[] }
    const parts = [status.connector, ...status.tasks]
    return status.tasks.length > 0 && parts.every(part => part.state === 'RUNNING') ? 'RUNNING' : parts.find(part => part.state !== 'RUNNING')?.state ?? 'UNASSIGNED'
  }

  /** The reason of the first failed connector or task, or null. */
  async failure (): Promise<string | null> {
    if (this.#isEnding) return null
    if (this.#child !== undefined && this.#child.exitCode !== null) return `the worker ended with ${this.#child.exitCode}; see ${this.log}`
    for (const connector of this.#connectors) {
      const answer = await fetch(`${this.url}/connectors/${connector}/status`).catch(() => null)
      if (answer?.status !== 200) continue
      const status = await answer.json() as { connector: { state: string, trace?: string }, tasks: { state: string, trace?: string }[] }
      const failed = [status.connector, ...status.tasks].find(part => part.state === 'FAILED')
      if (failed !== undefined) return failed.trace ?? `${connector} failed`
    }
    return null
  }

  /** The sum of a counter over its labels, or 0 while the worker does not answer. */
  async counter (metric: string, connector: string): Promise<number> {
    const text = await fetch(`${this.url}/metrics`).then(answer => answer.text(), () => '')
    let sum = 0
    for (const line of text.split('\n')) {
      if (line.startsWith(`${metric}{`) && line.includes(`connector="${connector}"`)) sum += Number(line.slice(line.lastIndexOf(' ') + 1))
    }
    return sum
  }

  /** Ends the process at once, as a crash would. */
  async kill (): Promise<void> { await this.#end('SIGKILL') }

  /** Ends the process as an operator would; resolves with its exit code. */
  async stop (): Promise<number | null> { return await this.#end('SIGTERM') }

  async #end (signal: NodeJS.Signals): Promise<number | null> {
    this.#isEnding = true
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
    const ended = new Promise<number | null>(resolve => { child.once('exit', resolve) })
    child.kill(signal)
    return await ended
  }
}
