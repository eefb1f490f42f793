import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { trimmedList } from '@tributary/plugin'
import { isPlugin, type Plugins } from '../config/plugins.ts'
import { loadProperties } from '../config/properties.ts'
import { type DistributedWorkerConfig, type StandaloneWorkerConfig, type WorkerConfig, workerConfigOf, type WorkerMode } from '../config/worker-config.ts'
import { ConnectorCode } from '../connector-code/connector-code.ts'
import { discoverPlugins } from '../discovery/discover.ts'
import type { PluginCatalog } from '../discovery/plugin-catalog.ts'
import type { ConnectorStatus, Herder } from '../herder/herder.ts'
import { loggerNames, type Loggers } from '../log/loggers.ts'
import type { GroupView } from '../metrics/group-metrics.ts'
import { MetricsPage } from '../metrics/metrics-page.ts'
import type { TaskEntry, Worker } from '../worker/worker.ts'
import { loggersOf } from './logging.ts'

/** What a worker is started with. */
export interface Setting<C extends WorkerConfig> { readonly worker: C, readonly plugins: PluginCatalog, readonly loggers: Loggers }

/** Version of the runtime's package. */
export function version (): string {
  return (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version
}

/** Reads a worker file, `''` standing for none, and finds the plugins. Throws one ConnectError with all that is wrong. */
export async function readSetting (mode: 'standalone', file: string): Promise<Setting<StandaloneWorkerConfig>>
export async function readSetting (mode: 'distributed', file: string): Promise<Setting<DistributedWorkerConfig>>
export async function readSetting (mode: WorkerMode, file: string): Promise<Setting<WorkerConfig>> {
  const given = Object.fromEntries(await loadProperties(file))
  const loggers = loggersOf(given)
  const plugins = discoverPlugins({ pluginPath: trimmedList(given['plugin.path']).map(path => resolve(path)), workerFile: file === '' ? null : resolve(file) })
  const worker = await workerConfigOf(mode, given, { ...file === '' ? {} : { file }, plugins, classExists: name => isPlugin(plugins, name) })
  plugins.isolate(new ConnectorCode({ loggers, timeoutMs: worker.values['connector.call.timeout.ms'] }))
  for (const problem of plugins.problems) loggers.logger(loggerNames.cli).error({}, problem)
  return { worker, plugins, loggers }
}

interface MeasuredHerder extends Pick<Herder, 'serverInfo'> {
  readonly worker: Worker
  statuses (): ConnectorStatus[]
  group? (): GroupView | null
}

/** The page `/metrics` of a herder; null while there is none yet. */
export function metricsOf (plugins: Plugins, herder: () => MeasuredHerder | null): MetricsPage {
  const tasks = (): TaskEntry[] => [...herder()?.worker.tasks ?? []]
  return new MetricsPage({
    plugins,
    tasks: () => tasks().map(({ spec, window }) => ({ ...spec.id, type: spec.type, window })),
    specs: () => tasks().map(({ spec }) => spec),
    connectors: () => [...herder()?.worker.connectors ?? []].map(([name, { loaded: { entry } }]) => ({ name, type: entry.type, class: entry.class, version: entry.version })),
    statuses: () => herder()?.statuses() ?? [],
    group: () => herder()?.group?.() ?? null,
    serverInfo: () => herder()?.serverInfo() ?? null,
    statistics: () => herder()?.worker.statistics ?? null
  })
}
