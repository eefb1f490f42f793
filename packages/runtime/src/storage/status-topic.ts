import type { TaskState } from '../herder/herder.ts'
import type { Admin, Kafka } from '../kafka/port.ts'
import { InternalTopic, type InternalRecord, type InternalTopicOptions } from './internal-topic.ts'
import { statusRecords, StatusState, type StoredStatus, type TopicUse } from './status-state.ts'

/**
 * The status topic. Writes do not wait for the brokers: a status is news, and the next one replaces it. One that fails is tried again until
 * a newer one of the same key takes its place. `flush` waits.
 */
export class StatusTopic implements AsyncDisposable {
  readonly state: StatusState
  readonly #topic: InternalTopic
  readonly #log: InternalTopicOptions['log']
  /** The latest record of each key that is not acknowledged. */
  readonly #unsent = new Map<string, InternalRecord>()
  #sending: Promise<void> | null = null
  #closed = false

  private constructor (state: StatusState, topic: InternalTopic, log: InternalTopicOptions['log']) {
    this.state = state
    this.#topic = topic
    this.#log = log
  }

  static async open (kafka: Kafka, admin: Admin, options: InternalTopicOptions): Promise<StatusTopic> {
    const state = new StatusState()
    return new StatusTopic(state, await InternalTopic.open(kafka, admin, options, record => { state.apply(record) }), options.log)
  }

  putConnector (connector: string, status: StoredStatus, options: { safe: boolean }): void {
    if (options.safe && !this.state.maySafelyWrite(this.state.connector(connector), status)) return
    this.#put(statusRecords.connector(connector, status))
  }

  putTask (connector: string, task: number, status: StoredStatus<TaskState>, options: { safe: boolean }): void {
    if (options.safe && !this.state.maySafelyWrite(this.state.task(connector, task), status)) return
    this.#put(statusRecords.task(connector, task, status))
  }

  removeConnector (connector: string): void { this.#put(statusRecords.connector(connector, null)) }

  removeTask (connector: string, task: number): void { this.#put(statusRecords.task(connector, task, null)) }

  /** Notes that a connector uses a topic, unless that is known. */
  putTopic (use: TopicUse): void {
    if (!this.state.usesTopic(use.connector, use.topic)) this.#put(statusRecords.topic(use))
  }

  resetTopics (connector: string): void {
    for (const { topic } of this.state.topics(connector)) this.#put(statusRecords.noTopic(topic, connector))
  }

  #put (record: { key: string, value: object | null }): void {
    // A record that waits for another try gives way to the newer one, and moves to the end so that order stays that of the calls.
    this.#unsent.delete(record.key)
    this.#unsent.set(record.key, record)
    this.#sending ??= this.#send().finally(() => { this.#sending = null })
  }

  async #send (): Promise<void> {
    while (this.#unsent.size > 0 && !this.#closed) {
      const batch = [...this.#unsent.values()]
      this.#unsent.clear()
      try {
        await this.#topic.write(batch)
      } catch (error) {
        this.#log.warn({ error: (error as Error).message }, `Could not write ${batch.length} statuses; trying again.`)
        for (const record of batch) if (!this.#unsent.has(record.key as string)) this.#unsent.set(record.key as string, record)
        await new Promise(resolve => { setTimeout(resolve, 300) })
      }
    }
  }

  /** Resolves when every status written so far is acknowledged. */
  async flush (): Promise<void> {
    while (this.#sending !== null) await this.#sending
  }

  /** Reads what others have written so far. */
  async refresh (): Promise<void> { await this.#topic.readToEnd() }

  async [Symbol.asyncDispose] (): Promise<void> {
    this.#closed = true
    await this.#topic[Symbol.asyncDispose]()
  }
}
