import type { RawConfig, TaskId } from '@tributary/plugin'
import { deadLetterAdminSettings, deadLetterProducerSettings, sinkConsumerSettings, sourceAdminSettings, sourceProducerSettings, transactionalProducerSettings } from '../config/client-settings.ts'
import { transformConfig } from '../config/config-transformer.ts'
import { configError } from '@tributary/plugin'
import { transactionSettingsOf } from '../config/exactly-once.ts'
import { findConnector, type Plugins } from '../config/plugins.ts'
import type { WorkerConfig } from '../config/worker-config.ts'
import type { TaskTarget } from './task-control.ts'
import type { TaskSpec } from './task-spec.ts'

export interface TaskSpecInput {
  readonly id: TaskId
  /** As stored, with variables of config providers. */
  readonly connectorConfig: RawConfig
  readonly taskConfig: RawConfig
  readonly target: TaskTarget
}

/** What a task is started with, and after how many milliseconds values of config providers in it expire; null: never. */
export interface SpecifiedTask { readonly spec: TaskSpec, readonly ttlMs: number | null }

/** The specification of a task on this worker, variables replaced. Throws when its connector is not known or a provider fails. */
export async function taskSpecOf ({ id, connectorConfig, taskConfig, target }: TaskSpecInput, worker: WorkerConfig, plugins: Plugins): Promise<SpecifiedTask> {
  const { config, ttlMs: connectorTtlMs } = await transformConfig(worker.providers, connectorConfig)
  const { config: task, ttlMs: taskTtlMs } = await transformConfig(worker.providers, taskConfig)
  const name = config['connector.class']?.trim() ?? ''
  const loaded = await findConnector(plugins, name, config['connector.plugin.version'])
  if (loaded === null) throw configError(`Failed to find any class that implements Connector and which name matches ${name}`)
  const client = { worker, connector: id.connector, task: id.task, config }
  const transactions = loaded.entry.type === 'source' ? transactionSettingsOf(worker, id.connector, config) : null
  const spec: TaskSpec = {
    id,
    type: loaded.entry.type,
    connectorClass: loaded.entry.class,
    connectorVersion: loaded.entry.version,
    connectorConfig: config,
    taskConfig: task,
    workerConfig: worker.raw,
    target,
    clients: {
      producer: transactions === null || worker.mode === 'standalone' ? sourceProducerSettings(client) : transactionalProducerSettings({ ...client, groupId: worker.values['group.id'] }),
      consumer: sinkConsumerSettings(client),
      admin: sourceAdminSettings(client),
      deadLetterProducer: deadLetterProducerSettings(client),
      deadLetterAdmin: deadLetterAdminSettings(client)
    },
    transactions,
    createsTopics: worker.values['topic.creation.enable'],
    tracksTopics: worker.values['topic.tracking.enable'],
    reportsPartitions: worker.values['rest.status.partitions'],
    offsetFlushIntervalMs: worker.values['offset.flush.interval.ms'],
    offsetFlushTimeoutMs: worker.values['offset.flush.timeout.ms']
  }
  return { spec, ttlMs: connectorTtlMs === null ? taskTtlMs : Math.min(connectorTtlMs, taskTtlMs ?? Infinity) }
}
