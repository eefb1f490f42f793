import type * as Sdk from '@aws-sdk/client-kinesis'
import type { GetRecordsOutput, GetShardIteratorCommandInput, KinesisClient } from '@aws-sdk/client-kinesis'
import { ConnectError, type Log, type RawRecord } from '@tributary/plugin'
import { backoffMs, deaggregate, hashKeyOf, kinesisError, type UserRecord } from '@tributary/kinesis'
import { timestampOf, type StreamConfig } from './config.ts'
import { isSentinel } from './lease.ts'
import type { Offsets } from './place.ts'
import { Wake } from './wake.ts'

const callTimeoutMs = 30_000
/** Five reads a second and shard. */
const minReadMs = 200
const refusedInARow = 3

/** Bytes that readers of one task hold together. */
export interface ReadAhead { bytes: number, readonly limit: number }

export interface ShardReaderOptions {
  readonly client: KinesisClient
  readonly sdk: typeof Sdk
  readonly config: StreamConfig
  readonly shard: string
  /** Hash keys the shard owns, null where not known. */
  readonly range: { readonly start: bigint, readonly end: bigint } | null
  readonly offsets: Offsets
  /** The last record that is done, or where to start without one. */
  readonly checkpoint: string
  readonly subSequence: number
  readonly readAhead: ReadAhead
  readonly log: Log
  /** Called when there is something new to take, an end or an error. */
  onChange (): void
}

type Start = Pick<GetShardIteratorCommandInput, 'ShardIteratorType' | 'StartingSequenceNumber' | 'Timestamp'>
interface Page { readonly records: RawRecord[], taken: number, readonly bytes: number }

/** Reads one shard ahead, within bounds, until its end. */
export class ShardReader {
  readonly #options: ShardReaderOptions
  readonly #wake = new Wake()
  readonly #stop = new AbortController()
  #pages: Page[] = []
  #start: Start
  /** Records up to here are not delivered (again). */
  #after: bigint
  /** Rises at each seek, so that what was asked for before is dropped. */
  #epoch = 0
  #iterator: string | null = null
  #isPaused = false
  #isAtEnd = false
  #isAtTip = false
  #failures = 0
  #refusals = 0
  /** Why reading cannot go on, or null. */
  error: ConnectError | null = null

  constructor (options: ShardReaderOptions) {
    this.#options = options
    const { offsets, checkpoint, subSequence } = options
    this.#after = offsets.after(checkpoint, subSequence) - 1n
    this.#start = this.#startAt(checkpoint)
    void this.#run()
  }

  #startAt (checkpoint: string): Start {
    const { config } = this.#options
    if (checkpoint === 'AT_TIMESTAMP') return { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: timestampOf(config['initial.timestamp'] ?? '0') }
    if (checkpoint === 'LATEST') return { ShardIteratorType: 'LATEST' }
    if (isSentinel(checkpoint)) return { ShardIteratorType: 'TRIM_HORIZON' }
    // The rest of an aggregate is read by reading all of it again and skipping what is done.
    return { ShardIteratorType: config.deaggregate ? 'AT_SEQUENCE_NUMBER' : 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: checkpoint }
  }

  /** Whether the shard is closed and everything of it was taken. */
  get isDone (): boolean { return this.#isAtEnd && this.#pages.length === 0 }

  /** Ends a shard that is no longer in the stream, instead of failing with KINESIS_NOT_FOUND. */
  endAsGone (): void {
    this.error = null
    this.#isAtEnd = true
    this.#options.log.warn({ shard: this.#options.shard }, 'A shard has aged out of the stream before it was read to its end.')
  }

  /** Records behind what was taken; null while the end of the shard is not in sight. */
  get lag (): number | null {
    if (!this.#isAtTip) return null
    let sum = 0
    for (const page of this.#pages) sum += page.records.length - page.taken
    return sum
  }

  /** Takes up to `max` records that are there already. */
  take (max: number): RawRecord[] {
    const page = this.#pages[0]
    if (page === undefined || this.#isPaused || max <= 0) return []
    const records = page.taken === 0 && page.records.length <= max ? page.records : page.records.slice(page.taken, page.taken + max)
    page.taken += records.length
    if (page.taken >= page.records.length) {
      this.#pages.shift()
      this.#options.readAhead.bytes -= page.bytes
      this.#wake.ring()
    }
    return records
  }

  pause (): void { this.#isPaused = true }

  resume (): void {
    this.#isPaused = false
    this.#wake.ring()
  }

  /** Reads on so that the first record delivered is the first at or past `next`. `before` is the last record known to be before it; -1: none, or not known. */
  seek (next: bigint, before: bigint): void {
    const { checkpoint } = this.#options
    this.#epoch++
    this.#drop()
    this.#iterator = null
    this.#isAtEnd = false
    this.#after = next - 1n
    const isFromStart = next <= 0n || (before < 0n && isSentinel(checkpoint))
    this.#start = isFromStart ? this.#startAt(isSentinel(checkpoint) ? checkpoint : 'TRIM_HORIZON') : this.#startAt(this.#options.offsets.firstSequence(before < 0n ? next - 1n : before))
    this.#wake.ring()
  }

  #drop (): void {
    for (const page of this.#pages) this.#options.readAhead.bytes -= page.bytes
    this.#pages = []
  }

  close (): void {
    this.#stop.abort()
    this.#drop()
    this.#wake.ring()
  }

  /** Always one page ahead; a second one while the task's memory allows. */
  #mayRead (): boolean {
    const { readAhead } = this.#options
    return !this.#isPaused && !this.#isAtEnd && (this.#pages.length === 0 || (this.#pages.length < 2 && readAhead.bytes < readAhead.limit))
  }

  async #run (): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted && this.error === null) {
      if (!this.#mayRead()) {
        await this.#wake.wait(Infinity)
        continue
      }
      const begun = performance.now()
      const epoch = this.#epoch
      const pauseMs = await this.#read(epoch).catch((error: unknown) => this.#failed(error))
      if (epoch !== this.#epoch) continue
      await this.#rest(begun + pauseMs)
    }
  }

  /** Waits until a time; a ring for room or a seek does not make it hurry, an end does. */
  async #rest (until: number): Promise<void> {
    const epoch = this.#epoch
    for (let left = until - performance.now(); left > 0 && !this.#stop.signal.aborted && epoch === this.#epoch; left = until - performance.now()) await this.#wake.wait(left)
  }

  /** Reads one page; returns how long after its begin the next may be read. */
  async #read (epoch: number): Promise<number> {
    const { client, sdk, config } = this.#options
    this.#iterator ??= await this.#openIterator()
    const answer = await client.send(new sdk.GetRecordsCommand({ ShardIterator: this.#iterator, Limit: config['max.records'] }), { abortSignal: this.#timeout() })
    if (epoch !== this.#epoch || this.#stop.signal.aborted) return 0
    this.#failures = 0
    this.#refusals = 0
    this.#add(answer)
    this.#iterator = answer.NextShardIterator ?? null
    this.#isAtEnd = answer.NextShardIterator === undefined
    this.#isAtTip = (answer.MillisBehindLatest ?? 0) === 0
    if ((answer.Records?.length ?? 0) > 0 || this.#isAtEnd) this.#options.onChange()
    return this.#isAtTip ? config['idle.between.reads.ms'] : minReadMs
  }

  #timeout (): AbortSignal {
    return AbortSignal.any([this.#stop.signal, AbortSignal.timeout(callTimeoutMs)])
  }

  async #openIterator (): Promise<string> {
    const { client, sdk, config, shard } = this.#options
    const begun = new Date()
    const { ShardIterator } = await client.send(new sdk.GetShardIteratorCommand({ StreamName: config['stream.name'], ShardId: shard, ...this.#start }), { abortSignal: this.#timeout() })
    // Asking for LATEST again, after an iterator expired, would skip what came meanwhile.
    if (this.#start.ShardIteratorType === 'LATEST') this.#start = { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: begun }
    if (ShardIterator === undefined) throw new ConnectError('KINESIS_NO_ITERATOR', 'transient', `Kinesis gave no iterator for ${shard}.`)
    return ShardIterator
  }

  /** Sorts out an error of a call; returns how long to wait. */
  #failed (error: unknown): number {
    if (this.#stop.signal.aborted) return 0
    const { config, shard, log } = this.#options
    const hadIterator = this.#iterator !== null
    this.#iterator = null
    if ((error as Error).name === 'ExpiredIteratorException') return 0
    const known = kinesisError(error, `read ${shard} of stream "${config['stream.name']}"`)
    // Some servers call an expired or foreign iterator an invalid argument: a fresh one mends that. A position that a sink made up may lie
    // between records, where no iterator can start: reading from the oldest record and leaving out what is before it is slow but right.
    const mayBeIterator = known.code === 'KINESIS_REFUSED' && ++this.#refusals < refusedInARow
    if (mayBeIterator && !hadIterator) this.#start = { ShardIteratorType: 'TRIM_HORIZON' }
    if (known.kind === 'transient' || mayBeIterator) {
      this.#failures++
      if (this.#failures % 10 === 0) log.warn({ shard, failures: this.#failures, reason: known.message }, 'A shard cannot be read for now; trying again.')
      return minReadMs + backoffMs(this.#failures)
    }
    this.error = known
    this.#options.onChange()
    return 0
  }

  #add ({ Records = [] }: GetRecordsOutput): void {
    const { offsets, config, readAhead } = this.#options
    const records: RawRecord[] = []
    let bytes = 0
    for (const { SequenceNumber = '0', PartitionKey = '', Data = new Uint8Array(), ApproximateArrivalTimestamp } of Records) {
      const sequence = BigInt(SequenceNumber)
      const timestamp = ApproximateArrivalTimestamp?.getTime() ?? null
      bytes += Data.length + 200
      const users = config.deaggregate ? this.#userRecords(PartitionKey, Data) : null
      if (users === null) this.#push(records, offsets.of(sequence, 0), PartitionKey, Data, timestamp)
      else for (const [i, user] of users.entries()) this.#push(records, offsets.of(sequence, i), user.partitionKey, user.data, timestamp)
    }
    const last = Records.at(-1)?.SequenceNumber
    if (last !== undefined) this.#start = { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: last }
    if (records.length === 0) return
    this.#pages.push({ records, taken: 0, bytes })
    readAhead.bytes += bytes
  }

  /** The parts of an aggregate; null for a plain record. All of an aggregate is dropped if one part is another shard's: its writer sent it again. */
  #userRecords (partitionKey: string, data: Uint8Array): readonly UserRecord[] | null {
    const users = deaggregate(data)
    const { range, shard, log } = this.#options
    if (users === null || range === null) return users
    const isForeign = users.some(user => {
      const hashKey = user.explicitHashKey === null ? hashKeyOf(user.partitionKey) : BigInt(user.explicitHashKey)
      return hashKey < range.start || hashKey > range.end
    })
    if (!isForeign) return users
    log.warn({ shard, records: users.length }, 'Dropped an aggregate with records of another shard; its writer has sent them again.')
    return []
  }

  #push (records: RawRecord[], offset: bigint, partitionKey: string, value: Uint8Array, timestamp: number | null): void {
    if (offset <= this.#after) return
    this.#after = offset
    records.push({ offset, key: Buffer.from(partitionKey), value, timestamp, timestampType: 'LogAppendTime', headers: noHeaders })
  }
}

const noHeaders = Object.freeze([])
