import { parentPort, workerData } from 'node:worker_threads'
import { ConnectError } from '@tributary/plugin'
import { PluginCatalog } from '../discovery/plugin-catalog.ts'
import { traceOf } from '../error-handling/java-error.ts'
import { Loggers } from '../log/loggers.ts'
import { TaskMetrics } from '../metrics/task-metrics.ts'
import type { FromTask, ThreadData, ToTask } from './messages.ts'
import { runTask } from './run-task.ts'
import { TaskControl } from './task-control.ts'

// The main module of a task's thread.

if (parentPort === null) throw new Error('This module runs in a worker thread only.')
const port = parentPort
const { spec, plugins, logging, metrics } = workerData as ThreadData
const loggers = new Loggers(logging)
const control = new TaskControl(spec.target)
const requests = new Map<number, PromiseWithResolvers<unknown>>()
const topics = new Set<string>()
let lastRequest = 0

const say = (message: FromTask): void => { port.postMessage(message) }

function ask<T> (message: (request: number) => FromTask): Promise<T> {
  const answer = Promise.withResolvers<unknown>()
  requests.set(++lastRequest, answer)
  say(message(lastRequest))
  return answer.promise as Promise<T>
}

function answered (message: Extract<ToTask, { request: number }>): void {
  const request = requests.get(message.request)
  requests.delete(message.request)
  if (message.kind === 'offsets') request?.resolve(message.offsets)
  else if (message.kind === 'offset-keys') request?.resolve(message.keys)
  else if (message.kind === 'done') request?.resolve(undefined)
  else request?.reject(new ConnectError('OFFSETS', 'transient', message.message))
}

port.on('message', (message: ToTask) => {
  switch (message.kind) {
    case 'target': return control.setTarget(message.target)
    case 'stop': return control.askToStop()
    case 'give-up': return control.askToGiveUp()
    case 'log-level': return void loggers.set(message.name, message.level)
    default: return answered(message)
  }
})

const counted = new TaskMetrics(metrics, counter => { say({ kind: 'counter', ...counter }) })
counted.enter(null)
let trace: string | null = null
try {
  await runTask(spec, {
    control,
    metrics: counted,
    plugins: new PluginCatalog(plugins),
    log: name => loggers.logger(name, spec.id),
    kafka: async () => (await import('../kafka/index.ts')).openKafka(),
    report: state => {
      counted.enter(state)
      say({ kind: 'state', state })
    },
    reportPartitions: partitions => { say({ kind: 'partitions', partitions }) },
    usesTopic: topic => {
      if (!spec.tracksTopics || topics.has(topic)) return
      topics.add(topic)
      say({ kind: 'topic', topic })
    },
    offsets: {
      read: partitions => ask(request => ({ kind: 'read-offsets', request, partitions })),
      write: entries => ask(request => ({ kind: 'write-offsets', request, entries })),
      keys: partitions => ask(request => ({ kind: 'offset-keys', request, partitions })),
      noteWritten: entries => ask(request => ({ kind: 'note-offsets', request, entries }))
    },
    mayStart: () => ask(request => ({ kind: 'may-start', request }))
  })
} catch (error) {
  trace = traceOf(error)
}
say({ kind: 'ended', trace })
