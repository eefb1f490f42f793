import { ConnectError, type Feed, type FeedContext, type Log, type Position, type RawBatch, type TopicPartition } from '@tributary/plugin'
import { assignors, decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from './assignors.ts'
import { Bell } from './bell.ts'
import { Cluster } from './cluster.ts'
import { brokerError, isTransient } from './failure.ts'
import { Fetcher } from './fetcher.ts'
import { commitPositions, startPositions } from './group-offsets.ts'
import { GroupSession, type GroupEvent } from './group-session.ts'
import type { ClientSettings } from './port.ts'
import { connectionSettings, fetchSettings, groupSettings, type FetchSettings, type GroupSettings } from './settings.ts'

export type Subscription = { readonly topics: readonly string[] } | { readonly pattern: RegExp }
export type ConsumerContext = Omit<FeedContext<unknown>, 'config' | 'raw'>

/** How soon to look again for a topic that is not there yet. */
const missingTopicMs = 1000

/** Opens the feed; the group is joined by the first poll. */
export async function openConsumer (settings: ClientSettings, subscription: Subscription, context: ConsumerContext): Promise<Feed> {
  const options = { fetch: fetchSettings(settings), group: groupSettings(settings), create: settings['allow.auto.create.topics'] !== 'false' }
  return new GroupConsumer(await Cluster.open(connectionSettings(settings), { isPatient: true }), subscription, context, options)
}

interface ConsumerOptions { readonly fetch: FetchSettings, readonly group: GroupSettings, readonly create: boolean }

/** A member of a consumer group with the eager protocol: everything is given up before each rebalance, as Java's range assignor has it. */
class GroupConsumer implements Feed {
  readonly #cluster: Cluster
  readonly #subscription: Subscription
  readonly #context: ConsumerContext
  readonly #options: ConsumerOptions
  readonly #log: Log
  readonly #bell = new Bell()
  readonly #session: GroupSession
  readonly #fetcher: Fetcher
  readonly #stop = new AbortController()
  /** What has to happen at the next poll: nothing, give up and join again, or find everything lost. */
  #next: 'nothing' | 'rejoin' | 'lost' = 'rejoin'
  #joining = false
  #assigned: Position[] | null = null
  #failure: ConnectError | null = null
  #woken = false
  #closed = false
  #pollTimer: NodeJS.Timeout | null = null
  #topics: string[] = []
  #view = ''
  #lookAt = 0
  #looking = false
  #joinFailures = 0

  constructor (cluster: Cluster, subscription: Subscription, context: ConsumerContext, options: ConsumerOptions) {
    this.#cluster = cluster
    this.#subscription = subscription
    this.#context = context
    this.#options = options
    this.#log = context.log
    const { groupId, sessionTimeoutMs, heartbeatIntervalMs, maxPollIntervalMs } = options.group
    this.#session = new GroupSession(cluster, { groupId, protocolType: 'consumer', sessionTimeoutMs, rebalanceTimeoutMs: maxPollIntervalMs, heartbeatIntervalMs }, event => { this.#onGroup(event) })
    this.#fetcher = new Fetcher(cluster, { settings: options.fetch, reset: options.group.autoOffsetReset, bell: this.#bell, log: context.log })
  }

  #onGroup (event: GroupEvent): void {
    if (event === 'unreachable') {
      this.#log.warn({ group: this.#options.group.groupId }, 'The coordinator of the group does not answer, trying again.')
      return
    }
    if (event === 'lost') this.#next = 'lost'
    else if (this.#next === 'nothing') this.#next = 'rejoin'
    this.#bell.ring()
  }

  async poll ({ waitMs, maxRecords }: { waitMs: number, maxRecords: number }): Promise<readonly RawBatch[]> {
    if (this.#pollTimer !== null) clearTimeout(this.#pollTimer)
    const end = Date.now() + waitMs
    try {
      for (;;) {
        if (this.#closed) throw new ConnectError('KAFKA_CLOSED', 'system', 'The consumer is closed.')
        if (this.#failure !== null) throw this.#failure
        await this.#keepGroup()
        this.#lookForTopics()
        const batches = this.#joining ? [] : this.#fetcher.take(Math.min(maxRecords, this.#options.group.maxPollRecords))
        const left = end - Date.now()
        if (batches.length > 0 || this.#woken || left <= 0) return batches
        await this.#bell.wait(this.#lookAt > Date.now() ? Math.min(left, this.#lookAt - Date.now()) : left)
      }
    } finally {
      this.#woken = false
      if (!this.#closed) this.#pollTimer = setTimeout(() => { this.#tooSlow() }, this.#options.group.maxPollIntervalMs)
    }
  }

  /** Does, inside a poll, what the group wants: tells of what is lost or assigned, gives up before joining again. */
  async #keepGroup (): Promise<void> {
    if (this.#assigned !== null) {
      const positions = this.#assigned
      this.#assigned = null
      this.#fetcher.assign(positions)
      await this.#context.onAssigned(positions)
    }
    if (this.#next === 'nothing' || this.#joining) return
    const reason = this.#next === 'lost' ? 'lost' : 'revoked'
    const owned = this.#fetcher.partitions
    if (owned.length > 0) {
      // Positions stay readable for the listener, but nothing more is handed out.
      this.#fetcher.pause(owned)
      try {
        await this.#context.onRevoked(owned, reason)
      } finally {
        this.#fetcher.assign([])
      }
    }
    this.#next = 'nothing'
    this.#joining = true
    this.#join().catch((error: unknown) => {
      if (!this.#closed && !this.#stop.signal.aborted) this.#failure = error as ConnectError
    }).finally(() => {
      this.#joining = false
      this.#bell.ring()
    })
  }

  async #join (): Promise<void> {
    const { group, fetch } = this.#options
    const signal = AbortSignal.any([this.#stop.signal, this.#context.giveUp])
    try {
      await this.#cluster.retry(async () => { this.#view = await this.#look() }, { signal })
      const metadata = encodeSubscription(this.#topics)
      const joined = await this.#session.join({
        protocols: group.assignors.map(name => ({ name, metadata })),
        assign: (members, { protocol }) => this.#assign(members, protocol),
        signal
      })
      const partitions = decodeAssignment(joined.assignment)
      const unknown = partitions.filter(({ topic, partition }) => this.#cluster.leaderOf(topic, partition) < 0)
      if (unknown.length > 0) await this.#cluster.refresh([...new Set([...this.#topics, ...unknown.map(({ topic }) => topic)])])
      this.#assigned = await startPositions(this.#cluster, partitions, group, fetch.readCommitted, signal)
      this.#joinFailures = 0
      this.#log.info({ group: group.groupId, generation: joined.generation, partitions: partitions.length }, `Joined group ${group.groupId} with ${partitions.length} partitions.`)
    } catch (error) {
      if (signal.aborted || !isTransient(error)) throw error
      if (this.#joinFailures++ === 0) this.#log.warn({ group: group.groupId, code: error.code }, `Cannot join group ${group.groupId} now, trying again: ${error.message}`)
      if (this.#next === 'nothing') this.#next = 'rejoin'
    }
  }

  async #assign (members: readonly { id: string, metadata: Uint8Array }[], protocol: string): Promise<Map<string, Uint8Array>> {
    const subscribers = members.map(({ id, metadata }) => ({ id, topics: decodeSubscription(metadata) }))
    const topics = [...new Set(subscribers.flatMap(member => member.topics))]
    if (topics.some(topic => !this.#topics.includes(topic))) await this.#cluster.refresh(topics)
    const assign = assignors[protocol === 'roundrobin' ? 'roundrobin' : 'range']
    const assigned = assign(subscribers, topic => this.#cluster.known(topic)?.partitions.length ?? 0)
    return new Map(Array.from(assigned, ([id, partitions]) => [id, encodeAssignment(partitions)]))
  }

  /** Asks for the subscribed topics; returns what a change of would call for a rebalance. */
  async #look (): Promise<string> {
    const subscription = this.#subscription
    if ('pattern' in subscription) {
      const all = await this.#cluster.refresh(null)
      this.#topics = Array.from(all).filter(([topic, info]) => info.errorCode === 0 && !info.isInternal && matches(subscription.pattern, topic)).map(([topic]) => topic).sort()
      this.#lookAt = Date.now() + this.#cluster.settings.metadataMaxAgeMs
    } else {
      this.#topics = [...subscription.topics].sort()
      const found = await this.#cluster.refresh(this.#topics, { create: this.#options.create })
      let isMissing = false
      for (const [topic, { errorCode }] of found) {
        const error = brokerError(errorCode, `Cannot read topic ${topic}`)
        if (errorCode !== 0 && !isTransient(error)) throw error
        if (errorCode !== 0) isMissing = true
      }
      this.#lookAt = Date.now() + (isMissing ? Math.min(missingTopicMs, this.#cluster.settings.metadataMaxAgeMs) : this.#cluster.settings.metadataMaxAgeMs)
    }
    return this.#topics.map(topic => `${topic}:${this.#cluster.known(topic)?.partitions.length ?? 0}`).join(',')
  }

  /** Looks at the topics every `metadata.max.age.ms` without holding up the poll; joins again when there are others or more partitions. */
  #lookForTopics (): void {
    if (this.#joining || this.#looking || Date.now() < this.#lookAt) return
    this.#looking = true
    this.#look().then(view => {
      if (view === this.#view || this.#joining) return
      this.#log.info({ group: this.#options.group.groupId }, 'The subscribed topics have changed.')
      if (this.#next === 'nothing') this.#next = 'rejoin'
      this.#bell.ring()
    }, (error: unknown) => {
      this.#lookAt = Date.now() + this.#cluster.backoffMs(3)
      if (!isTransient(error)) this.#failure = error as ConnectError
    }).finally(() => { this.#looking = false })
  }

  #tooSlow (): void {
    const { groupId, maxPollIntervalMs } = this.#options.group
    this.#log.warn({ group: groupId }, `Left group ${groupId}: the records of a poll took longer than max.poll.interval.ms (${maxPollIntervalMs}). Raise it, or lower max.poll.records.`)
    this.#next = 'lost'
    void this.#session.leave()
  }

  async commit (positions: readonly Position[]): Promise<void> {
    await commitPositions(this.#cluster, this.#session, this.#options.group.groupId, positions, this.#context.giveUp)
  }

  pause (partitions: readonly TopicPartition[]): void { this.#fetcher.pause(partitions) }
  resume (partitions: readonly TopicPartition[]): void { this.#fetcher.resume(partitions) }
  seek (positions: readonly Position[]): void { this.#fetcher.seek(positions) }
  lag ({ topic, partition }: TopicPartition): number | null { return this.#fetcher.lag(topic, partition) }

  wakeup (): void {
    this.#woken = true
    this.#bell.ring()
  }

  async close (): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.#pollTimer !== null) clearTimeout(this.#pollTimer)
    this.#fetcher.close()
    this.#stop.abort(new ConnectError('KAFKA_CLOSED', 'system', 'The consumer is closed.'))
    await this.#session.leave()
    this.#session.close()
    this.#cluster.close()
    this.#bell.ring()
  }
}

/** Java's Pattern.matches: the whole name has to match. */
function matches (pattern: RegExp, topic: string): boolean {
  pattern.lastIndex = 0
  return pattern.exec(topic)?.[0] === topic
}
