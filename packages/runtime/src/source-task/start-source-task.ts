import { configError, configOf, type Log, problemsError } from '@tributary/plugin'
import { connectorConfigOf } from '../config/connector-config.ts'
import { stageConfigs } from '../config/stages.ts'
import { ErrorHandler } from '../error-handling/error-handler.ts'
import { errorPolicyOf } from '../error-handling/error-policy.ts'
import { loggerNames } from '../log/loggers.ts'
import { createTransformChain } from '../transform-chain.ts'
import { openConverters } from '../worker/task-converters.ts'
import type { TaskServices } from '../worker/task-services.ts'
import type { TaskSpec } from '../worker/task-spec.ts'
import { Acknowledgements } from './acknowledgements.ts'
import { AtLeastOnceDelivery } from './at-least-once-delivery.ts'
import { ExactlyOnceDelivery } from './exactly-once-delivery.ts'
import { RecordPreparer } from './record-preparer.ts'
import { SourceTask } from './source-task.ts'
import { TopicCreator } from './topic-creator.ts'

/** Makes a source task of its specification; nothing is read yet. Throws for a configuration or plugin that cannot work. */
export async function startSourceTask (spec: TaskSpec, services: TaskServices): Promise<SourceTask> {
  const { plugins, metrics, control } = services
  const loaded = await plugins.find('source', spec.connectorClass, spec.connectorVersion ?? undefined)
  if (loaded === null) throw configError(`Failed to find any class that implements Connector and which name matches ${spec.connectorClass}.`)
  const { definition } = loaded
  const config = configOf(definition.config, spec.taskConfig)
  const problems = definition.validate === undefined ? [] : await definition.validate(config as never, spec.taskConfig)
  if (problems.length > 0) throw problemsError(problems)
  const { topicGroups } = await connectorConfigOf('source', spec.connectorConfig, plugins, { topicCreation: spec.createsTopics })
  const log: Log = services.log(loggerNames.sourceTask)
  const errors = new ErrorHandler({ task: spec.id, policy: errorPolicyOf(spec.connectorConfig, 'source'), metrics, log: services.log(loggerNames.errors), deadLetters: null, stop: control.stop })
  const chain = createTransformChain(await stageConfigs(spec.connectorConfig, plugins))
  const converters = await openConverters(spec.connectorConfig, spec.workerConfig, plugins)
  const kafka = await services.kafka()
  const acknowledgements = new Acknowledgements(log)
  const parts = { spec, services, log, acknowledgements, producer: await kafka.producer(spec.clients.producer) }
  return new SourceTask({
    spec, services, log, definition, config, acknowledgements,
    delivery: spec.transactions === null ? new AtLeastOnceDelivery({ ...parts, errors }) : new ExactlyOnceDelivery({ ...parts, transactions: spec.transactions }),
    preparer: new RecordPreparer({ chain, converters, errors }),
    topics: new TopicCreator({ groups: topicGroups, admin: () => kafka.admin(spec.clients.admin), onTopic: services.usesTopic })
  })
}
