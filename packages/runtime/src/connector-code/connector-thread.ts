import { AsyncLocalStorage, createHook } from 'node:async_hooks'
import { parentPort, workerData } from 'node:worker_threads'
import { configOf, type ConnectorContext, type SinkDefinition, type SourceDefinition } from '@tributary/plugin'
import { loadPlugin } from '../discovery/load-plugin.ts'
import type { PluginRecord } from '../discovery/manifest.ts'
import { messageOf } from '../error-handling/java-error.ts'
import { loggerNames, Loggers } from '../log/loggers.ts'
import type { FromThread, Job, ThreadData, ToThread } from './messages.ts'
import { toThrown } from './thrown.ts'

// The main module of a thread that runs the connector code of the plugins of a package.

if (parentPort === null) throw new Error('This module runs in a worker thread only.')
const port = parentPort
const { logging, running } = workerData as ThreadData
const loggers = new Loggers(logging)
const calls = new Map<number, AbortController>()
const current = new Int32Array(running)
const callOf = new AsyncLocalStorage<number>()
createHook({ before: () => { current[0] = callOf.getStore() ?? 0 } }).enable()
/** By class and export, of which a package may have several. */
const definitions = new Map<string, Promise<SourceDefinition | SinkDefinition>>()

const say = (message: FromThread): void => { port.postMessage(message) }

function contextOf (call: number, connector: string, raw: ConnectorContext['raw'], signal: AbortSignal): ConnectorContext {
  return { connector, raw, signal, log: loggers.logger(loggerNames.connector, { connector, task: null }), requestTaskReconfiguration: () => { say({ kind: 'reconfigure', call }) } }
}

function definitionOf (record: PluginRecord): Promise<SourceDefinition | SinkDefinition> {
  const key = `${record.module}#${record.export}`
  let definition = definitions.get(key)
  if (definition === undefined) definitions.set(key, definition = loadPlugin(record) as Promise<SourceDefinition | SinkDefinition>)
  return definition
}

async function run (call: number, record: PluginRecord, job: Job, signal: AbortSignal): Promise<unknown> {
  // A sink's functions for the connector are called in the same way.
  const found = await definitionOf(record) as SourceDefinition
  if (job.method === 'import') return null
  const parsed = (): never => configOf(found.config, job.raw) as never
  switch (job.method) {
    case 'validate': return await found.validate?.(parsed(), job.raw)
    case 'tasks': return await found.tasks?.(parsed(), { ...contextOf(call, job.connector, job.raw, signal), maxTasks: job.maxTasks, raw: job.raw })
    case 'monitor': return await found.monitor?.(parsed(), contextOf(call, job.connector, job.raw, signal))
    case 'alterOffsets': return await found.alterOffsets?.(job.raw, job.offsets)
  }
}

port.on('message', (message: ToThread) => {
  if (message.kind === 'ping') return say({ kind: 'pong' })
  if (message.kind === 'log-level') return void loggers.set(message.name, message.level)
  const { call } = message
  if (message.kind === 'abort') return calls.get(call)?.abort()
  const controller = new AbortController()
  calls.set(call, controller)
  current[0] = call
  callOf.run(call, () => run(call, message.record, message.job, controller.signal))
    .then(answer => { say({ kind: 'answer', call, answer }) })
    .catch((error: unknown) => { say({ kind: 'thrown', call, error: toThrown(error) }) })
    .finally(() => { calls.delete(call) })
})

say({ kind: 'pong' })

// A slip in a timer of one connector must not end the others of its package.
const uncaught = (error: unknown): void => { loggers.logger(loggerNames.worker).error({ err: error }, `An error that nothing caught; the worker goes on: ${error instanceof Error ? `${error.name}: ` : ''}${messageOf(error)}`) }
process.on('uncaughtException', uncaught)
process.on('unhandledRejection', uncaught)
