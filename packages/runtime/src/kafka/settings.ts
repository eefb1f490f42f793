import { configError } from '@tributary/plugin'
import type { ClientSettings } from './port.ts'
import { securityOf, type Security } from './security.ts'

/** What every client needs to reach the brokers. */
export interface ConnectionSettings extends Security {
  readonly bootstrap: readonly { readonly host: string, readonly port: number }[]
  readonly clientId: string
  readonly requestTimeoutMs: number
  readonly connectTimeoutMs: number
  /** How long a call may go on with retries (`default.api.timeout.ms`). */
  readonly apiTimeoutMs: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  readonly metadataMaxAgeMs: number
}

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

export interface ProducerSettings {
  readonly acks: -1 | 0 | 1
  readonly compression: Compression
  readonly batchSize: number
  readonly stickyBytes: number
  readonly lingerMs: number
  readonly bufferMemory: number
  readonly maxRequestSize: number
  readonly maxInFlight: number
  readonly maxBlockMs: number
  readonly deliveryTimeoutMs: number
  readonly retries: number
  readonly idempotent: boolean
  readonly transactionalId: string | null
  readonly transactionTimeoutMs: number
}

export interface FetchSettings {
  readonly minBytes: number
  readonly maxBytes: number
  readonly maxWaitMs: number
  readonly maxPartitionBytes: number
  readonly readCommitted: boolean
  readonly checkCrcs: boolean
}

export interface GroupSettings {
  readonly groupId: string
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly maxPollIntervalMs: number
  readonly maxPollRecords: number
  readonly autoOffsetReset: 'earliest' | 'latest' | 'none'
  readonly assignors: readonly ('range' | 'roundrobin')[]
}

/** A size the broker would not take: Java's batch.size is a start, ours a bound, and big batches are what makes one request in flight fast. */
const defaultBatchBytes = 512 * 1024
const longMs = 2 ** 31 - 1

export function connectionSettings (settings: ClientSettings): ConnectionSettings {
  return {
    ...securityOf(settings),
    bootstrap: bootstrapOf(settings['bootstrap.servers'] ?? ''),
    clientId: settings['client.id'] ?? 'tributary',
    requestTimeoutMs: integer(settings, 'request.timeout.ms', 30_000),
    connectTimeoutMs: integer(settings, 'socket.connection.setup.timeout.ms', 10_000),
    apiTimeoutMs: integer(settings, 'default.api.timeout.ms', 60_000),
    retryBackoffMs: integer(settings, 'retry.backoff.ms', 100),
    retryBackoffMaxMs: integer(settings, 'retry.backoff.max.ms', 1000),
    metadataMaxAgeMs: integer(settings, 'metadata.max.age.ms', 300_000)
  }
}

export function producerSettings (settings: ClientSettings): ProducerSettings {
  const transactionalId = settings['transactional.id'] ?? null
  const acks = choice(settings, 'acks', ['all', '-1', '0', '1'], 'all')
  const idempotent = transactionalId !== null || boolean(settings, 'enable.idempotence', acks === 'all' || acks === '-1')
  if (idempotent && (acks === '0' || acks === '1')) throw configError('Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence.')
  const maxInFlight = integer(settings, 'max.in.flight.requests.per.connection', 5, 1)
  if (idempotent && maxInFlight > 5) throw configError('Must set max.in.flight.requests.per.connection to at most 5 to use the idempotent producer.')
  return {
    acks: acks === '0' ? 0 : acks === '1' ? 1 : -1,
    compression: choice(settings, 'compression.type', ['none', 'gzip', 'snappy', 'lz4', 'zstd'], 'none'),
    batchSize: integer(settings, 'batch.size', defaultBatchBytes),
    stickyBytes: integer(settings, 'batch.size', 16_384, 1),
    lingerMs: integer(settings, 'linger.ms', 0),
    bufferMemory: integer(settings, 'buffer.memory', 33_554_432),
    maxRequestSize: integer(settings, 'max.request.size', 1_048_576),
    maxInFlight,
    maxBlockMs: integer(settings, 'max.block.ms', 60_000),
    deliveryTimeoutMs: integer(settings, 'delivery.timeout.ms', 120_000),
    retries: integer(settings, 'retries', longMs),
    idempotent,
    transactionalId,
    transactionTimeoutMs: integer(settings, 'transaction.timeout.ms', 60_000)
  }
}

export function fetchSettings (settings: ClientSettings): FetchSettings {
  return {
    minBytes: integer(settings, 'fetch.min.bytes', 1),
    maxBytes: integer(settings, 'fetch.max.bytes', 52_428_800),
    maxWaitMs: integer(settings, 'fetch.max.wait.ms', 500),
    maxPartitionBytes: integer(settings, 'max.partition.fetch.bytes', 1_048_576),
    readCommitted: choice(settings, 'isolation.level', ['read_uncommitted', 'read_committed'], 'read_uncommitted') === 'read_committed',
    checkCrcs: boolean(settings, 'check.crcs', true)
  }
}

export function groupSettings (settings: ClientSettings): GroupSettings {
  const groupId = settings['group.id']
  if (groupId === undefined || groupId === '') throw configError('Missing required configuration "group.id" of a consumer.')
  return {
    groupId,
    sessionTimeoutMs: integer(settings, 'session.timeout.ms', 45_000, 1),
    heartbeatIntervalMs: integer(settings, 'heartbeat.interval.ms', 3000, 1),
    maxPollIntervalMs: integer(settings, 'max.poll.interval.ms', 300_000, 1),
    maxPollRecords: integer(settings, 'max.poll.records', longMs, 1),
    autoOffsetReset: choice(settings, 'auto.offset.reset', ['earliest', 'latest', 'none'], 'latest'),
    assignors: assignorsOf(settings['partition.assignment.strategy'])
  }
}

function assignorsOf (text: string | undefined): ('range' | 'roundrobin')[] {
  if (text === undefined || text.trim() === '') return ['range']
  return text.split(',').map(name => {
    const short = name.trim().split('.').at(-1)
    if (short === 'RangeAssignor' || short === 'range') return 'range'
    if (short === 'RoundRobinAssignor' || short === 'roundrobin') return 'roundrobin'
    throw configError(`partition.assignment.strategy ${name.trim()} is not supported: use org.apache.kafka.clients.consumer.RangeAssignor or org.apache.kafka.clients.consumer.RoundRobinAssignor.`)
  })
}

function bootstrapOf (text: string): { host: string, port: number }[] {
  const list = text.split(',').map(part => part.trim()).filter(part => part !== '')
  if (list.length === 0) throw configError('No bootstrap urls given in bootstrap.servers: expected host:port, host:port.')
  return list.map(part => {
    const [, ipv6, name, digits] = /^(?:\w+:\/\/)?(?:\[([^\]]+)\]|([^:\s]+)):(\d+)$/.exec(part) ?? []
    const host = ipv6 ?? name
    const port = Number(digits)
    if (host === undefined || !(port > 0 && port < 65_536)) throw configError(`Invalid url in bootstrap.servers: ${part}. Expected host:port.`)
    return { host, port }
  })
}

function integer (settings: ClientSettings, key: string, byDefault: number, minimum = 0): number {
  const text = settings[key]?.trim()
  if (text === undefined || text === '') return byDefault
  const value = Number(text)
  if (!/^-?\d+$/.test(text) || value < minimum) throw configError(`Invalid value ${text} for configuration ${key}: must be a whole number of at least ${minimum}.`)
  return value
}

function boolean (settings: ClientSettings, key: string, byDefault: boolean): boolean {
  const text = settings[key]?.trim().toLowerCase()
  if (text === undefined || text === '') return byDefault
  if (text !== 'true' && text !== 'false') throw configError(`Invalid value ${text} for configuration ${key}: must be true or false.`)
  return text === 'true'
}

function choice<const T extends string> (settings: ClientSettings, key: string, allowed: readonly T[], byDefault: NoInfer<T>): T {
  const text = settings[key]?.trim().toLowerCase()
  if (text === undefined || text === '') return byDefault
  const found = allowed.find(name => name === text)
  if (found === undefined) throw configError(`Invalid value ${text} for configuration ${key}: must be one of ${allowed.join(', ')}.`)
  return found
}
