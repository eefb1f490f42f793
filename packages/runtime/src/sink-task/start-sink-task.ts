import { configError, configOf, problemsError } from '@tributary/plugin'
import { stageConfigs } from '../config/stages.ts'
import { DeadLetterQueue } from '../error-handling/dead-letter-queue.ts'
import { ErrorHandler } from '../error-handling/error-handler.ts'
import { errorPolicyOf } from '../error-handling/error-policy.ts'
import { messageOf } from '../error-handling/java-error.ts'
import { openFeed } from '../feed/open-feed.ts'
import { loggerNames } from '../log/loggers.ts'
import { createTransformChain } from '../transform-chain.ts'
import { openConverters } from '../worker/task-converters.ts'
import type { TaskServices } from '../worker/task-services.ts'
import type { TaskSpec } from '../worker/task-spec.ts'
import { RecordReader } from './record-reader.ts'
import { SinkTask } from './sink-task.ts'

/** Makes a sink task of its specification; nothing is read yet. Throws for a configuration or plugin that cannot work. */
export async function startSinkTask (spec: TaskSpec, services: TaskServices): Promise<SinkTask> {
  const { plugins, metrics, control } = services
  const loaded = await plugins.find('sink', spec.connectorClass, spec.connectorVersion ?? undefined)
  if (loaded === null) throw configError(`Failed to find any class that implements Connector and which name matches ${spec.connectorClass}.`)
  const { definition } = loaded
  const config = configOf(definition.config, spec.taskConfig)
  const problems = definition.validate === undefined ? [] : await definition.validate(config as never, spec.taskConfig)
  if (problems.length > 0) throw problemsError(problems)
  const policy = errorPolicyOf(spec.connectorConfig, 'sink')
  const log = services.log(loggerNames.sinkTask)
  const chain = createTransformChain(await stageConfigs(spec.connectorConfig, plugins))
  const converters = await openConverters(spec.connectorConfig, spec.workerConfig, plugins)
  const deadLetters = policy.deadLetters === null
    ? null
    : await DeadLetterQueue.open({
      kafka: await services.kafka(), task: spec.id, queue: policy.deadLetters, producer: spec.clients.deadLetterProducer, admin: spec.clients.deadLetterAdmin, metrics,
      onRefused: error => { log.error({ err: error }, `The dead letter queue ${policy.deadLetters?.topic} refused a record: ${messageOf(error)}`) }
    })
  const errors = new ErrorHandler({ task: spec.id, policy, metrics, log: services.log(loggerNames.errors), deadLetters, stop: control.stop })
  return new SinkTask({
    spec, services, log, definition, config, errors, deadLetters,
    reader: new RecordReader({ chain, converters, errors }),
    openFeed: context => openFeed(spec, services, context)
  })
}
