import type { KinesisClient, PutRecordsCommand, PutRecordsOutput, PutRecordsResultEntry } from '@aws-sdk/client-kinesis'
import { ConnectError, type Log } from '@tributary/plugin'
import { backoffMs, kinesisError, listShards, ShardMap } from '@tributary/kinesis'
import { Aggregator } from './aggregator.ts'
import type { Entry } from './entry.ts'
import { LaneOutbox } from './lane-outbox.ts'
import { FreeOutbox, type Outbox, type RequestLimits } from './outbox.ts'
import { ShardBackoff } from './shard-backoff.ts'

const maxEntries = 500
const requestBytes = 5 * 1024 * 1024
/** So much waiting is worth a request of its own, whatever else is under way (the KPL's figure for one shard). */
const worthSending = 256 * 1024
const warnEveryMs = 60_000

/** What a writer needs. `command` makes a PutRecords call; it is passed so that the SDK loads late. */
export interface WriterOptions {
  readonly client: KinesisClient
  readonly command: new (input: ConstructorParameters<typeof PutRecordsCommand>[0]) => PutRecordsCommand
  readonly stream: string
  /** Open shards; null where the policy does not let us list them: then a throttled shard holds back all. */
  readonly map: ShardMap | null
  readonly aggregation: boolean
  readonly ordering: 'none' | 'key'
  readonly maxRequests: number
  readonly requestTimeoutMs: number
  readonly maxBufferedMs: number
  readonly maxRecordBytes: number
  /** Aborts everything under way. */
  readonly signal: AbortSignal
  readonly log: Log
}

function count (counts: Map<number, number>, key: number): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

interface Waiter { readonly holds: () => boolean, readonly resolve: () => void }

/**
 * Sends entries by PutRecords, several requests at once, and tells each entry's progress when Kinesis has acknowledged it. Refused entries
 * are sent again, alone, until they are accepted. Memory is the caller's to bound: see `outstandingBytes`.
 */
export class KinesisWriter {
  readonly #options: WriterOptions
  readonly #limits: RequestLimits
  readonly #backoff = new ShardBackoff()
  readonly #outbox: Outbox
  readonly #aggregator: Aggregator | null
  readonly #waiters = new Set<Waiter>()
  #map: ShardMap | null
  #inFlight = 0
  #queuedBytes = 0
  #failures = 0
  #pausedUntil = 0
  #sendBy = Infinity
  #isFlushing = false
  #isRemapping = false
  #timer: NodeJS.Timeout | null = null
  #warnedAt = -Infinity
  /** Aggregates that the stream put into another shard than predicted, with the shard's id. */
  #misplaced: { entry: Entry, shard: string }[] = []
  outstandingRecords = 0
  outstandingBytes = 0
  /** Why the writer can go on no more, or null. */
  error: ConnectError | null = null

  constructor (options: WriterOptions) {
    this.#options = options
    this.#map = options.map
    this.#limits = { entries: maxEntries, bytes: Math.max(requestBytes, options.maxRecordBytes) }
    const map = (): ShardMap | null => this.#map
    const isAggregating = options.aggregation && options.map !== null
    this.#outbox = options.ordering === 'none'
      ? new FreeOutbox(this.#backoff, map)
      : new LaneOutbox(this.#backoff, map, isAggregating ? entry => entry.shardIn(this.#map) : entry => entry.explicitHashKey ?? entry.partitionKey)
    this.#aggregator = isAggregating ? new Aggregator(entry => { this.#queue(entry) }) : null
  }

  /** Takes an entry; {@link pump} sends it. */
  add (entry: Entry): void {
    this.outstandingRecords++
    this.outstandingBytes += entry.weight
    this.#admit(entry)
  }

  #admit (entry: Entry): void {
    if (this.#aggregator !== null && this.#map !== null) this.#aggregator.add(entry, this.#map)
    else this.#queue(entry)
  }

  #queue (entry: Entry): void {
    this.#queuedBytes += entry.size
    this.#outbox.add(entry)
  }

  /** Sends what may be sent now; called after `add`, and by itself whenever an answer comes. */
  pump (): void {
    if (this.error !== null || this.#isRemapping || this.#options.signal.aborted) return
    if (this.#misplaced.length > 0) {
      if (this.#inFlight === 0) void this.#remap()
      return
    }
    const now = performance.now()
    while (this.#inFlight < this.#options.maxRequests && now >= this.#pausedUntil && this.#isWorthSending(now)) {
      const batch = this.#outbox.take(this.#limits, now)
      for (const entry of batch) this.#queuedBytes -= entry.size
      const open = batch.filter(entry => !this.#isDropped(entry))
      if (batch.length === 0) break
      this.#sendBy = Infinity
      if (open.length > 0) void this.#send(open)
    }
    this.#schedule(now)
  }

  /** A request goes at once when none is under way; else it waits for company, at most `maxBufferedMs`. */
  #isWorthSending (now: number): boolean {
    if (this.#outbox.available < maxEntries && this.#queuedBytes < worthSending) {
      const isDue = this.#inFlight === 0 || this.#isFlushing || now >= this.#sendBy
      if (!isDue) return false
      this.#aggregator?.drain()
    }
    return this.#outbox.available > 0
  }

  #isDropped (entry: Entry): boolean {
    const dropped = entry.members === null ? entry.progress?.closed === true : entry.members.every(member => member.progress?.closed)
    if (dropped) this.#settle(entry)
    return dropped
  }

  /** Sets the timer for what no answer will bring: the end of a backoff, or of the wait for company. */
  #schedule (now: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const hasWaiting = this.#outbox.available > 0 || this.#aggregator?.isEmpty === false
    if (!hasWaiting) this.#sendBy = Infinity
    if (!hasWaiting || this.#inFlight >= this.#options.maxRequests) return
    if (this.#sendBy === Infinity) this.#sendBy = now + this.#options.maxBufferedMs
    const mayGo = Math.max(this.#pausedUntil, this.#outbox.available > 0 ? this.#outbox.nextTime(now) : now)
    const at = mayGo > now ? mayGo : this.#sendBy
    if (at === Infinity) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.pump()
    }, Math.max(1, at - now))
  }

  async #send (batch: readonly Entry[]): Promise<void> {
    this.#inFlight++
    const { client, command, stream, signal, requestTimeoutMs } = this.#options
    const Records = batch.map(({ data, partitionKey, explicitHashKey }) =>
      explicitHashKey === null ? { Data: data, PartitionKey: partitionKey } : { Data: data, PartitionKey: partitionKey, ExplicitHashKey: explicitHashKey })
    try {
      const answer = await client.send(new command({ StreamName: stream, Records }), { abortSignal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]) })
      this.#inFlight--
      this.#accept(batch, answer)
    } catch (error) {
      this.#inFlight--
      this.#refuse(batch, error)
    }
    this.#wake()
    this.pump()
  }

  #accept (batch: readonly Entry[], answer: PutRecordsOutput): void {
    const results = answer.Records ?? []
    if (results.length !== batch.length) {
      this.#refuse(batch, Object.assign(new Error(`PutRecords answered ${results.length} results for ${batch.length} records.`), { name: 'InternalFailure' }))
      return
    }
    this.#failures = 0
    if ((answer.FailedRecordCount ?? 0) === 0 && this.#backoff.isEmpty && this.#aggregator === null) {
      for (const entry of batch) this.#settle(entry)
      return
    }
    this.#acceptSome(batch, results)
  }

  #acceptSome (batch: readonly Entry[], results: readonly PutRecordsResultEntry[]): void {
    const refused: Entry[] = []
    const refusals = new Map<number, number>()
    const acceptances = new Map<number, number>()
    const reasons = new Set<string>()
    for (const [i, entry] of batch.entries()) {
      const result = results[i]
      if (result?.ErrorCode !== undefined) {
        reasons.add(result.ErrorCode)
        refused.push(entry)
        count(refusals, entry.shardIn(this.#map))
        continue
      }
      count(acceptances, entry.shardIn(this.#map))
      if (this.#isMisplaced(entry, result?.ShardId)) this.#misplaced.push({ entry, shard: result?.ShardId ?? '' })
      else this.#settle(entry)
    }
    this.#backoff.record(refusals, acceptances, performance.now())
    this.#putBack(refused)
    if (refused.length > 0) this.#warn({ refused: refused.length, reasons: [...reasons] }, 'Kinesis refuses records for now; they are sent again.')
  }

  #isMisplaced (entry: Entry, shard: string | undefined): boolean {
    return entry.members !== null && shard !== undefined && this.#map?.shards[entry.shardIn(this.#map)]?.id !== shard
  }

  #refuse (batch: readonly Entry[], cause: unknown): void {
    if (this.#options.signal.aborted) return
    const error = kinesisError(cause, `write to stream "${this.#options.stream}"`)
    this.#putBack(batch)
    if (error.kind !== 'transient') {
      this.error = error
      return
    }
    this.#failures++
    this.#pausedUntil = performance.now() + backoffMs(this.#failures)
    this.#warn({ reason: error.message }, 'Kinesis cannot be written to for now; records are sent again.')
  }

  #putBack (entries: readonly Entry[]): void {
    for (const entry of entries) this.#queuedBytes += entry.size
    this.#outbox.putBack(entries)
  }

  #settle (entry: Entry): void {
    this.#outbox.done(entry)
    if (entry.members === null) this.#acknowledge(entry)
    else for (const member of entry.members) this.#acknowledge(member)
  }

  #acknowledge (entry: Entry): void {
    this.outstandingRecords--
    this.outstandingBytes -= entry.weight
    entry.progress?.complete(entry.slot)
  }

  /**
   * Learns the shards anew after a reshard, with nothing under way, and packs all that waits again. An aggregate that landed in a shard which
   * does not own every key in it counts as not sent, since readers drop it whole (KPL's wrong-shard rule).
   */
  async #remap (): Promise<void> {
    this.#isRemapping = true
    const misplaced = this.#misplaced
    this.#misplaced = []
    try {
      const map = new ShardMap(await listShards(this.#options.client, this.#options.stream, { signal: this.#options.signal }))
      const lost: Entry[] = []
      for (const { entry, shard } of misplaced) {
        const owner = map.byId(shard)
        const fits = owner !== undefined && entry.members?.every(({ hashKey }) => hashKey >= owner.start && hashKey <= owner.end)
        if (fits === true) this.#settle(entry)
        else lost.push(entry)
      }
      // A lane still holds its misplaced entry at its head, a free outbox has forgotten it: the set makes one of both.
      this.#aggregator?.drain()
      const again = new Set([...lost, ...this.#outbox.drain()])
      this.#map = map
      this.#queuedBytes = 0
      for (const entry of again) for (const member of entry.members ?? [entry]) this.#admit(member)
      this.#options.log.info({ stream: this.#options.stream, shards: map.shards.length }, 'The stream was resharded.')
    } catch (error) {
      if (!this.#options.signal.aborted) this.error = kinesisError(error, `list the shards of stream "${this.#options.stream}"`)
    }
    this.#isRemapping = false
    this.#wake()
    this.pump()
  }

  #warn (fields: object, sentence: string): void {
    const now = performance.now()
    if (now - this.#warnedAt < warnEveryMs) return
    this.#warnedAt = now
    this.#options.log.warn({ stream: this.#options.stream, outstanding: this.outstandingRecords, ...fields }, sentence)
  }

  /** Resolves true once the condition holds, false after `ms`, when the writer failed, or when it was told to give up. */
  async waitFor (holds: () => boolean, ms: number): Promise<boolean> {
    if (holds() || this.error !== null || this.#options.signal.aborted) return holds()
    const { promise, resolve } = Promise.withResolvers<void>()
    const waiter = { holds, resolve }
    const wake = (): void => { resolve() }
    this.#waiters.add(waiter)
    const timer = setTimeout(resolve, ms)
    this.#options.signal.addEventListener('abort', wake, { once: true })
    await promise
    clearTimeout(timer)
    this.#options.signal.removeEventListener('abort', wake)
    this.#waiters.delete(waiter)
    return holds()
  }

  #wake (): void {
    for (const waiter of this.#waiters) if (this.error !== null || waiter.holds()) waiter.resolve()
  }

  /** Sends all without waiting for company, and waits until it is acknowledged, at most `ms`. */
  async flush (ms: number): Promise<boolean> {
    this.#isFlushing = true
    try {
      this.pump()
      return await this.waitFor(() => this.outstandingRecords === 0, ms)
    } finally {
      this.#isFlushing = false
    }
  }

  /** Ends it; what is not acknowledged is forgotten. */
  close (): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.error ??= new ConnectError('KINESIS_CLOSED', 'system', 'The task is stopped.')
    for (const waiter of this.#waiters) waiter.resolve()
  }
}
