import type * as Sdk from '@aws-sdk/client-kinesis'
import type { KinesisClient } from '@aws-sdk/client-kinesis'
import { ConnectError, type Feed, type FeedContext, type Position, type RawBatch, type TopicPartition } from '@tributary/plugin'
import { listShards, shardNumber, type Shard } from '@tributary/kinesis'
import type { KinesisFeedConfig } from './config.ts'
import { isEnded, type Lease } from './lease.ts'
import { LeaseHolder } from './lease-holder.ts'
import type { LeaseTable } from './lease-table.ts'
import { Offsets } from './place.ts'
import { ShardConsumer } from './shard-consumer.ts'
import type { ReadAhead } from './shard-reader.ts'
import { leasesToCreate, leasesToRemove } from './shard-sync.ts'
import { Wake } from './wake.ts'

export interface KinesisFeedOptions {
  readonly context: FeedContext<KinesisFeedConfig>
  readonly client: KinesisClient
  readonly sdk: typeof Sdk
  readonly table: LeaseTable
  /** Id of this task in the lease table, different at each start. */
  readonly worker: string
  /** Closes the clients. */
  readonly end: () => void
}

/** See `kinesisFeed`. */
export class KinesisFeed implements Feed {
  readonly #options: KinesisFeedOptions
  readonly #topic: string
  readonly #holder: LeaseHolder
  readonly #wake = new Wake()
  readonly #readAhead: ReadAhead
  /** By partition number. */
  readonly #consumers = new Map<number, ShardConsumer>()
  readonly #finished = new Set<number>()
  #shards = new Map<string, Shard>()
  #syncedAt = -Infinity
  #turn = 0
  #isWoken = false
  #isClosed = false

  constructor (options: KinesisFeedOptions) {
    const { config, log } = options.context
    this.#options = options
    this.#topic = config['stream.name']
    this.#readAhead = { bytes: 0, limit: config['read.ahead.bytes'] }
    this.#holder = new LeaseHolder({ table: options.table, worker: options.worker, failoverMs: config['failover.ms'], log, onChange: () => { this.#wake.ring() } })
  }

  /** Makes missing leases, and takes the first ones. */
  async start (): Promise<void> {
    await this.#sync()
    await this.#holder.start()
  }

  async poll ({ waitMs, maxRecords }: { waitMs: number, maxRecords: number }): Promise<readonly RawBatch[]> {
    const end = performance.now() + waitMs
    for (;;) {
      await this.#endGone()
      this.#throwIfFailed()
      await this.#revokeLost()
      await this.#finishComplete()
      await this.#syncIfDue()
      await this.#assignNew()
      const batches = this.#gather(maxRecords)
      const left = end - performance.now()
      if (batches.length > 0 || left <= 0 || this.#isWoken || this.#isClosed) {
        this.#isWoken = false
        return batches
      }
      await this.#wake.wait(left)
    }
  }

  #throwIfFailed (): void {
    if (this.#holder.error !== null) throw this.#holder.error
    for (const { error } of this.#consumers.values()) if (error !== null) throw error
  }

  /** A shard that Kinesis does not know is over, if the stream no longer lists it: its records were older than the retention period. */
  async #endGone (): Promise<void> {
    const unknown = Array.from(this.#consumers.values()).filter(({ error }) => error?.code === 'KINESIS_NOT_FOUND')
    if (unknown.length === 0) return
    await this.#sync()
    for (const consumer of unknown) if (!this.#shards.has(consumer.shard)) consumer.endAsGone()
  }

  #isHeld ({ shard, term }: ShardConsumer): boolean {
    return this.#holder.isHeld(shard) && this.#holder.term(shard) === term
  }

  #partition (consumer: ShardConsumer): TopicPartition {
    return { topic: this.#topic, partition: consumer.partition }
  }

  async #revokeLost (): Promise<void> {
    const lost = Array.from(this.#consumers.values()).filter(consumer => !this.#isHeld(consumer))
    if (lost.length === 0) return
    for (const consumer of lost) this.#remove(consumer)
    await this.#options.context.onRevoked(lost.map(consumer => this.#partition(consumer)), 'lost')
  }

  #remove (consumer: ShardConsumer): void {
    consumer.close()
    this.#consumers.delete(consumer.partition)
  }

  /** Shards that ended, with everything durable: their children may start now. */
  async #finishComplete (): Promise<void> {
    const complete = Array.from(this.#consumers.values()).filter(consumer => consumer.isComplete)
    for (const consumer of complete) {
      if (!await this.#finish(consumer.shard)) continue
      this.#remove(consumer)
      this.#finished.add(consumer.partition)
      this.#options.context.log.info({ shard: consumer.shard }, 'A shard ended.')
      await this.#options.context.onRevoked([this.#partition(consumer)], 'revoked')
    }
    if (complete.length > 0) await this.#holder.look()
  }

  async #finish (shard: string): Promise<boolean> {
    const { table } = this.#options
    // Children first: once the parent counts as ended, nothing else would make them.
    await this.#sync(shard)
    const children = Array.from(this.#shards.values()).filter(({ parents }) => parents.includes(shard)).map(({ id }) => id)
    if (children.length > 0 && !await this.#holder.change(shard, lease => table.addChildren(lease, children))) return false
    if (!await this.#holder.change(shard, lease => table.checkpoint(lease, 'SHARD_END', 0))) return false
    this.#holder.forget(shard)
    return true
  }

  async #syncIfDue (): Promise<void> {
    if (performance.now() - this.#syncedAt < this.#options.context.config['shard.sync.interval.ms']) return
    try {
      await this.#sync()
    } catch (error) {
      if (!(error instanceof ConnectError) || error.kind !== 'transient') throw error
      this.#syncedAt = performance.now()
      this.#options.context.log.warn({ stream: this.#topic, reason: error.message }, 'The shards could not be listed; trying again later.')
    }
  }

  /** Lists the shards and makes the leases that are missing; `ending` is a shard about to be marked as ended. */
  async #sync (ending?: string): Promise<void> {
    const { client, table, context } = this.#options
    const shards = await listShards(client, this.#topic, { signal: context.giveUp, attempts: 3 })
    this.#shards = new Map(shards.map(shard => [shard.id, shard]))
    const leases = (await table.scan()).map((lease): Lease => lease.key === ending ? { ...lease, checkpoint: 'SHARD_END' } : lease)
    await Promise.all(leasesToCreate(shards, leases, context.config['initial.position']).map(lease => table.create(lease)))
    if (ending === undefined) await Promise.all(leasesToRemove(leases).map(lease => table.remove(lease)))
    this.#syncedAt = performance.now()
  }

  async #assignNew (): Promise<void> {
    const fresh: ShardConsumer[] = []
    for (const key of this.#holder.keys()) {
      const lease = this.#holder.lease(key)
      const partition = shardNumber(key)
      if (lease === undefined || isEnded(lease) || this.#consumers.has(partition) || !this.#parentsAreDone(lease)) continue
      const consumer = this.#open(lease)
      this.#consumers.set(partition, consumer)
      this.#finished.delete(partition)
      fresh.push(consumer)
    }
    if (fresh.length > 0) await this.#options.context.onAssigned(fresh.map(consumer => ({ ...this.#partition(consumer), offset: consumer.start })))
  }

  /** A parent's lease is gone when it was done long ago, or aged out of the stream. */
  #parentsAreDone (lease: Lease): boolean {
    return lease.parents.every(id => {
      const parent = this.#holder.all.find(({ key }) => key === id)
      return parent === undefined || isEnded(parent)
    })
  }

  #open (lease: Lease): ShardConsumer {
    const { client, sdk, context } = this.#options
    const listed = this.#shards.get(lease.key)
    const range = lease.startingHashKey === null || lease.endingHashKey === null ? listed ?? null : { start: BigInt(lease.startingHashKey), end: BigInt(lease.endingHashKey) }
    return new ShardConsumer(this.#topic, this.#holder.term(lease.key) ?? 0, {
      client,
      sdk,
      config: context.config,
      shard: lease.key,
      range,
      offsets: new Offsets({ deaggregate: context.config.deaggregate, sample: listed?.startingSequenceNumber ?? lease.checkpoint }),
      checkpoint: lease.checkpoint,
      subSequence: lease.subSequence,
      readAhead: this.#readAhead,
      log: context.log,
      onChange: () => { this.#wake.ring() }
    })
  }

  /** Takes what is there, beginning with another shard each time so that none starves. */
  #gather (maxRecords: number): RawBatch[] {
    const consumers = Array.from(this.#consumers.values())
    const batches: RawBatch[] = []
    let left = maxRecords
    this.#turn++
    for (let i = 0; i < consumers.length && left > 0; i++) {
      const consumer = consumers[(this.#turn + i) % consumers.length]
      if (consumer === undefined || !this.#isHeld(consumer)) continue
      const batch = consumer.take(left)
      if (batch === null) continue
      left -= batch.records.length
      batches.push(batch)
    }
    return batches
  }

  async commit (positions: readonly Position[]): Promise<void> {
    const lost: string[] = []
    await Promise.all(positions.map(async position => {
      const done = await this.#commitOne(position)
      if (!done) lost.push(`${position.topic}-${position.partition}`)
    }))
    if (lost.length > 0) throw new ConnectError('KINESIS_LEASE_LOST', 'transient', `Cannot checkpoint ${lost.join(', ')}: another worker has taken the lease. It goes on from the last checkpoint.`)
  }

  async #commitOne ({ partition, offset }: Position): Promise<boolean> {
    const consumer = this.#consumers.get(partition)
    if (consumer === undefined) return this.#finished.has(partition)
    const next = BigInt(offset)
    const place = consumer.checkpointFor(next)
    if (place === null) return true
    if (this.#holder.term(consumer.shard) !== consumer.term) return false
    const stored = await this.#holder.change(consumer.shard, lease => this.#options.table.checkpoint(lease, place.sequence, place.subSequence))
    if (stored) consumer.committed(next)
    return stored
  }

  pause (partitions: readonly TopicPartition[]): void {
    for (const { partition } of partitions) this.#consumers.get(partition)?.pause()
  }

  resume (partitions: readonly TopicPartition[]): void {
    for (const { partition } of partitions) this.#consumers.get(partition)?.resume()
    this.#wake.ring()
  }

  seek (positions: readonly Position[]): void {
    for (const { partition, offset } of positions) this.#consumers.get(partition)?.seek(BigInt(offset))
  }

  wakeup (): void {
    this.#isWoken = true
    this.#wake.ring()
  }

  async close (): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const consumer of this.#consumers.values()) consumer.close()
    this.#consumers.clear()
    await this.#holder.close()
    this.#options.end()
    this.#wake.ring()
  }
}
