import { Worker } from 'node:worker_threads'
import { ConnectError } from '@tributary/plugin'
import type { PluginRecord } from '../discovery/manifest.ts'
import type { LogLevel } from '../log/levels.ts'
import type { LoggingState } from '../log/loggers.ts'
import type { FromThread, Job, ThreadData, ToThread } from './messages.ts'
import { fromThrown } from './thrown.ts'

/** Between two looks at the thread. Time is counted in them: one in which the whole process stood still, as under SIGSTOP, is not held against a plugin. */
const tickMs = 500
/** Ticks without an answer from which on a thread is busy. */
const busyTicks = 2
/** Connector code has little to do, and shall not take the memory of a task. */
const youngMb = 8
/** A thread that nobody needs ends after this time. */
const idleMs = 30_000

interface Call {
  readonly record: PluginRecord
  readonly job: Job
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: Error) => void
  readonly onReconfigure: () => void
  readonly limitMs: number | null
  readonly signal: AbortSignal | undefined
  /** How long the thread has had for it. */
  waitedMs: number
}

export interface CallOptions {
  /** Aborts when the connector is stopped; the call itself goes on until the plugin ends it. */
  readonly signal?: AbortSignal
  readonly onReconfigure?: () => void
  /** Milliseconds that the answer may take; null: as long as it likes. */
  readonly limitMs: number | null
}

export interface PluginThreadOptions {
  /** Name of the package, for messages. */
  readonly package: string
  readonly logging: () => LoggingState
  /** Milliseconds that the thread may be busy without a pause. */
  readonly busyMs: number
}

function failure (record: PluginRecord, code: string, what: string, cause?: Error): ConnectError {
  return new ConnectError(code, 'system', `The connector code of ${record.class} (package ${record.package}) ${what}`, { cause, javaClass: 'org.apache.kafka.connect.errors.ConnectException' })
}

/**
 * The thread in which the connector code of a package's plugins runs. Started when it is needed, ended when it hangs or nobody needs it. The call that
 * made it hang or end fails; the others begin again in another thread.
 */
export class PluginThread {
  readonly #options: PluginThreadOptions
  readonly #calls = new Map<number, Call>()
  /** See ThreadData. One of its own for each thread: one that is being ended must not write for the next. */
  #running = new Int32Array(new SharedArrayBuffer(4))
  #worker: Worker | null = null
  #isReady = false
  #last = 0
  #ticks: NodeJS.Timeout | undefined
  #idle: NodeJS.Timeout | undefined
  /** Ticks since the ping that is not answered yet; null: none is out. */
  #unanswered: number | null = null

  constructor (options: PluginThreadOptions) { this.#options = options }

  /** Runs a function of the plugin. Rejects with what it throws, or with why there is no answer. */
  call (record: PluginRecord, job: Job, { signal, onReconfigure = () => {}, limitMs }: CallOptions): Promise<unknown> {
    const id = ++this.#last
    return new Promise((resolve, reject) => {
      const abort = (): void => { this.#say({ kind: 'abort', call: id }) }
      const end = (settle: () => void): void => {
        signal?.removeEventListener('abort', abort)
        this.#calls.delete(id)
        this.#rest()
        settle()
      }
      this.#calls.set(id, { record, job, onReconfigure, limitMs, signal, waitedMs: 0, resolve: answer => { end(() => { resolve(answer) }) }, reject: error => { end(() => { reject(error) }) } })
      signal?.addEventListener('abort', abort, { once: true })
      this.#post(id)
    })
  }

  setLogLevel (name: string, level: LogLevel): void { this.#say({ kind: 'log-level', name, level }) }

  #post (id: number): void {
    this.#start()
    const { record, job, signal } = this.#calls.get(id)!
    this.#say({ kind: 'call', call: id, record, job })
    if (signal?.aborted === true) this.#say({ kind: 'abort', call: id })
  }

  #start (): void {
    clearTimeout(this.#idle)
    this.#ticks ??= setInterval(() => { this.#tick() }, tickMs).unref()
    if (this.#worker !== null) return
    const { package: name, logging } = this.#options
    const running = new SharedArrayBuffer(4)
    this.#running = new Int32Array(running)
    const worker = new Worker(new URL(`./connector-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url), {
      workerData: { logging: logging(), running } satisfies ThreadData, name: `connectors of ${name}`, resourceLimits: { maxYoungGenerationSizeMb: youngMb }
    })
    worker.unref()
    worker.on('message', (message: FromThread) => { if (this.#worker === worker) this.#heard(message) })
    worker.on('error', error => { this.#ended(worker, record => failure(record, 'CONNECTOR_THREAD', `failed in its thread: ${error.message}`, error)) })
    worker.on('exit', code => { this.#ended(worker, record => failure(record, 'CONNECTOR_THREAD', `ended its thread with code ${code}; it may have called process.exit().`)) })
    this.#worker = worker
  }

  #say (message: ToThread): void { this.#worker?.postMessage(message) }

  /** The clock of a call runs from the time when its thread is ready: that may take seconds on a busy machine. */
  #tick (): void {
    if (this.#worker === null || !this.#isReady) return
    const late: Call[] = []
    for (const call of this.#calls.values()) {
      call.waitedMs += tickMs
      if (call.limitMs !== null && call.waitedMs >= call.limitMs) late.push(call)
    }
    if (this.#unanswered !== null) this.#unanswered++
    const unanswered = this.#unanswered ?? 0
    if (unanswered * tickMs >= this.#options.busyMs || (late.length > 0 && unanswered >= busyTicks)) return this.#hangs()
    for (const { record, job, limitMs, reject } of late) {
      reject(failure(record, 'CONNECTOR_HANGS', `has not answered ${job.method} within connector.call.timeout.ms (${limitMs} ms). The plugin waits for something that does not come; look at what it connects to.`))
    }
    if (this.#unanswered !== null) return
    this.#unanswered = 0
    this.#say({ kind: 'ping' })
  }

  #heard (message: FromThread): void {
    if (message.kind === 'pong') {
      this.#unanswered = null
      this.#isReady = true
      return
    }
    const call = this.#calls.get(message.call)
    if (message.kind === 'reconfigure') call?.onReconfigure()
    else if (message.kind === 'answer') call?.resolve(message.answer)
    else call?.reject(fromThrown(message.error))
  }

  #hangs (): void {
    const worker = this.#worker
    if (worker === null) return
    const guilty = this.#calls.get(this.#running[0]!)
    const methods = guilty?.job.method ?? [...new Set([...this.#calls.values()].map(({ job }) => job.method))].join(', ')
    this.#ended(worker, record => failure(record, 'CONNECTOR_HANGS', `did not give its thread free for connector.call.timeout.ms (${this.#options.busyMs} ms) in ${methods}, and was ended. This is a mistake of the plugin; restart the connector to try again.`))
    void worker.terminate()
  }

  /** The thread is no more. The call that was running fails, or all when that is not known; the others begin again. */
  #ended (worker: Worker, why: (record: PluginRecord) => Error): void {
    if (this.#worker !== worker) return
    this.#worker = null
    this.#isReady = false
    this.#unanswered = null
    const guilty = this.#calls.get(this.#running[0]!)
    for (const call of guilty === undefined ? [...this.#calls.values()] : [guilty]) call.reject(why(call.record))
    for (const [id, call] of this.#calls) {
      call.waitedMs = 0
      this.#post(id)
    }
  }

  #rest (): void {
    if (this.#calls.size > 0) return
    clearInterval(this.#ticks)
    this.#ticks = undefined
    this.#unanswered = null
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => {
      const worker = this.#worker
      this.#worker = null
      this.#isReady = false
      void worker?.terminate()
    }, idleMs).unref()
  }
}
