import { ConnectError } from '@tributary/plugin'
import type { RawHeaders, RawRecord, TaskId, TopicPartition } from '@tributary/plugin'
import type { ClientSettings, Kafka, Producer } from '../kafka/port.ts'
import type { TaskMetrics } from '../metrics/task-metrics.ts'
import type { ErrorPolicy } from './error-policy.ts'
import { javaClassOf, messageOf, traceOf } from './java-error.ts'
import type { FailedStage } from './stages.ts'

/** A record as it was consumed. */
export interface Consumed extends TopicPartition {
  readonly record: RawRecord
}

const sinkTaskClass = 'org.apache.kafka.connect.sink.SinkTask'

/** The class named in reports of records that the sink itself refused. */
export const putStage: FailedStage = { stage: 'TASK_PUT', className: sinkTaskClass }

/** Java's context headers (KIP-298), in Java's order. */
function contextHeaders (task: TaskId, consumed: Consumed, { stage, className }: FailedStage, error: unknown): RawHeaders {
  const header = (key: string, value: string): { key: string, value: Buffer } => ({ key: `__connect.errors.${key}`, value: Buffer.from(value) })
  return [
    header('topic', consumed.topic),
    header('partition', String(consumed.partition)),
    header('offset', String(consumed.record.offset)),
    header('connector.name', task.connector),
    header('task.id', String(task.task)),
    header('stage', stage),
    header('class.name', className),
    header('exception.class.name', javaClassOf(error)),
    header('exception.message', messageOf(error)),
    header('exception.stacktrace', traceOf(error))
  ]
}

/** What a dead letter queue is opened with. */
export interface DeadLetterQueueOptions {
  readonly kafka: Kafka
  readonly task: TaskId
  readonly queue: NonNullable<ErrorPolicy['deadLetters']>
  readonly producer: ClientSettings
  readonly admin: ClientSettings
  readonly metrics: TaskMetrics
  /** Called for each record the queue refused. */
  readonly onRefused: (error: Error) => void
}

/** Keeps records that failed, as they were consumed, in a Kafka topic. */
export class DeadLetterQueue implements AsyncDisposable {
  readonly #options: DeadLetterQueueOptions
  readonly #producer: Producer

  private constructor (options: DeadLetterQueueOptions, producer: Producer) {
    this.#options = options
    this.#producer = producer
  }

  /** Creates the topic, with one partition, when it is missing. */
  static async open (options: DeadLetterQueueOptions): Promise<DeadLetterQueue> {
    const { topic, replicationFactor } = options.queue
    const admin = await options.kafka.admin(options.admin)
    try {
      const known = await admin.describe([topic])
      if (known.get(topic) == null) await admin.create({ name: topic, partitions: 1, replicationFactor, configs: {} })
    } catch (error) {
      throw new ConnectError('DEAD_LETTER_QUEUE', 'system', `Could not initialize dead letter queue with topic ${topic}: ${messageOf(error)} (errors.deadletterqueue.topic.replication.factor is ${replicationFactor}.)`, { cause: error })
    } finally {
      await admin.close()
    }
    return new DeadLetterQueue(options, await options.kafka.producer(options.producer))
  }

  /** Sends a record; resolves when it is acknowledged, or refused, which is counted and told to `onRefused`. */
  async send (consumed: Consumed, failed: FailedStage, error: unknown): Promise<void> {
    const { task, queue, metrics, onRefused } = this.#options
    const { key, value, headers, timestamp } = consumed.record
    metrics.add('deadLetters')
    const { promise, resolve } = Promise.withResolvers<void>()
    const record = { topic: queue.topic, partition: null, key, value, timestamp, headers: queue.contextHeaders ? [...headers, ...contextHeaders(task, consumed, failed, error)] : headers }
    const refused = (reason: Error): void => {
      metrics.add('deadLetterFailures')
      onRefused(reason)
      resolve()
    }
    try {
      await this.#producer.send([record], (_index, _metadata, reason) => {
        if (reason === null) resolve()
        else refused(reason)
      })
    } catch (reason) {
      refused(reason as Error)
    }
    return await promise
  }

  async [Symbol.asyncDispose] (): Promise<void> {
    await this.#producer.close(5_000)
  }
}
