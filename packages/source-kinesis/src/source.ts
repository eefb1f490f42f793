import { setTimeout as sleep } from 'node:timers/promises'
import type * as Sdk from '@aws-sdk/client-kinesis'
import type { KinesisClient } from '@aws-sdk/client-kinesis'
import { configError, ConnectError, defineSource, schema, sourceRecord, type SourceOffset, type SourceRecord, type SourceTaskContext } from '@tributary/plugin'
import { kinesisClient, listShards, type Shard } from '@tributary/kinesis'
import { connectionOf, kinesisSourceConfig, type KinesisSourceConfig } from './config.ts'
import { feedProblems } from './feed.ts'
import { dealShards, readable } from './lineage.ts'
import { Offsets } from './place.ts'
import { ShardReader } from './shard-reader.ts'
import { Wake } from './wake.ts'

type Context = SourceTaskContext<KinesisSourceConfig>

const startAttempts = 6
const maxBatch = 2000
const keySchema = schema.of('string')
const valueSchema = schema.of('bytes')

/** All shards of the configured stream. */
async function shardsOf (config: KinesisSourceConfig, signal: AbortSignal): Promise<Shard[]> {
  const client = await kinesisClient(connectionOf(config, 'kinesis'))
  try {
    return await listShards(client, config['stream.name'], { signal, attempts: startAttempts })
  } finally {
    client.destroy()
  }
}

/**
 * Copies a Kinesis stream into a Kafka topic: the partition key becomes the key, the data the value, the arrival time the timestamp. Progress
 * is kept in Connect's offset store by shard, as sequence number and index within an aggregate, so exactly-once works too. No lease table:
 * the worker group shares the tasks.
 */
export const kinesisSource = defineSource({
  summary: 'Copies a Kinesis data stream into a topic.',
  config: kinesisSourceConfig,
  validate: config => feedProblems(config),
  exactlyOnce: () => true,
  async tasks (config, { maxTasks, raw, signal }) {
    return dealShards(await shardsOf(config, signal), maxTasks).map(ids => ({ ...raw, 'task.shards': ids.join(',') }))
  },
  async monitor (config, context) {
    let known: string | null = null
    while (!context.signal.aborted) {
      const ids = await shardsOf(config, context.signal).then(shards => shards.map(({ id }) => id).sort().join(','), (error: unknown) => {
        if (!context.signal.aborted) context.log.warn({ stream: config['stream.name'], reason: (error as Error).message }, 'The shards could not be listed; trying again later.')
        return known
      })
      if (known !== null && ids !== known) context.requestTaskReconfiguration()
      known = ids
      await sleep(config['shard.sync.interval.ms'], undefined, { signal: context.signal }).catch(() => {})
    }
  },
  alterOffsets (_config, offsets) {
    for (const { partition, offset } of offsets) {
      if (typeof partition['stream'] !== 'string' || typeof partition['shard'] !== 'string') throw configError('A partition of this connector is {"stream": "orders", "shard": "shardId-000000000000"}.')
      if (offset !== null && !/^\d+$/.test(String(offset['sequence']))) throw configError('An offset of this connector is {"sequence": "49680482182675775269632150838088088796538238561490567170", "subSequence": 0}.')
    }
    return true
  },
  async * read (context) {
    const [problem] = feedProblems(context.config)
    if (problem !== undefined) throw configError(`${problem.key}: ${problem.message}`)
    const [client, sdk] = await Promise.all([kinesisClient(connectionOf(context.config, 'kinesis')), import('@aws-sdk/client-kinesis')])
    const task = new SourceTask(context, client, sdk)
    try {
      yield* task.batches()
    } finally {
      task.close()
      client.destroy()
    }
  }
})

interface Reading { readonly reader: ShardReader, readonly offsets: Offsets, readonly partition: { readonly stream: string, readonly shard: string } }

/** Reads the shards of one task, and those that they turn into. */
class SourceTask {
  readonly #context: Context
  readonly #client: KinesisClient
  readonly #sdk: typeof Sdk
  readonly #wake = new Wake()
  readonly #readAhead: { bytes: number, readonly limit: number }
  readonly #own: Set<string>
  readonly #done = new Set<string>()
  readonly #readings = new Map<string, Reading>()
  /** Shards that this task, or one before it, has read something of. */
  readonly #begun = new Set<string>()

  constructor (context: Context, client: KinesisClient, sdk: typeof Sdk) {
    this.#context = context
    this.#client = client
    this.#sdk = sdk
    this.#readAhead = { bytes: 0, limit: context.config['read.ahead.bytes'] }
    this.#own = new Set(context.config['task.shards'])
    context.signal.addEventListener('abort', () => { this.#wake.ring() }, { once: true })
  }

  async * batches (): AsyncGenerator<readonly SourceRecord[]> {
    const { signal } = this.#context
    await this.#openReadable()
    while (!signal.aborted) {
      let hasMore = false
      for (const [shard, reading] of this.#readings) {
        await this.#checkError(shard, reading.reader)
        const records = this.#take(reading)
        if (records.length > 0) yield records
        hasMore ||= records.length > 0
        if (signal.aborted) return
        if (reading.reader.isDone) await this.#finish(shard)
      }
      if (!hasMore) await this.#wake.wait(this.#context.config['shard.sync.interval.ms'])
    }
  }

  /** Throws what stopped a reader, unless the shard has aged out of the stream: then it is over. */
  async #checkError (shard: string, reader: ShardReader): Promise<void> {
    const { error } = reader
    if (error === null) return
    const shards = error.code === 'KINESIS_NOT_FOUND' ? await listShards(this.#client, this.#context.config['stream.name'], { signal: this.#context.signal, attempts: startAttempts }) : null
    if (shards === null || shards.some(({ id }) => id === shard)) throw error
    reader.endAsGone()
  }

  #take ({ reader, offsets, partition }: Reading): SourceRecord[] {
    const topic = this.#context.config['kafka.topic'] ?? this.#context.config['stream.name']
    return reader.take(maxBatch).map(({ offset, key, value, timestamp }) => {
      const { sequence, subSequence } = offsets.place(BigInt(offset))
      return sourceRecord({ topic, keySchema, key: Buffer.from(key ?? []).toString(), valueSchema, value, timestamp, sourcePartition: partition, sourceOffset: { sequence, subSequence } })
    })
  }

  async #finish (shard: string): Promise<void> {
    this.#readings.get(shard)?.reader.close()
    this.#readings.delete(shard)
    this.#done.add(shard)
    this.#context.log.info({ shard }, 'A shard ended.')
    await this.#openReadable()
  }

  /** Starts what may be read now; the children of its own shards are a task's own too. */
  async #openReadable (): Promise<void> {
    const { config, signal } = this.#context
    const shards = await listShards(this.#client, config['stream.name'], { signal, attempts: startAttempts })
    if (this.#own.size === 0) for (const { id } of shards) this.#own.add(id)
    for (const { id, parents } of shards) if (parents.length > 0 && parents.every(parent => this.#own.has(parent))) this.#own.add(id)
    const own = shards.filter(({ id }) => this.#own.has(id) && !this.#done.has(id))
    const stored = await this.#context.offsets(own.map(({ id }) => this.#partition(id)))
    const positions = new Map(own.map(({ id }, i) => [id, stored[i] ?? null]))
    for (const { id } of own) if (positions.get(id) !== null) this.#begun.add(id)
    this.#skipBeforeLatest(own)
    for (const shard of readable(shards, this.#own, this.#done)) if (!this.#readings.has(shard.id)) this.#open(shard, positions.get(shard.id) ?? null)
  }

  /** With LATEST, what closed before anything was read is not read at all. */
  #skipBeforeLatest (own: readonly Shard[]): void {
    if (this.#context.config['initial.position'] !== 'LATEST') return
    for (const shard of own) if (shard.closed && !this.#begun.has(shard.id) && !shard.parents.some(id => this.#begun.has(id))) this.#done.add(shard.id)
  }

  #partition (shard: string): { stream: string, shard: string } {
    return { stream: this.#context.config['stream.name'], shard }
  }

  #open (shard: Shard, stored: SourceOffset | null): void {
    const { config, log } = this.#context
    const offsets = new Offsets({ deaggregate: config.deaggregate, sample: shard.startingSequenceNumber })
    const isChild = shard.parents.some(id => this.#begun.has(id))
    this.#begun.add(shard.id)
    const reader = new ShardReader({
      client: this.#client,
      sdk: this.#sdk,
      config,
      shard: shard.id,
      range: shard,
      offsets,
      checkpoint: stored === null ? (isChild ? 'TRIM_HORIZON' : config['initial.position']) : sequenceOf(stored),
      subSequence: Number(stored?.['subSequence'] ?? 0),
      readAhead: this.#readAhead,
      log,
      onChange: () => { this.#wake.ring() }
    })
    this.#readings.set(shard.id, { reader, offsets, partition: this.#partition(shard.id) })
  }

  close (): void {
    for (const { reader } of this.#readings.values()) reader.close()
  }
}

function sequenceOf (offset: SourceOffset): string {
  const sequence = offset['sequence']
  if (typeof sequence !== 'string') throw new ConnectError('KINESIS_OFFSET', 'system', 'A stored offset of this connector has no text "sequence". Reset the connector\'s offsets, or correct them.')
  return sequence
}
