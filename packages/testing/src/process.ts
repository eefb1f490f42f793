import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { openSync, closeSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** A server of ours, running as a process of its own. */
export interface LocalProcess {
  readonly pid: number
  /** Ends it by SIGTERM, by SIGKILL after `graceMs`; resolves when it is gone. */
  stop (graceMs?: number): Promise<void>
  /** Ends it by SIGKILL, as a crash would. */
  kill (): Promise<void>
  signal (signal: NodeJS.Signals): void
  readonly ended: Promise<void>
}

/** A TCP port of 127.0.0.1 that is free now. */
export async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No free port found.')
  return address.port
}

/** Waits until a condition holds; rejects with `what` and the last error after `timeoutMs`. */
export async function until<T> (what: string, condition: () => T | Promise<T>, timeoutMs = 30_000): Promise<Exclude<T, false | null | undefined | 0 | ''>> {
  const end = Date.now() + timeoutMs
  let last: unknown
  while (Date.now() < end) {
    try {
      const value = await condition()
      if (value) return value as Exclude<T, false | null | undefined | 0 | ''>
      last = undefined
    } catch (error) {
      last = error
    }
    await sleep(20)
  }
  throw new Error(`Waited ${timeoutMs} ms in vain: ${what}`, { cause: last })
}

/** Starts a server, its output in `logFile`; resolves once `ready` holds, rejects with the end of the log when it dies before. */
export async function startProcess (command: string, args: readonly string[], options: {
  env?: NodeJS.ProcessEnv, cwd?: string, logFile: string, ready: () => Promise<boolean>, timeoutMs?: number
}): Promise<LocalProcess> {
  const log = openSync(options.logFile, 'a')
  const child = spawn(command, args, { cwd: options.cwd, env: { ...process.env, ...options.env }, stdio: ['ignore', log, log], detached: true })
  closeSync(log)
  endWithUs(child)
  let isReady = false
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', reject)
    child.once('exit', code => { if (!isReady) reject(new Error(`${command} ended with ${code} before it was ready:\n${readFileSync(options.logFile, 'utf8').slice(-2000)}`)) })
  })
  failed.catch(() => {})
  await Promise.race([failed, until(`${command} ready (log: ${options.logFile})`, options.ready, options.timeoutMs ?? 60_000)])
  isReady = true
  return handle(child)
}

/**
 * Ends a child when this process ends without having stopped it. Children are started `detached`: the terminal's Ctrl-C reaches this process
 * only, which then ends them in the right order.
 */
export function endWithUs (child: ChildProcess): void {
  const end = (): void => { child.kill('SIGKILL') }
  process.once('exit', end)
  child.once('exit', () => { process.off('exit', end) })
}

function handle (child: ChildProcess): LocalProcess {
  const ended = new Promise<void>(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once('exit', () => { resolve() })
  })
  return {
    pid: child.pid ?? 0,
    ended,
    signal: signal => { child.kill(signal) },
    async kill () {
      child.kill('SIGKILL')
      await ended
    },
    async stop (graceMs = 10_000) {
      child.kill('SIGTERM')
      const timer = setTimeout(() => { child.kill('SIGKILL') }, graceMs)
      await ended
      clearTimeout(timer)
    }
  }
}
