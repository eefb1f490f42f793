import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort, startProcess, type LocalProcess } from './process.ts'

const run = promisify(execFile)
const tools = fileURLToPath(new URL('../../../.tributary/', import.meta.url))

/** A broker of a local cluster. */
export interface LocalBroker extends LocalProcess {
  readonly port: number
  /** Starts it again after `stop` or `kill`, on the same port and data. */
  restart (): Promise<void>
}

/** A real Apache Kafka (KRaft) on 127.0.0.1. */
export interface LocalKafka {
  readonly bootstrap: string
  readonly brokers: readonly LocalBroker[]
  stop (): Promise<void>
}

/** The class path of Apache Kafka's jars, brought by `npm run setup`. */
export function kafkaClassPath (): string {
  return `${jarFolder('kafka')}/*`
}

/** The class path of Java Kafka Connect, brought by `npm run setup -- --java-connect`. */
export function javaConnectClassPath (): string {
  return `${jarFolder('java-connect')}/*:${jarFolder('kafka')}/*`
}

function jarFolder (name: string): string {
  const folder = join(tools, name)
  if (!existsSync(folder)) throw new Error(`Kafka's jars are not in ${folder}. Run "npm run setup" at the root of the repository.`)
  return folder
}

function isListening (port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => { socket.destroy(); resolve(true) })
    socket.once('error', () => { resolve(false) })
  })
}

/**
 * Starts a cluster in `folder`, made fresh, and resolves when every broker listens. Topics are created on first use, replicated
 * `min(2, brokers)` times. Every broker is a controller too: of three, any one may be lost. `isSmall`: little memory and a quick start rather than speed,
 * for tests that restart brokers. `settings` are further lines of server.properties.
 */
export async function startKafka (options: { folder: string, port?: number, brokers?: number, isSmall?: boolean, settings?: Readonly<Record<string, string>> }): Promise<LocalKafka> {
  const count = options.brokers ?? 1
  const nodes: { port: number, controller: number }[] = []
  for (let i = 0; i < count; i++) nodes.push({ port: i === 0 && options.port !== undefined ? options.port : await freePort(), controller: await freePort() })
  const voters = nodes.map((node, i) => `${i + 1}@127.0.0.1:${node.controller}`).join(',')
  // A leading dash would be taken for an option.
  const cluster = randomBytes(16).toString('base64url').replace(/^-/, 'A')
  const brokers = await Promise.all(nodes.map((node, i) => startBroker({ folder: join(options.folder, `broker-${i + 1}`), id: i + 1, ...node, voters, cluster, copies: Math.min(2, count), isSmall: options.isSmall ?? false, settings: options.settings ?? {} })))
  return {
    bootstrap: nodes.map(node => `127.0.0.1:${node.port}`).join(','),
    brokers,
    stop: async () => { await Promise.all(brokers.map(broker => broker.stop())) }
  }
}

async function startBroker (options: { folder: string, id: number, port: number, controller: number, voters: string, cluster: string, copies: number, isSmall: boolean, settings: Readonly<Record<string, string>> }): Promise<LocalBroker> {
  const { folder, id, port, controller, voters, cluster, copies, isSmall } = options
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'server.properties')
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': String(id),
    'controller.quorum.voters': voters,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(folder, 'data'),
    'default.replication.factor': String(copies),
    'offsets.topic.replication.factor': String(copies),
    'offsets.topic.num.partitions': '5',
    'transaction.state.log.replication.factor': String(copies),
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '5',
    'min.insync.replicas': '1',
    'group.initial.rebalance.delay.ms': '0',
    'log.cleaner.dedupe.buffer.size': '16777216',
    ...options.settings
  }
  await writeFile(file, Object.entries(settings).map(([key, value]) => `${key}=${value}\n`).join(''))
  const classPath = kafkaClassPath()
  await run('java', ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classPath, 'kafka.tools.StorageTool', 'format', '--ignore-formatted', '-t', cluster, '-c', file])
  const jvm = isSmall ? ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'] : ['-Xms128m', '-Xmx512m', '-XX:+UseG1GC', '-XX:TieredStopAtLevel=4']
  const start = (): Promise<LocalProcess> => startProcess('java', [...jvm, '-cp', classPath, 'kafka.Kafka', file],
    { logFile: join(folder, 'broker.log'), ready: () => isListening(port), timeoutMs: 120_000 })
  let current = await start()
  return {
    port,
    get pid () { return current.pid },
    get ended () { return current.ended },
    stop: graceMs => current.stop(graceMs),
    kill: () => current.kill(),
    signal: signal => { current.signal(signal) },
    restart: async () => { current = await start() }
  }
}
