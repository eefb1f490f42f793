import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endWithUs, freePort, javaConnectClassPath, kafkaBootstrap, until } from '@tributary/testing'

export type Kind = 'java' | 'tributary'

const programs: Readonly<Record<Kind, (mode: 'standalone' | 'distributed', files: readonly string[]) => readonly [string, readonly string[]]>> = {
  java: (mode, files) => ['java', ['-Xmx512M', '-cp', javaConnectClassPath(), `org.apache.kafka.connect.cli.Connect${mode === 'standalone' ? 'Standalone' : 'Distributed'}`, ...files]],
  tributary: (mode, files) => [fileURLToPath(new URL(`../../bin/connect-${mode}`, import.meta.url)), files]
}

export interface ConnectProcess {
  readonly url: string
  readonly log: string
  readonly pid: number
  signal (signal: NodeJS.Signals): void
  /** Ends it by SIGTERM, or by another signal; resolves with the exit code. */
  stop (signal?: NodeJS.Signals): Promise<number | null>
}

/** Starts a real worker of either kind in `folder`; resolves when its REST API answers. */
export async function startWorker (kind: Kind, options: { mode: 'standalone' | 'distributed', folder: string, bootstrap?: string, keys?: Readonly<Record<string, string>>, files?: readonly string[] }): Promise<ConnectProcess> {
  await mkdir(options.folder, { recursive: true })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const file = join(options.folder, `worker-${port}.properties`)
  const keys = {
    'bootstrap.servers': options.bootstrap ?? kafkaBootstrap(),
    listeners: url,
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'offset.flush.interval.ms': '1000',
    ...options.mode === 'standalone' ? { 'offset.storage.file.filename': join(options.folder, 'connect.offsets') } : {},
    ...options.keys
  }
  await writeFile(file, Object.entries(keys).map(([key, value]) => `${key}=${value}\n`).join(''))
  const log = join(options.folder, `worker-${port}.log`)
  const out = openSync(log, 'a')
  const [command, args] = programs[kind](options.mode, [file, ...options.files ?? []])
  const child = spawn(command, args, { stdio: ['ignore', out, out], detached: true })
  closeSync(out)
  endWithUs(child)
  const ended = new Promise<number | null>(resolve => { child.once('exit', resolve) })
  await until(`the ${kind} worker answers (log: ${log})`, async () => {
    if (child.exitCode !== null) throw new Error(readFileSync(log, 'utf8').slice(-2000))
    return (await fetch(url, { signal: AbortSignal.timeout(5000) })).status === 200
  }, 90_000)
  return {
    url,
    log,
    pid: child.pid ?? 0,
    signal: signal => { child.kill(signal) },
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      return await ended
    }
  }
}
