import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { endWithUs, freePort, javaConnectClassPath } from '@tributary/testing'
import { usageOf, type Usage } from './process-usage.ts'

/** A Kafka Connect to measure: how its standalone worker is started. */
export interface Contestant {
  readonly name: 'java' | 'tributary'
  command (files: readonly string[]): readonly [string, readonly string[]]
}

export const contestants: readonly Contestant[] = [
  { name: 'java', command: files => ['java', ['-Xms256M', '-Xmx2G', '-cp', javaConnectClassPath(), 'org.apache.kafka.connect.cli.ConnectStandalone', ...files]] },
  { name: 'tributary', command: files => [fileURLToPath(new URL('../bin/connect-standalone', import.meta.url)), files] }
]

/** A running standalone worker with its times. */
export class MeasuredWorker {
  readonly #child: ChildProcess
  readonly #startedAt = performance.now()
  readonly url: string
  readonly log: string

  private constructor (child: ChildProcess, url: string, log: string) {
    this.#child = child
    this.url = url
    this.log = log
    endWithUs(child)
  }

  /** Starts a worker in `folder`, with connectors, each a map of its keys. */
  static async start (contestant: Contestant, options: { folder: string, bootstrap: string, worker: Readonly<Record<string, string>>, connectors: readonly Readonly<Record<string, string>>[] }): Promise<MeasuredWorker> {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const write = async (name: string, keys: Readonly<Record<string, string>>): Promise<string> => {
      const file = join(options.folder, name)
      await writeFile(file, Object.entries(keys).map(([key, value]) => `${key}=${value}\n`).join(''))
      return file
    }
    const worker = await write(`${contestant.name}-worker.properties`, {
      'bootstrap.servers': options.bootstrap,
      listeners: url,
      'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'offset.storage.file.filename': join(options.folder, `${contestant.name}-${Date.now()}.offsets`),
      'offset.flush.interval.ms': '10000',
      ...options.worker
    })
    const connectors = await Promise.all(options.connectors.map(keys => write(`${contestant.name}-${keys.name}.properties`, keys)))
    const [command, args] = contestant.command([worker, ...connectors])
    const log = join(options.folder, `${contestant.name}.log`)
    const out = openSync(log, 'a')
    const child = spawn(command, args, { stdio: ['ignore', out, out], detached: true })
    closeSync(out)
    return new MeasuredWorker(child, url, log)
  }

  /** Milliseconds since the process was started. */
  get elapsedMs (): number { return performance.now() - this.#startedAt }

  usage (): Usage {
    const usage = usageOf(this.#child.pid ?? 0)
    if (usage === null) throw new Error(`The worker ended early; see ${this.log}:\n${readFileSync(this.log, 'utf8').slice(-1500)}`)
    return usage
  }

  /** Waits until `GET /` answers 200; returns milliseconds since the start. */
  async untilRest (): Promise<number> {
    for (;;) {
      const status = await fetch(this.url, { signal: AbortSignal.timeout(1000) }).then(answer => answer.status, () => 0)
      if (status === 200) return this.elapsedMs
      this.usage()
      await sleep(5)
    }
  }

  async stop (): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => { this.#child.kill('SIGKILL') }, 20_000)
    await ended
    clearTimeout(timer)
  }
}
