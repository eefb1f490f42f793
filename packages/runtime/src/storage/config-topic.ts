import type { RawConfig } from '@tributary/plugin'
import { RestError } from '../herder/rest-error.ts'
import type { TargetState } from '../herder/herder.ts'
import type { Admin, ClientSettings, Kafka, Producer } from '../kafka/port.ts'
import { configRecords, ConfigState, type ConfigChange, type ConfigRecord, type RestartRequest, type SessionKey } from './config-state.ts'
import { InternalTopic, writeRecords, type InternalTopicOptions } from './internal-topic.ts'

export interface ConfigTopicOptions extends InternalTopicOptions {
  /** Settings of the leader's transactional producer; null: exactly-once support is off, and the leader writes as everybody does. */
  readonly leaderProducer: ClientSettings | null
  /** Called for each change that a record brings once the topic has been read to its end at the start. */
  readonly onChange: (change: ConfigChange) => void
}

/**
 * The config topic: connectors, their tasks and target states. Writes resolve once this worker has read them back. With exactly-once support
 * the leader writes in transactions of one `transactional.id` for the group, so a leader that was replaced without noticing is fenced (KIP-618).
 */
export class ConfigTopic implements AsyncDisposable {
  readonly state = new ConfigState()
  readonly #options: ConfigTopicOptions
  readonly #kafka: Kafka
  #topic: InternalTopic | null = null
  /** Whether this worker leads, as far as it knows; only then does it write with `#leader`. */
  #isLeader = false
  #leader: Producer | null = null
  #last: Promise<unknown> = Promise.resolve()
  #live = false

  private constructor (kafka: Kafka, options: ConfigTopicOptions) {
    this.#kafka = kafka
    this.#options = options
  }

  static async open (kafka: Kafka, admin: Admin, options: ConfigTopicOptions): Promise<ConfigTopic> {
    const opened = new ConfigTopic(kafka, options)
    opened.#topic = await InternalTopic.open(kafka, admin, options, record => {
      const change = opened.state.apply(record, { live: opened.#live })
      if (change !== null && opened.#live) options.onChange(change)
    })
    opened.#live = true
    return opened
  }

  /** Makes this worker the only one that can write as the leader. Nothing to do without exactly-once support. */
  async claimWritePrivileges (): Promise<void> {
    if (this.#options.leaderProducer === null) return
    this.#isLeader = true
    await this.#inTurn(async () => {
      await this.#closeLeader()
      this.#leader = await this.#openLeader(this.#options.leaderProducer!)
    })
  }

  async resignWritePrivileges (): Promise<void> {
    this.#isLeader = false
    await this.#inTurn(() => this.#closeLeader())
  }

  async #openLeader (settings: ClientSettings): Promise<Producer> {
    const producer = await this.#kafka.producer(settings)
    await producer.init()
    return producer
  }

  async #closeLeader (): Promise<void> {
    const producer = this.#leader
    this.#leader = null
    await producer?.close(0)
  }

  /** Reads what has been written so far, by anybody. */
  async refresh (): Promise<void> { await this.#opened.readToEnd() }

  async putConnector (connector: string, config: RawConfig, targetState: TargetState | undefined): Promise<void> {
    await this.#writeAsLeader([...targetState === undefined ? [] : [configRecords.targetState(connector, targetState)], configRecords.connector(connector, config)])
  }

  async removeConnector (connector: string): Promise<void> {
    await this.#writeAsLeader([configRecords.connector(connector, null), configRecords.targetState(connector, null)])
  }

  /** Task configurations first, their commit in a write of its own: readers take either all of them or none. */
  async putTasks (connector: string, tasks: readonly RawConfig[]): Promise<void> {
    await this.refresh()
    if (tasks.length > 0) await this.#writeAsLeader(tasks.map((config, task) => configRecords.task(connector, task, config)))
    await this.#writeAsLeader([configRecords.commit(connector, tasks.length)])
  }

  async putRestart (request: RestartRequest): Promise<void> { await this.#writeAsLeader([configRecords.restart(request)]) }

  async putFencing (connector: string, tasks: number): Promise<void> { await this.#writeAsLeader([configRecords.fencing(connector, tasks)]) }

  async putSessionKey (key: SessionKey): Promise<void> { await this.#writeAsLeader([configRecords.sessionKey(key)]) }

  /** Any worker may write this. */
  async putTargetState (connector: string, state: TargetState): Promise<void> { await this.#opened.write([configRecords.targetState(connector, state)]) }

  /** Any worker may write this. */
  async putLogLevel (logger: string, level: string): Promise<void> { await this.#opened.write([configRecords.logLevel(logger, level)]) }

  async #writeAsLeader (records: readonly ConfigRecord[]): Promise<void> {
    const { leaderProducer } = this.#options
    if (leaderProducer === null) await this.#opened.write(records)
    else await this.#inTurn(() => this.#writeInTransaction(records, leaderProducer))
    await this.refresh()
  }

  async #writeInTransaction (records: readonly ConfigRecord[], settings: ClientSettings): Promise<void> {
    const failed = (cause?: unknown): RestError => new RestError(500, 'Failed to write to config topic; this may be due to a transient error and the request can be safely retried', { cause })
    if (!this.#isLeader) throw failed()
    try {
      // After a failure this worker makes itself the only writer again, as long as it leads.
      this.#leader ??= await this.#openLeader(settings)
      this.#leader.begin()
      await writeRecords(this.#leader, this.#options.topic, records)
      await this.#leader.commitTransaction()
    } catch (error) {
      // Fenced by another leader, or without a coordinator.
      await this.#closeLeader()
      throw failed(error)
    }
  }

  /** A producer has one transaction at a time. */
  #inTurn (work: () => Promise<void>): Promise<void> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => {})
    return result
  }

  get #opened (): InternalTopic {
    if (this.#topic === null) throw new Error('The config topic is not open.')
    return this.#topic
  }

  async [Symbol.asyncDispose] (): Promise<void> {
    await this.resignWritePrivileges()
    await this.#topic?.[Symbol.asyncDispose]()
  }
}
