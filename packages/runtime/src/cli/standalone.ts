import { workerClientSettings } from '../config/client-settings.ts'
import { type ConnectorFile, loadConnectorFile } from '../config/connector-file.ts'
import { withNamedFiles } from '../config/named-files.ts'
import type { Plugins } from '../config/plugins.ts'
import type { StandaloneWorkerConfig } from '../config/worker-config.ts'
import { StandaloneHerder } from '../herder/standalone/standalone-herder.ts'
import { loggerNames } from '../log/loggers.ts'
import { startRest } from '../rest/server.ts'
import { OffsetFile } from '../storage/offset-file.ts'
import { Exit, exitCodes, explain } from './exit.ts'
import { program } from './program.ts'
import { metricsOf, readSetting, version } from './setting.ts'
import { stopOnSignals } from './signals.ts'

const usage = 'Usage: connect-standalone worker.properties [connector1.properties connector2.json ...]'

/** Reads all connector files; all that is wrong with them is told at once. */
async function readConnectors (files: readonly string[]): Promise<ConnectorFile[]> {
  const read = await Promise.allSettled(files.map(loadConnectorFile))
  const problems = read.flatMap(one => one.status === 'rejected' ? [explain(one.reason)] : [])
  const connectors = read.flatMap(one => one.status === 'fulfilled' ? [one.value] : [])
  const names = connectors.map(({ name }) => name)
  problems.push(...[...new Set(names.filter((name, i) => names.indexOf(name) !== i))].map(name => `Two of the connector files have the name ${name}; names must differ.`))
  if (problems.length > 0) throw new Exit(exitCodes.connector, problems)
  return connectors
}

async function clusterId (worker: StandaloneWorkerConfig): Promise<string> {
  const { openKafka } = await import('../kafka/index.ts')
  const admin = await openKafka().admin(workerClientSettings(worker, 'shared-admin'))
  try {
    return await admin.clusterId()
  } finally {
    await admin.close()
  }
}

/** Creates the connectors of the command line in order, after all of them were found good. */
async function createConnectors (herder: StandaloneHerder, connectors: readonly ConnectorFile[], files: readonly string[], plugins: Plugins): Promise<void> {
  const named = await Promise.all(connectors.map(async ({ name, config, initialState }, i) => ({ name, config: { ...await withNamedFiles(config, files[i]!, plugins), name }, initialState })))
  const problems = await Promise.all(named.map(({ config }) => herder.problem(config)))
  const sentences = problems.flatMap((problem, i) => problem === null ? [] : [`${files[i]}: ${explain(problem)}`])
  if (sentences.length > 0) throw new Exit(exitCodes.connector, sentences)
  for (const [i, connector] of named.entries()) {
    await herder.create(connector).catch((error: unknown) => { throw new Exit(exitCodes.connector, [`${files[i]}: ${explain(error)}`]) })
  }
  herder.ready()
}

async function run (workerFile: string, connectorFiles: readonly string[]): Promise<void> {
  const { worker, plugins, loggers } = await readSetting('standalone', workerFile)
  const connectors = await readConnectors(connectorFiles)
  const log = loggers.logger(loggerNames.cli)
  for (const warning of worker.warnings) log.warn({}, warning)
  const offsets = await OffsetFile.open(worker.values['offset.storage.file.filename'])
  // A worker without its brokers is of no use, but REST need not wait for them to answer.
  const cluster = clusterId(worker)
  cluster.catch(() => {})
  let herder: StandaloneHerder | null = null
  const metrics = metricsOf(plugins, () => herder)
  const rest = await startRest({ worker, plugins, log: loggers.logger(loggerNames.rest), logLevels: loggers, metrics })
  const serving = new StandaloneHerder({
    config: worker, plugins, loggers, offsets,
    workerId: rest.workerId,
    serverInfo: { version: version(), commit: 'unknown', kafka_cluster_id: await cluster },
    kafka: async () => (await import('../kafka/index.ts')).openKafka()
  })
  herder = serving
  stopOnSignals(async signal => {
    log.info({ signal }, 'Stopping.')
    await rest.close()
    await serving.stop()
    log.info({}, 'Stopped.')
  }, () => serving.worker.abandonAll())
  rest.serve(serving)
  log.info({ url: rest.url, ms: Math.round(performance.now()) }, 'Kafka Connect started.')
  await createConnectors(serving, connectors, connectorFiles, plugins)
}

/** `connect-standalone`: see `usage`. */
export async function standalone (args: readonly string[]): Promise<void> { await program(args, usage, run) }
