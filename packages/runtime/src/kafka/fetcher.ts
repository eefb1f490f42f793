import type { ConnectError, Log, Position, RawBatch, RawRecord, TopicPartition } from '@tributary/plugin'
import { BatchReader } from './batch-reader.ts'
import type { Bell } from './bell.ts'
import type { Cluster } from './cluster.ts'
import { brokerError, errorName, isTransient } from './failure.ts'
import { fetchRecords, type FetchedPart } from './fetch-request.ts'
import { listOffsets, partitionKey } from './offsets.ts'
import type { FetchSettings } from './settings.ts'

const offsetOutOfRange = 1
/** Answers kept for a partition besides the one on its way. */
const answersKept = 2
/** Pause between looks at partitions without news while another one has plenty: a long poll would hold up its next fetch. */
const idleLookMs = 20

interface FetchedPartition extends TopicPartition {
  /** The next offset to hand out, and the next to ask for. */
  position: number
  fetchAt: number
  paused: boolean
  readonly answers: BatchReader[]
  isFetching: boolean
  isResetting: boolean
  retryAt: number
  highWatermark: number
  /** Changes with every jump, so that an answer to an older question is dropped. */
  version: number
}

export interface FetcherOptions {
  readonly settings: FetchSettings
  readonly reset: 'earliest' | 'latest' | 'none'
  readonly bell: Bell
  readonly log: Log | null
}

/** Reads ahead in the partitions it is given: one request a leader under way, a bounded number of answers kept, records decoded when taken. */
export class Fetcher {
  readonly #cluster: Cluster
  readonly #options: FetcherOptions
  #partitions = new Map<string, FetchedPartition>()
  readonly #busy = new Set<number>()
  #turn = 0
  #timer: NodeJS.Timeout | null = null
  #refreshing = false
  #attempts = 0
  #failure: ConnectError | null = null
  #closed = false

  constructor (cluster: Cluster, options: FetcherOptions) {
    this.#cluster = cluster
    this.#options = options
  }

  /** Reads from these positions and nothing else from now on. */
  assign (positions: readonly Position[]): void {
    this.#failure = null
    this.#partitions = new Map(positions.map(({ topic, partition, offset }) => [partitionKey(topic, partition), {
      topic, partition, position: Number(offset), fetchAt: Number(offset), paused: false, answers: [], isFetching: false, isResetting: false, retryAt: 0, highWatermark: -1, version: 0
    }]))
    this.#pump()
  }

  get partitions (): TopicPartition[] { return Array.from(this.#partitions.values(), ({ topic, partition }) => ({ topic, partition })) }

  /** The next offset to be handed out of a partition, or undefined when it is not read here. */
  position (topic: string, partition: number): number | undefined { return this.#partitions.get(partitionKey(topic, partition))?.position }

  /** Records between the position and the end of a partition, as the broker said last; null: not known. */
  lag (topic: string, partition: number): number | null {
    const state = this.#partitions.get(partitionKey(topic, partition))
    return state === undefined || state.highWatermark < 0 ? null : Math.max(0, state.highWatermark - state.position)
  }

  pause (partitions: readonly TopicPartition[]): void { this.#setPaused(partitions, true) }

  resume (partitions: readonly TopicPartition[]): void {
    this.#setPaused(partitions, false)
    this.#pump()
    this.#options.bell.ring()
  }

  #setPaused (partitions: readonly TopicPartition[], paused: boolean): void {
    for (const { topic, partition } of partitions) {
      const state = this.#partitions.get(partitionKey(topic, partition))
      if (state !== undefined) state.paused = paused
    }
  }

  seek (positions: readonly Position[]): void {
    for (const { topic, partition, offset } of positions) {
      const state = this.#partitions.get(partitionKey(topic, partition))
      if (state !== undefined) jump(state, Number(offset))
    }
    this.#pump()
  }

  /** Records that are here, at most `max`, in turn from each partition. A batch without records tells of a position that moved past hidden ones. */
  take (max: number): RawBatch[] {
    if (this.#failure !== null) throw this.#failure
    const states = Array.from(this.#partitions.values())
    const batches: RawBatch[] = []
    let left = max
    for (let i = 0; i < states.length && left > 0; i++) {
      const state = states[(this.#turn + i) % states.length] as FetchedPartition
      if (state.paused || state.answers.length === 0) continue
      const records: RawRecord[] = []
      const before = state.position
      while (left > 0) {
        const reader = state.answers[0]
        if (reader === undefined) break
        left -= reader.read(left, records)
        state.position = reader.next
        if (reader.isDone) state.answers.shift()
      }
      if (state.position === before) continue
      batches.push({ topic: state.topic, partition: state.partition, records, next: state.position, lag: this.lag(state.topic, state.partition) })
    }
    if (batches.length > 0) this.#turn = (this.#turn + 1) % states.length
    this.#pump()
    return batches
  }

  /** Asks for more wherever there is room for it. */
  #pump (): void {
    if (this.#closed) return
    const now = Date.now()
    let buffered = 0
    for (const { answers } of this.#partitions.values()) for (const { unread } of answers) buffered += unread
    if (buffered >= this.#options.settings.maxBytes) return

    let wakeAt = Infinity
    let isStale = false
    const byLeader = new Map<number, FetchedPartition[]>()
    const withPlenty = new Set<number>()
    for (const state of this.#partitions.values()) {
      if (state.paused || state.isFetching || state.isResetting) continue
      const leader = this.#cluster.leaderOf(state.topic, state.partition)
      if (state.retryAt > now) wakeAt = Math.min(wakeAt, state.retryAt)
      else if (leader < 0) isStale = true
      else if (state.answers.length >= answersKept) withPlenty.add(leader)
      else if (!this.#busy.has(leader)) byLeader.set(leader, [...byLeader.get(leader) ?? [], state])
    }
    for (const [leader, states] of byLeader) void this.#fetch(leader, states, withPlenty.has(leader) ? 0 : this.#options.settings.maxWaitMs)
    if (isStale) this.#refresh()
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = wakeAt === Infinity ? null : setTimeout(() => { this.#pump() }, wakeAt - now)
  }

  async #fetch (leader: number, states: readonly FetchedPartition[], maxWaitMs: number): Promise<void> {
    this.#busy.add(leader)
    const asked = new Map(states.map(state => [partitionKey(state.topic, state.partition), { state, version: state.version, offset: state.fetchAt }]))
    for (const state of states) state.isFetching = true
    let isEmpty = true
    try {
      const link = await this.#cluster.link(leader, 'fetch')
      const { parts } = await fetchRecords(link, Array.from(asked.values(), ({ state, offset }) => ({ topic: state.topic, partition: state.partition, offset })), this.#options.settings, maxWaitMs)
      if (this.#attempts > 0) this.#options.log?.info({ broker: leader }, 'Reading from Kafka goes on.')
      this.#attempts = 0
      for (const part of parts) {
        const question = asked.get(partitionKey(part.topic, part.partition))
        if (question === undefined || question.version !== question.state.version) continue
        if (part.errorCode !== 0) this.#refused(question.state, part.errorCode)
        else if (this.#keep(question.state, part)) isEmpty = false
      }
    } catch (error) {
      this.#lostBroker(leader, states, error as ConnectError)
    }
    this.#busy.delete(leader)
    for (const state of states) {
      state.isFetching = false
      if (maxWaitMs === 0 && isEmpty) state.retryAt = Math.max(state.retryAt, Date.now() + idleLookMs)
    }
    this.#pump()
  }

  #keep (state: FetchedPartition, part: FetchedPart): boolean {
    const { readCommitted, checkCrcs } = this.#options.settings
    state.highWatermark = part.highWatermark
    if (part.records.length === 0) return false
    const reader = new BatchReader(part.records, state.fetchAt, { checkCrcs, aborted: readCommitted ? part.aborted : null })
    if (reader.end === state.fetchAt) return false
    state.answers.push(reader)
    state.fetchAt = reader.end
    this.#options.bell.ring()
    return true
  }

  #refused (state: FetchedPartition, code: number): void {
    const { topic, partition } = state
    const error = brokerError(code, `Cannot read ${topic}-${partition}`)
    state.retryAt = Date.now() + this.#cluster.backoffMs(0)
    if (code === offsetOutOfRange) void this.#reset(state)
    else if (isTransient(error) || code === -1) this.#refresh()
    else this.#fail(error)
  }

  #fail (error: ConnectError): void {
    this.#failure = error
    this.#options.bell.ring()
  }

  #lostBroker (leader: number, states: readonly FetchedPartition[], error: ConnectError): void {
    if (this.#closed) return
    if (!isTransient(error)) {
      this.#fail(error)
      return
    }
    if (this.#attempts === 0) this.#options.log?.warn({ broker: leader, code: error.code }, `Cannot read from Kafka now, trying again: ${error.message}`)
    const retryAt = Date.now() + this.#cluster.backoffMs(this.#attempts++)
    for (const state of states) state.retryAt = retryAt
    this.#refresh()
  }

  /** The position is gone, by retention or because the topic was made anew: go where `auto.offset.reset` says. */
  async #reset (state: FetchedPartition): Promise<void> {
    const { topic, partition, version } = state
    const { reset, log, settings } = this.#options
    if (state.answers.length > 0 || state.isResetting) return
    if (reset === 'none') {
      this.#fail(brokerError(offsetOutOfRange, `Cannot read ${topic}-${partition} from offset ${state.fetchAt} (auto.offset.reset is none)`))
      return
    }
    state.isResetting = true
    try {
      const offsets = await listOffsets(this.#cluster, [{ topic, partition }], reset, settings.readCommitted)
      const offset = offsets.get(partitionKey(topic, partition))
      if (offset === undefined || state.version !== version) return
      log?.warn({ topic, partition, from: state.fetchAt, to: offset }, `Offset ${state.fetchAt} of ${topic}-${partition} does not exist any more, reading goes on at ${offset} (auto.offset.reset ${reset}).`)
      jump(state, offset)
    } catch (error) {
      if (!isTransient(error)) this.#fail(error as ConnectError)
    } finally {
      state.isResetting = false
      this.#pump()
    }
  }

  #refresh (): void {
    if (this.#refreshing || this.#closed) return
    this.#refreshing = true
    const topics = [...new Set(Array.from(this.#partitions.values(), ({ topic }) => topic))]
    const again = (): void => {
      this.#refreshing = false
      for (const state of this.#partitions.values()) if (this.#cluster.leaderOf(state.topic, state.partition) < 0) state.retryAt = Date.now() + this.#cluster.backoffMs(3)
      this.#pump()
    }
    this.#cluster.refresh(topics).then(found => {
      for (const [topic, { errorCode }] of found) {
        const error = brokerError(errorCode, `Cannot read topic ${topic}`)
        if (errorCode !== 0 && !isTransient(error)) this.#fail(error)
        else if (errorCode !== 0) this.#options.log?.debug({ topic, code: errorName(errorCode) }, `No leader of ${topic} yet.`)
      }
      again()
    }, again)
  }

  close (): void {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#partitions.clear()
  }
}

function jump (state: FetchedPartition, offset: number): void {
  state.version++
  state.position = state.fetchAt = offset
  state.answers.length = 0
  state.retryAt = 0
}
