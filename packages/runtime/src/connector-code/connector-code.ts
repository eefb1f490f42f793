import type { ConnectorContext, RawConfig, SinkDefinition, SourceDefinition } from '@tributary/plugin'
import type { PluginRecord } from '../discovery/manifest.ts'
import { isOwn } from '../discovery/share-contract.ts'
import type { Loggers } from '../log/loggers.ts'
import type { Job } from './messages.ts'
import { PluginThread } from './plugin-thread.ts'

export interface ConnectorCodeOptions {
  readonly loggers: Loggers
  /** `connector.call.timeout.ms`. */
  readonly timeoutMs: number
}

type TasksContext = ConnectorContext & { readonly maxTasks: number, readonly raw: RawConfig }

/**
 * Keeps the connector code of plugins from elsewhere (as opposed to that of their tasks) out of the worker's own thread, one thread for each
 * package: whatever it does, REST, the group and other connectors go on. The plugins that come with the product run where they always did.
 */
export class ConnectorCode {
  readonly #options: ConnectorCodeOptions
  /** By the manifest of the package. */
  readonly #threads = new Map<string, PluginThread>()

  constructor (options: ConnectorCodeOptions) {
    this.#options = options
    options.loggers.onSet((name, level) => { for (const thread of this.#threads.values()) thread.setLogLevel(name, level) })
  }

  /** Imports the module of a plugin from elsewhere in its thread, before the worker's own does. Rejects when that does not end, or ends the thread. */
  async tryImport (record: PluginRecord): Promise<void> {
    if (!isOwn(record.module)) await this.#threadOf(record).call(record, { method: 'import' }, { limitMs: this.#options.timeoutMs })
  }

  /** A connector's definition whose functions for the connector itself run in a thread; those for tasks are left as they are. */
  isolated<D extends SourceDefinition | SinkDefinition> (definition: D, record: PluginRecord): D {
    if (isOwn(record.module)) return definition
    const { timeoutMs } = this.#options
    const run = async (job: Job, limitMs: number | null, context?: ConnectorContext): Promise<unknown> => await this.#threadOf(record).call(record, job, {
      limitMs, ...context === undefined ? {} : { signal: context.signal, onReconfigure: () => { context.requestTaskReconfiguration() } }
    })
    const functions = {
      validate: (_config: unknown, raw: RawConfig) => run({ method: 'validate', raw }, timeoutMs),
      tasks: (_config: unknown, context: TasksContext) => run({ method: 'tasks', connector: context.connector, maxTasks: context.maxTasks, raw: context.raw }, timeoutMs, context),
      monitor: (_config: unknown, context: ConnectorContext) => run({ method: 'monitor', connector: context.connector, raw: context.raw }, null, context),
      alterOffsets: (raw: RawConfig, offsets: Extract<Job, { method: 'alterOffsets' }>['offsets']) => run({ method: 'alterOffsets', raw, offsets }, timeoutMs)
    }
    const given = Object.entries(functions).filter(([name]) => definition[name as keyof typeof functions] !== undefined)
    return Object.create(definition, Object.fromEntries(given.map(([name, value]) => [name, { value, enumerable: true }]))) as D
  }

  #threadOf (record: PluginRecord): PluginThread {
    let thread = this.#threads.get(record.manifest)
    if (thread === undefined) this.#threads.set(record.manifest, thread = new PluginThread({ package: record.package, logging: () => this.#options.loggers.state, busyMs: this.#options.timeoutMs }))
    return thread
  }
}
