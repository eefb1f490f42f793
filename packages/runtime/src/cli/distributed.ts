import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { trimmedList } from '@tributary/plugin'
import { isPlugin } from '../config/plugins.ts'
import { loadProperties } from '../config/properties.ts'
import { workerConfigOf } from '../config/worker-config.ts'
import { discoverPlugins } from '../discovery/discover.ts'
import { DistributedHerder } from '../herder/distributed/distributed-herder.ts'
import { loggerNames } from '../log/loggers.ts'
import { MetricsPage } from '../metrics/metrics-page.ts'
import { startRest } from '../rest/server.ts'
import { end, Exit, exitCodes } from './exit.ts'
import { loggersOf } from './logging.ts'
import { stopOnSignals } from './signals.ts'

const usage = 'Usage: connect-distributed worker.properties'

async function run (workerFile: string): Promise<void> {
  const given = Object.fromEntries(await loadProperties(workerFile))
  const loggers = loggersOf(given)
  const plugins = discoverPlugins({ pluginPath: trimmedList(given['plugin.path']).map(path => resolve(path)), workerFile: workerFile === '' ? null : resolve(workerFile) })
  const config = await workerConfigOf('distributed', given, { ...workerFile === '' ? {} : { file: workerFile }, classExists: name => isPlugin(plugins, name) })
  // Better no worker than one that repeats what it was asked not to repeat.
  if (config.values['exactly.once.source.support'] === 'enabled') throw new Exit(exitCodes.start, [`${workerFile}: exactly.once.source.support=enabled is not supported yet: source tasks do not write in transactions. Use disabled, or preparing.`])
  const log = loggers.logger(loggerNames.cli)
  for (const warning of config.warnings) log.warn({}, warning)
  let herder: DistributedHerder | null = null
  const metrics = new MetricsPage({
    tasks: () => [...herder?.worker.tasks ?? []].map(({ spec, running }) => ({ ...spec.id, type: spec.type, metrics: running.metrics })),
    statuses: () => herder?.statuses() ?? [],
    get statistics () { return herder!.worker.statistics }
  })
  const rest = await startRest({ worker: config, plugins, log: loggers.logger(loggerNames.rest), logLevels: loggers, metrics })
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  const serving = new DistributedHerder({ config, plugins, loggers, url: rest.url, version, onFatal: error => { end(error, exitCodes.usage) } })
  stopOnSignals(async signal => {
    log.info({ signal }, 'Stopping.')
    await rest.close()
    await serving.stop()
    log.info({}, 'Stopped.')
  }, async () => { await herder?.worker.abandonAll() })
  await serving.start()
  herder = serving
  rest.serve(serving)
  log.info({ url: rest.url, ms: Math.round(performance.now()) }, 'Kafka Connect started.')
}

/** `connect-distributed`: see `usage`. Exit codes are those of Kafka's script. */
export async function distributed (args: readonly string[]): Promise<void> {
  const [workerFile] = args.filter(arg => arg !== '-daemon')
  if (workerFile === undefined || args.includes('--help')) end(new Exit(exitCodes.usage, [usage]), exitCodes.usage)
  // What a connector's own code lets slip must not end the other connectors.
  process.on('uncaughtException', error => { process.stderr.write(`An error that nothing caught; the worker goes on: ${error.stack ?? error.message}\n`) })
  try {
    await run(workerFile)
  } catch (error) {
    end(error, exitCodes.start)
  }
}
