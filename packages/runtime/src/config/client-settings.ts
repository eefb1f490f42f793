import type { RawConfig } from '@tributary/plugin'
import type { ClientSettings } from '../kafka/port.ts'
import type { WorkerConfig } from './worker-config.ts'
import { exactlyOnceSupport, withPrefix } from './worker-config.ts'

/** Settings of the Kafka clients that a worker opens: built-in, then the worker's prefix, then the connector's override, the later wins. */

interface TaskClient {
  readonly worker: WorkerConfig
  readonly connector: string
  readonly task: number
  /** The connector's configuration with variables replaced; overrides in it were checked against the policy when it was validated. */
  readonly config: RawConfig
}

function bootstrap (worker: WorkerConfig): ClientSettings {
  return { 'bootstrap.servers': worker.values['bootstrap.servers'].join(',') }
}

/** Worker settings that any client understands: all but those meant for one kind of client, or for config providers. */
function plain (worker: WorkerConfig): ClientSettings {
  return Object.fromEntries(Object.entries(worker.raw).filter(([key]) => !/^(?:producer|consumer|admin|config\.providers)(?:\.|$)/.test(key)))
}

const byteArraySerializer = 'org.apache.kafka.common.serialization.ByteArraySerializer'
const byteArrayDeserializer = 'org.apache.kafka.common.serialization.ByteArrayDeserializer'

const producerDefaults: ClientSettings = {
  'key.serializer': byteArraySerializer,
  'value.serializer': byteArraySerializer,
  'max.block.ms': '9223372036854775807',
  'enable.idempotence': 'false',
  acks: 'all',
  'max.in.flight.requests.per.connection': '1',
  'delivery.timeout.ms': '2147483647'
}

/** Id of the transactions of a source task (KIP-618); a task started later with the same id fences this one. */
export function transactionalId (groupId: string, connector: string, task: number): string {
  return `${groupId}-${connector}-${task}`
}

/** The producer of a source task. */
export function sourceProducerSettings ({ worker, connector, task, config }: TaskClient): ClientSettings {
  return {
    ...producerDefaults, ...bootstrap(worker), 'client.id': `connector-producer-${connector}-${task}`,
    ...withPrefix(worker.raw, 'producer.'), ...withPrefix(config, 'producer.override.')
  }
}

/** The producer of an exactly-once source task: idempotent and transactional, whatever others say. */
export function transactionalProducerSettings (client: TaskClient & { groupId: string }): ClientSettings {
  return { ...sourceProducerSettings(client), 'enable.idempotence': 'true', 'transactional.id': transactionalId(client.groupId, client.connector, client.task) }
}

/** The consumer group of a sink connector. */
export function sinkGroup (worker: WorkerConfig, connector: string, config: RawConfig): string {
  return config['consumer.override.group.id'] ?? withPrefix(worker.raw, 'consumer.')['group.id'] ?? `connect-${connector}`
}

/** The consumer of a sink task. */
export function sinkConsumerSettings ({ worker, connector, task, config }: TaskClient): ClientSettings {
  return {
    ...bootstrap(worker), 'client.id': `connector-consumer-${connector}-${task}`, 'group.id': `connect-${connector}`,
    'enable.auto.commit': 'false', 'auto.offset.reset': 'earliest', 'key.deserializer': byteArrayDeserializer, 'value.deserializer': byteArrayDeserializer,
    ...withPrefix(worker.raw, 'consumer.'), ...withPrefix(config, 'consumer.override.')
  }
}

/** The producer of the dead letter queue of a task. */
export function deadLetterProducerSettings ({ worker, connector, task, config }: TaskClient): ClientSettings {
  return {
    ...producerDefaults, ...bootstrap(worker), 'client.id': `connector-dlq-producer-${connector}-${task}`,
    ...withPrefix(worker.raw, 'producer.'), ...withPrefix(config, 'producer.override.')
  }
}

function admin (worker: WorkerConfig, clientId: string, config: RawConfig): ClientSettings {
  return { ...plain(worker), 'client.id': clientId, ...withPrefix(worker.raw, 'admin.'), ...withPrefix(config, 'admin.override.') }
}

/** The admin client that creates the dead letter topic. */
export function deadLetterAdminSettings ({ worker, connector, task, config }: TaskClient): ClientSettings {
  return admin(worker, `connector-dlq-adminclient-${connector}-${task}`, config)
}

/** The admin client of a source task, which creates topics. */
export function sourceAdminSettings ({ worker, connector, task, config }: TaskClient): ClientSettings {
  return admin(worker, `connector-adminclient-${connector}-${task}`, config)
}

/** The admin client behind REST's offset requests. */
export function offsetAdminSettings (worker: WorkerConfig, connector: string, config: RawConfig): ClientSettings {
  return admin(worker, `connector-worker-adminclient-${connector}`, config)
}

/** The producer that writes changed offsets of a stopped source connector. */
export function offsetProducerSettings (worker: WorkerConfig, connector: string, config: RawConfig): ClientSettings {
  return {
    ...producerDefaults, ...bootstrap(worker), 'client.id': `connector-offset-producer-${connector}`,
    ...withPrefix(worker.raw, 'producer.'), ...withPrefix(config, 'producer.override.')
  }
}

/** What makes readers of the worker's state leave out what was aborted: leaders, and source tasks, write in transactions with exactly-once. */
export function committedReads (worker: WorkerConfig): ClientSettings {
  return exactlyOnceSupport(worker) === 'disabled' ? {} : { 'isolation.level': 'read_committed' }
}

/** The consumer that reads a source connector's own offset topic. */
export function offsetConsumerSettings (worker: WorkerConfig, connector: string, config: RawConfig): ClientSettings {
  return {
    ...bootstrap(worker), 'client.id': `connector-offset-consumer-${connector}`,
    ...withPrefix(worker.raw, 'consumer.'), ...withPrefix(config, 'consumer.override.'), ...committedReads(worker)
  }
}

/**
 * A client of the worker's own, for its internal topics and its group: the worker's unprefixed settings. `purpose` ends the client id, such as
 * `configs`, `offsets`, `statuses` or `shared-admin`.
 */
export function workerClientSettings (worker: WorkerConfig, purpose: string): ClientSettings {
  const group = worker.mode === 'distributed' ? worker.values['group.id'] : 'standalone'
  const clientId = worker.raw['client.id'] ?? ''
  return { ...plain(worker), 'client.id': `${clientId === '' ? group : `${group}-${clientId}`}-${purpose}` }
}
