import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectError } from '@tributary/plugin'
import { brokerError, check, isTransient, reasonOf, sentence } from './failure.ts'
import { Link, type Address } from './link.ts'
import type { ConnectionSettings } from './settings.ts'

/** What one connection to a broker is for: a long poll must not hold up what waits behind it. */
export type Purpose = 'main' | 'fetch' | 'group'

export interface PartitionInfo { readonly leader: number, readonly replicas: number }

/** What the brokers said of a topic: its partitions by number, or an error code. */
export interface TopicInfo { readonly errorCode: number, readonly isInternal: boolean, readonly partitions: readonly PartitionInfo[], readonly at: number }

interface MetadataAnswer {
  readonly brokers: readonly { nodeId: number, host: string, port: number }[]
  readonly clusterId: string
  readonly controllerId: number
  readonly topicMetadata: readonly {
    topicErrorCode: number
    topic: string
    isInternal: boolean
    partitionMetadata: readonly { partitionErrorCode: number, partitionId: number, leader: number, replicas: readonly number[] }[]
  }[]
}

interface OpenedLink { readonly opening: Promise<Link>, link: Link | null }

/** The brokers of a cluster as one client sees them: connections, who leads what, who coordinates what. */
export class Cluster {
  readonly settings: ConnectionSettings
  readonly #nodes = new Map<number, Address>()
  readonly #links = new Map<string, OpenedLink>()
  readonly #topics = new Map<string, TopicInfo>()
  readonly #coordinators = new Map<string, number>()
  readonly #closing = new AbortController()
  #seed: Link | null = null
  #controller = -1
  #clusterId = ''

  private constructor (settings: ConnectionSettings) { this.settings = settings }

  /**
   * Connects to the first bootstrap server that answers. Errors: `transient` when none does, unless `isPatient`: then it is asked again when
   * something is needed of it, so that a task may start while the brokers are away, as in Java. `config` when it does not let us in.
   */
  static async open (settings: ConnectionSettings, { isPatient = false } = {}): Promise<Cluster> {
    const cluster = new Cluster(settings)
    let seed: Link
    try {
      seed = await cluster.#introduce()
    } catch (error) {
      if (isPatient && isTransient(error)) return cluster
      throw error
    }
    for (const [nodeId, { host, port }] of cluster.#nodes) {
      if (host !== seed.address.host || port !== seed.address.port) continue
      // A second connection to the same broker would be of no use.
      cluster.#links.set(`${nodeId}/main`, { opening: Promise.resolve(seed), link: seed })
      cluster.#seed = null
    }
    return cluster
  }

  /** Asks a bootstrap server for the brokers. One may take the connection and be gone before it answers: then the next one is asked. */
  async #introduce (): Promise<Link> {
    for (let left = this.settings.bootstrap.length - 1; ; left--) {
      const seed = this.#seed = await this.#connectSeed()
      try {
        await this.refresh([])
        return this.#seed
      } catch (error) {
        seed.close()
        if (left === 0 || !isTransient(error)) throw error
      }
    }
  }

  get clusterId (): string { return this.#clusterId }
  /** Aborts when the cluster is closed. */
  get closed (): AbortSignal { return this.#closing.signal }

  /** A connection to a broker, opened when there is none. */
  async link (nodeId: number, purpose: Purpose = 'main'): Promise<Link> {
    const key = `${nodeId}/${purpose}`
    const present = this.#links.get(key)
    if (present !== undefined && present.link?.isOpen !== false) return present.opening
    this.closed.throwIfAborted()
    const address = this.#nodes.get(nodeId)
    if (address === undefined) throw new ConnectError('BROKER_NOT_AVAILABLE', 'transient', `No address of Kafka broker ${nodeId} is known now.`)
    const entry: OpenedLink = { opening: Link.open(address, this.settings), link: null }
    this.#links.set(key, entry)
    entry.opening.then(link => {
      entry.link = link
      if (this.closed.aborted) link.close()
    }, () => { if (this.#links.get(key) === entry) this.#links.delete(key) })
    return entry.opening
  }

  /** A connection to any broker. */
  async anyLink (): Promise<Link> {
    if (this.#seed?.isOpen === true) return this.#seed
    for (const nodeId of this.#nodes.keys()) {
      const link = await this.link(nodeId).catch(() => null)
      if (link !== null) return link
    }
    this.#seed = await this.#connectSeed()
    return this.#seed
  }

  async #connectSeed (): Promise<Link> {
    const failures: string[] = []
    let last: unknown
    for (const address of this.settings.bootstrap) {
      if (this.closed.aborted) break
      try {
        const link = await Link.open(address, this.settings)
        if (this.closed.aborted) link.close()
        return link
      } catch (error) {
        if (!isTransient(error)) throw error
        last = error
        failures.push(reasonOf(error.cause ?? { message: error.message.replace(/^Connection to Kafka at \S+ failed: /, '') }))
      }
    }
    const servers = this.settings.bootstrap.map(({ host, port }) => `${host}:${port}`).join(', ')
    const reason = [...new Set(failures)].join('; ')
    throw new ConnectError('KAFKA_UNREACHABLE', 'transient', `Cannot reach Kafka at ${servers} (bootstrap.servers): ${sentence(reason)}`, { cause: last })
  }

  /**
   * Asks for topics and remembers what is said; `null` asks for all, an empty list for the brokers only. A topic that is not there has an error
   * code; `create` lets brokers create it, if they do such things.
   */
  async refresh (topics: readonly string[] | null, options: { create?: boolean } = {}): Promise<ReadonlyMap<string, TopicInfo>> {
    const link = await this.anyLink()
    const answer = await link.call<MetadataAnswer>('Metadata', { topics: topics ?? [], allowAutoTopicCreation: options.create ?? false }, topics?.length === 0 ? { body: brokersOnly } : {})
    this.#clusterId = answer.clusterId
    this.#controller = answer.controllerId
    for (const { nodeId, host, port } of answer.brokers) {
      const known = this.#nodes.get(nodeId)
      if (known?.host === host && known.port === port) continue
      this.#nodes.set(nodeId, { host, port })
      this.#dropLinks(nodeId)
    }
    const found = new Map<string, TopicInfo>()
    const at = Date.now()
    for (const { topic, topicErrorCode, isInternal, partitionMetadata } of answer.topicMetadata) {
      const partitions: PartitionInfo[] = []
      for (const { partitionId, leader, replicas } of partitionMetadata) partitions[partitionId] = { leader, replicas: replicas.length }
      found.set(topic, { errorCode: topicErrorCode, isInternal, partitions, at })
    }
    for (const [topic, info] of found) this.#topics.set(topic, info)
    return found
  }

  #dropLinks (nodeId: number): void {
    for (const [key, { opening }] of this.#links) {
      if (!key.startsWith(`${nodeId}/`)) continue
      this.#links.delete(key)
      opening.then(link => { link.close() }, () => {})
    }
  }

  /** What was last said of a topic, if anything. */
  known (topic: string): TopicInfo | undefined { return this.#topics.get(topic) }

  /** The broker that leads a partition, -1 when nobody does or nothing is known. */
  leaderOf (topic: string, partition: number): number { return this.#topics.get(topic)?.partitions[partition]?.leader ?? -1 }

  /** The broker to send changes of topics to. */
  async controller (): Promise<Link> {
    if (this.#controller < 0) await this.refresh([])
    return this.#controller < 0 ? await this.anyLink() : await this.link(this.#controller)
  }

  /** Forgets the controller, which may be gone. */
  forgetController (): void { this.#controller = -1 }

  /** The broker that looks after a consumer group or a transactional id. */
  async coordinator (kind: 'group' | 'transaction', key: string): Promise<Link> {
    const name = `${kind}/${key}`
    let nodeId = this.#coordinators.get(name)
    if (nodeId === undefined || !this.#nodes.has(nodeId)) {
      const link = await this.anyLink()
      const answer = await link.call<{ errorCode: number, errorMessage: string | null, coordinator: { nodeId: number, host: string, port: number } }>('GroupCoordinator', { groupId: key, coordinatorType: kind === 'group' ? 0 : 1 })
      check(answer.errorCode, `Cannot find the coordinator of ${kind === 'group' ? 'group' : 'transactional.id'} ${key}`, answer.errorMessage)
      nodeId = answer.coordinator.nodeId
      if (!this.#nodes.has(nodeId)) this.#nodes.set(nodeId, answer.coordinator)
      this.#coordinators.set(name, nodeId)
    }
    try {
      return await this.link(nodeId, 'group')
    } catch (error) {
      this.#coordinators.delete(name)
      throw error
    }
  }

  /** Forgets who coordinates, after an answer that says it moved or a connection that broke. */
  forgetCoordinator (kind: 'group' | 'transaction', key: string): void { this.#coordinators.delete(`${kind}/${key}`) }

  /** Runs `action` until it succeeds, fails for good, is aborted, or `timeoutMs` are over; waits between tries as `retry.backoff.ms` says. */
  async retry<T> (action: () => Promise<T>, options: { timeoutMs?: number, signal?: AbortSignal, onError?: (error: ConnectError) => void, giveUp?: (error: ConnectError) => boolean } = {}): Promise<T> {
    const end = Date.now() + (options.timeoutMs ?? this.settings.apiTimeoutMs)
    const signal = options.signal === undefined ? this.closed : AbortSignal.any([options.signal, this.closed])
    for (let attempt = 0; ; attempt++) {
      try {
        signal.throwIfAborted()
        return await action()
      } catch (error) {
        const waitMs = this.backoffMs(attempt)
        if (!isTransient(error) || options.giveUp?.(error) === true || signal.aborted || Date.now() + waitMs > end) throw error
        options.onError?.(error)
        await sleep(waitMs, undefined, { signal }).catch(() => { throw signal.reason })
      }
    }
  }

  /** Time to wait before try `attempt` + 1: exponential with a spread of a fifth (KIP-580). */
  backoffMs (attempt: number): number {
    const { retryBackoffMs, retryBackoffMaxMs } = this.settings
    return Math.min(retryBackoffMs * 2 ** Math.min(attempt, 20), Math.max(retryBackoffMs, retryBackoffMaxMs)) * (0.8 + Math.random() * 0.4)
  }

  /** Information on a topic that must be there; waits for leaders while it is being created. */
  async topic (topic: string, options: { create?: boolean, timeoutMs?: number, signal?: AbortSignal } = {}): Promise<TopicInfo> {
    return await this.retry(async () => {
      const info = (await this.refresh([topic], options)).get(topic)
      if (info === undefined) throw brokerError(3, `Cannot find topic ${topic}`)
      check(info.errorCode, `Cannot find topic ${topic}`)
      return info
    }, options)
  }

  /** Ends all connections; everything under way is rejected. */
  close (): void {
    const reason = new ConnectError('KAFKA_CLOSED', 'system', 'This Kafka client is closed.')
    this.#closing.abort(reason)
    this.#seed?.close(reason)
    for (const { opening, link } of this.#links.values()) {
      if (link !== null) link.close(reason)
      else opening.then(opened => { opened.close(reason) }, () => {})
    }
    this.#links.clear()
  }
}

// An empty list of topics and "do not create": kafkajs itself writes an empty list as "all topics".
const brokersOnly = Buffer.alloc(5)
