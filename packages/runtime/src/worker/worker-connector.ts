import { configError, configOf, type ConfigObject, type Log, problemsError, type RawConfig, type SinkDefinition, type SourceDefinition } from '@tributary/plugin'
import { findConnector, type LoadedPlugin, type Plugins } from '../config/plugins.ts'

export type LoadedConnector = LoadedPlugin<'source'> | LoadedPlugin<'sink'>

export interface WorkerConnectorOptions {
  readonly name: string
  /** Variables replaced. */
  readonly config: RawConfig
  readonly plugins: Plugins
  readonly log: Log
  /** The connector wants its tasks' configurations made again. */
  readonly onReconfigure: () => void
  /** The connector failed after it was started. */
  readonly onFailure: (error: unknown) => void
}

/** A connector, as opposed to its tasks: makes the tasks' configurations, and runs the plugin's monitor. Java's WorkerConnector. */
export class WorkerConnector {
  readonly loaded: LoadedConnector
  readonly #options: WorkerConnectorOptions
  readonly #parsed: unknown
  readonly #stop = new AbortController()
  #monitor: Promise<void> = Promise.resolve()

  private constructor (options: WorkerConnectorOptions, loaded: LoadedConnector, parsed: unknown) {
    this.#options = options
    this.loaded = loaded
    this.#parsed = parsed
  }

  /** Throws what keeps the connector from starting. */
  static async start (options: WorkerConnectorOptions): Promise<WorkerConnector> {
    const { config, plugins } = options
    const name = config['connector.class']?.trim() ?? ''
    const loaded = await findConnector(plugins, name, config['connector.plugin.version'])
    if (loaded === null) throw configError(`Failed to find any class that implements Connector and which name matches ${name}`)
    const definition = loaded.definition as SourceDefinition | SinkDefinition
    const parsed = configOf(definition.config as ConfigObject, config)
    const problems = definition.validate === undefined ? [] : await definition.validate(parsed as never, config)
    if (problems.length > 0) throw problemsError(problems)
    const connector = new WorkerConnector(options, loaded, parsed)
    connector.#startMonitor(definition)
    return connector
  }

  get type (): 'source' | 'sink' { return this.loaded.entry.type }

  /** The configuration of each task, as the plugin wants it, with what the runtime itself reads from it. */
  async taskConfigs (): Promise<RawConfig[]> {
    const { config } = this.#options
    const maxTasks = Number(config['tasks.max']?.trim() ?? '1')
    const { entry, definition } = this.loaded
    const own = definition.tasks === undefined
      ? Array.from({ length: this.type === 'sink' ? maxTasks : 1 }, () => config)
      : await definition.tasks(this.#parsed as never, { ...this.#context(), maxTasks })
    if (own.length > maxTasks && config['tasks.max.enforce']?.trim().toLowerCase() !== 'false') {
      throw configError(`The connector ${this.#options.name} has generated ${own.length} tasks, which is greater than ${maxTasks}, the maximum number of tasks it is configured to create. This behaviour should be considered a bug and is disallowed. If necessary, it can be permitted by reconfiguring the connector with 'tasks.max.enforce' set to false; however, this option will be removed in a future release of Kafka Connect.`)
    }
    const read = this.type === 'sink' ? Object.fromEntries(Object.entries(config).filter(([key]) => key === 'topics' || key === 'topics.regex' || key.startsWith('feed.'))) : {}
    const taskClass = definition.javaTaskClass ?? `${entry.class.replace(/Connector$/, '')}Task`
    return own.map(task => ({ ...task, ...read, 'task.class': taskClass }))
  }

  /** Stops the monitor; resolves when it has ended. */
  async stop (): Promise<void> {
    this.#stop.abort()
    await this.#monitor
  }

  #context () {
    const { name, config, log, onReconfigure } = this.#options
    return {
      connector: name,
      raw: config,
      signal: this.#stop.signal,
      log,
      requestTaskReconfiguration: () => { if (!this.#stop.signal.aborted) onReconfigure() }
    }
  }

  #startMonitor (definition: SourceDefinition | SinkDefinition): void {
    if (definition.monitor === undefined) return
    this.#monitor = definition.monitor(this.#parsed as never, this.#context()).catch((error: unknown) => {
      if (!this.#stop.signal.aborted) this.#options.onFailure(error)
    })
  }
}
