import { DistributedHerder } from '../herder/distributed/distributed-herder.ts'
import { loggerNames } from '../log/loggers.ts'
import { startRest } from '../rest/server.ts'
import { end, exitCodes } from './exit.ts'
import { program } from './program.ts'
import { metricsOf, readSetting, version } from './setting.ts'
import { stopOnSignals } from './signals.ts'

const usage = 'Usage: connect-distributed worker.properties'

async function run (workerFile: string): Promise<void> {
  const { worker: config, plugins, loggers } = await readSetting('distributed', workerFile)
  const log = loggers.logger(loggerNames.cli)
  for (const warning of config.warnings) log.warn({}, warning)
  let herder: DistributedHerder | null = null
  const metrics = metricsOf(plugins, () => herder)
  const rest = await startRest({ worker: config, plugins, log: loggers.logger(loggerNames.rest), logLevels: loggers, metrics })
  const serving = new DistributedHerder({ config, plugins, loggers, url: rest.url, version: version(), onFatal: error => { end(error, exitCodes.usage) } })
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

/** `connect-distributed`: see `usage`. */
export async function distributed (args: readonly string[]): Promise<void> { await program(args, usage, run) }
