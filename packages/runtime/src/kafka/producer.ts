import { ConnectError } from '@tributary/plugin'
import { recordBound } from './batch-writer.ts'
import { Cluster } from './cluster.ts'
import { brokerError, isTransient } from './failure.ts'
import { partitionOf } from './murmur2.ts'
import { produce, type ProduceResult } from './produce-request.ts'
import { PartitionQueue, type Batch, type OnDone } from './producer-queue.ts'
import { ProducerIdentity, transactionError } from './producer-identity.ts'
import { partitionKey } from './offsets.ts'
import type { ClientSettings, Producer, ProducerRecord } from './port.ts'
import { connectionSettings, producerSettings, type ProducerSettings } from './settings.ts'

const messageTooLarge = 10
const outOfOrderSequence = 45
const duplicateSequence = 46
const unknownProducerId = 59
/** After these the partition may have another leader. */
const staleLeader = new Set([3, 5, 6, 9, 13, 72, 74, 76])

interface TopicState { partitions: number, at: number, sticky: number, stickyBytes: number }
interface Sent { readonly queue: PartitionQueue, readonly batch: Batch }
interface Flush { readonly waitsFor: Set<Batch>, readonly resolve: () => void }

export async function openProducer (settings: ClientSettings): Promise<Producer> {
  const parsed = producerSettings(settings)
  return new KafkaProducer(await Cluster.open(connectionSettings(settings), { isPatient: true }), parsed)
}

/** Batches by partition, one request a partition and up to `max.in.flight.requests.per.connection` a broker under way. */
class KafkaProducer implements Producer {
  readonly #cluster: Cluster
  readonly #settings: ProducerSettings
  readonly #identity: ProducerIdentity | null
  readonly #topics = new Map<string, TopicState>()
  readonly #queues = new Map<string, PartitionQueue>()
  readonly #waiting = new Set<PartitionQueue>()
  readonly #requests = new Map<number, number>()
  readonly #unfinished = new Set<Batch>()
  readonly #flushes = new Set<Flush>()
  #sends: Promise<void> = Promise.resolve()
  #buffered = 0
  #onRoom: (() => void)[] = []
  #timer: NodeJS.Timeout | null = null
  #refreshing: Promise<unknown> | null = null
  #transaction: 'none' | 'open' | 'failed' = 'none'
  #transactionFailure: ConnectError | null = null
  #closed = false

  constructor (cluster: Cluster, settings: ProducerSettings) {
    this.#cluster = cluster
    this.#settings = settings
    this.#identity = settings.idempotent ? new ProducerIdentity(cluster, settings) : null
  }

  send (records: readonly ProducerRecord[], onDone: OnDone): Promise<void> {
    const sent = this.#sends.then(() => this.#append(records, onDone))
    this.#sends = sent.catch(() => {})
    return sent
  }

  async #append (records: readonly ProducerRecord[], onDone: OnDone): Promise<void> {
    this.#check()
    const { batchSize, bufferMemory, maxRequestSize } = this.#settings
    const now = Date.now()
    const unknown = new Map<string, Error>()
    for (let index = 0; index < records.length; index++) {
      const record = records[index] as ProducerRecord
      const known = this.#topics.get(record.topic)
      let state = known
      if (known === undefined || now - known.at > this.#cluster.settings.metadataMaxAgeMs || (record.partition ?? 0) >= known.partitions) {
        const failure = unknown.get(record.topic) ?? await this.#topicState(record.topic).then(found => { state = found }, (error: Error) => error)
        this.#check()
        if (failure !== undefined) {
          unknown.set(record.topic, failure)
          onDone(index, null, failure)
          continue
        }
      }
      const bound = recordBound(record.key, record.value, record.headers)
      const refusal = bound > maxRequestSize ? tooLarge(bound, maxRequestSize) : invalidPartition(record, state as TopicState)
      if (refusal !== null) {
        onDone(index, null, refusal)
        continue
      }
      while (this.#buffered > 0 && this.#buffered + bound > bufferMemory) {
        await this.#room()
        this.#check()
      }
      const partition = record.partition ?? (record.key !== null ? partitionOf(record.key, (state as TopicState).partitions) : this.#sticky(state as TopicState, bound))
      const queue = this.#queue(record.topic, partition)
      const { bytes, opened } = queue.append(record, now, Math.min(batchSize, maxRequestSize), index, onDone)
      this.#buffered += bytes
      if (opened !== null) {
        this.#unfinished.add(opened)
        this.#waiting.add(queue)
      }
    }
    this.#drain()
    while (this.#buffered >= bufferMemory && !this.#closed) await this.#room()
  }

  #check (): void {
    if (this.#closed) throw new ConnectError('KAFKA_CLOSED', 'system', 'The producer is closed.')
    if (this.#settings.transactionalId !== null && this.#transaction === 'none') throw new ConnectError('INVALID_TXN_STATE', 'system', 'A transactional producer sends records only between begin and commit.')
  }

  #room (): Promise<void> {
    const room = new Promise<void>(resolve => { this.#onRoom.push(resolve) })
    this.#drain()
    return room
  }

  /** A partition for records without key: the same for about `batch.size` bytes, then any other (KIP-794). */
  #sticky (state: TopicState, bytes: number): number {
    if (state.sticky < 0 || state.sticky >= state.partitions || state.stickyBytes >= this.#settings.stickyBytes) {
      state.sticky = Math.floor(Math.random() * state.partitions)
      state.stickyBytes = 0
    }
    state.stickyBytes += bytes
    return state.sticky
  }

  #queue (topic: string, partition: number): PartitionQueue {
    const key = partitionKey(topic, partition)
    let queue = this.#queues.get(key)
    if (queue === undefined) this.#queues.set(key, queue = new PartitionQueue(topic, partition))
    return queue
  }

  async #topicState (topic: string): Promise<TopicState> {
    const known = this.#topics.get(topic)
    const { maxBlockMs } = this.#settings
    try {
      const info = await this.#cluster.topic(topic, { create: true, timeoutMs: known === undefined ? maxBlockMs : 0 })
      const state = { sticky: -1, stickyBytes: 0, ...known, partitions: info.partitions.length, at: Date.now() }
      this.#topics.set(topic, state)
      return state
    } catch (error) {
      if (known !== undefined && isTransient(error)) return known
      if (!isTransient(error)) throw error
      throw new ConnectError(error.code, 'transient', `Topic ${topic} not present in metadata after ${maxBlockMs} ms.`, { cause: error, javaClass: 'org.apache.kafka.common.errors.TimeoutException' })
    }
  }

  async partitionsOf (topic: string): Promise<number> { return (await this.#topicState(topic)).partitions }

  /** Sends what may be sent now, and sets the timer for the rest. */
  #drain (): void {
    if (this.#closed) return
    const now = Date.now()
    const { lingerMs, batchSize, maxInFlight, maxRequestSize, deliveryTimeoutMs } = this.#settings
    const hurry = this.#flushes.size > 0 || this.#onRoom.length > 0
    let wakeAt = Infinity
    let isStale = false
    let needsIdentity = false
    const parts = new Map<number, Sent[]>()
    const sizes = new Map<number, number>()
    const toAdd: PartitionQueue[] = []
    for (const queue of this.#waiting) {
      const batch = queue.batches[0]
      if (batch === undefined) {
        this.#waiting.delete(queue)
        continue
      }
      if (queue.inFlight || queue.transaction === 'adding') continue
      if (now - batch.createdAt > deliveryTimeoutMs) {
        this.#refuse(queue, batch, expired(queue, batch, now))
        continue
      }
      const due = Math.max(queue.retryAt, hurry || batch.attempts > 0 || batch.size >= batchSize || queue.batches.length > 1 ? 0 : batch.createdAt + lingerMs)
      wakeAt = Math.min(wakeAt, batch.createdAt + deliveryTimeoutMs + 1)
      if (due > now) {
        wakeAt = Math.min(wakeAt, due)
        continue
      }
      if (this.#identity?.isOpen === false) {
        needsIdentity = true
        continue
      }
      if (this.#settings.transactionalId !== null && queue.transaction === 'no') {
        toAdd.push(queue)
        continue
      }
      const leader = this.#cluster.leaderOf(queue.topic, queue.partition)
      if (leader < 0) {
        isStale = true
        queue.retryAt = now + this.#cluster.settings.retryBackoffMs
        wakeAt = Math.min(wakeAt, queue.retryAt)
        continue
      }
      const size = (sizes.get(leader) ?? 0) + batch.size
      if ((this.#requests.get(leader) ?? 0) >= maxInFlight || (sizes.has(leader) && size > maxRequestSize)) continue
      sizes.set(leader, size)
      const list = parts.get(leader)
      if (list === undefined) parts.set(leader, [{ queue, batch }])
      else list.push({ queue, batch })
    }
    if (toAdd.length > 0) void this.#addToTransaction(toAdd)
    for (const [leader, list] of parts) void this.#transmit(leader, list)
    if (isStale) this.#refreshMetadata()
    if (needsIdentity) this.#openIdentity()
    this.#wakeAt(wakeAt)
  }

  #wakeAt (at: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = at === Infinity ? null : setTimeout(() => { this.#drain() }, Math.min(Math.max(at - Date.now(), 0), 2 ** 31 - 1))
  }

  #refreshMetadata (): void {
    if (this.#refreshing !== null) return
    const topics = [...new Set(Array.from(this.#waiting, ({ topic }) => topic))]
    this.#refreshing = this.#cluster.refresh(topics).catch(() => {}).finally(() => {
      this.#refreshing = null
      this.#drain()
    })
  }

  #openIdentity (): void {
    if (this.#identity?.isOpening !== false) return
    this.#identity.open().then(() => { this.#drain() }, (error: unknown) => {
      if (this.#closed) return
      for (const queue of this.#waiting) for (const batch of queue.inFlight ? queue.batches.slice(1) : [...queue.batches]) this.#refuse(queue, batch, error as ConnectError)
    })
  }

  async #addToTransaction (queues: readonly PartitionQueue[]): Promise<void> {
    for (const queue of queues) queue.transaction = 'adding'
    try {
      await this.#identity?.addPartitions(queues)
      for (const queue of queues) queue.transaction = 'yes'
    } catch (error) {
      for (const queue of queues) {
        queue.transaction = 'no'
        for (const batch of queue.batches.slice()) this.#refuse(queue, batch, error as ConnectError)
      }
    }
    this.#drain()
  }

  async #transmit (leader: number, list: readonly Sent[]): Promise<void> {
    const { acks, compression, transactionalId } = this.#settings
    this.#requests.set(leader, (this.#requests.get(leader) ?? 0) + 1)
    for (const { queue } of list) queue.inFlight = true
    let results: readonly ProduceResult[] = []
    let failure: ConnectError | null = null
    try {
      const parts = list.map(({ queue, batch }) => {
        const producer = batch.producer ?? this.#identity?.take(queue, batch.count) ?? null
        return { topic: queue.topic, partition: queue.partition, batch: batch.bytes(compression, producer, transactionalId !== null) }
      })
      results = await produce(await this.#cluster.link(leader), parts, { acks, timeoutMs: this.#cluster.settings.requestTimeoutMs, transactionalId })
    } catch (error) {
      failure = error as ConnectError
    }
    this.#requests.set(leader, (this.#requests.get(leader) ?? 1) - 1)
    const answers = new Map(results.map(result => [partitionKey(result.topic, result.partition), result]))
    let isStale = failure !== null
    for (const { queue, batch } of list) {
      queue.inFlight = false
      if (queue.batches[0] !== batch) continue // dropped by an abort or a close meanwhile
      const answer = answers.get(partitionKey(queue.topic, queue.partition))
      const code = answer?.errorCode ?? 0
      if (failure === null && (code === 0 || code === duplicateSequence)) {
        this.#finish(queue, batch)
        batch.acknowledge(queue.partition, answer?.baseOffset ?? -1)
        continue
      }
      if (staleLeader.has(code)) isStale = true
      this.#settle(queue, batch, code, failure)
    }
    if (isStale) this.#refreshMetadata()
    this.#drain()
  }

  /** Decides what becomes of a batch that was not written: again, in halves, or refused. */
  #settle (queue: PartitionQueue, batch: Batch, code: number, failure: ConnectError | null): void {
    const { transactionalId, retries, deliveryTimeoutMs } = this.#settings
    const now = Date.now()
    if (code === messageTooLarge && batch.count > 1) {
      this.#split(queue, batch)
      return
    }
    if ((code === outOfOrderSequence || code === unknownProducerId) && transactionalId === null && this.#identity !== null && batch.attempts < 3) {
      // The broker has forgotten this producer; a new id starts over with sequence 0.
      batch.producer = null
      batch.attempts++
      queue.producerId = -1n
      this.#openIdentity()
      return
    }
    const error = failure ?? transactionError(code, `Cannot write to ${queue.topic}-${queue.partition}`, transactionalId)
    batch.attempts++
    if (!isTransient(error) || batch.attempts > retries) {
      this.#refuse(queue, batch, error)
      return
    }
    if (now - batch.createdAt > deliveryTimeoutMs) {
      this.#refuse(queue, batch, expired(queue, batch, now, error))
      return
    }
    queue.retryAt = now + this.#cluster.backoffMs(batch.attempts - 1)
  }

  #split (queue: PartitionQueue, batch: Batch): void {
    const halves = batch.split()
    this.#unfinished.delete(batch)
    this.#buffered -= batch.size
    queue.batches.splice(0, 1, ...halves)
    // Nothing of it was written, so its sequence numbers are free again.
    if (batch.producer !== null) queue.sequence = batch.producer.sequence
    for (const half of halves) {
      this.#buffered += half.size
      this.#unfinished.add(half)
    }
    for (const { waitsFor } of this.#flushes) if (waitsFor.delete(batch)) for (const half of halves) waitsFor.add(half)
  }

  #refuse (queue: PartitionQueue, batch: Batch, error: ConnectError): void {
    this.#finish(queue, batch)
    if (this.#settings.transactionalId !== null && this.#transaction !== 'none') {
      this.#transaction = 'failed'
      this.#transactionFailure ??= error
    } else if (batch.producer !== null && this.#settings.transactionalId === null) {
      // Perhaps it was written, perhaps not: the next batch must not depend on its sequence numbers.
      queue.producerId = -1n
      this.#openIdentity()
    }
    batch.refuse(error)
  }

  #finish (queue: PartitionQueue, batch: Batch): void {
    const at = queue.batches.indexOf(batch)
    if (at >= 0) queue.batches.splice(at, 1)
    if (!this.#unfinished.delete(batch)) return
    this.#buffered -= batch.size
    for (const flush of this.#flushes) {
      if (!flush.waitsFor.delete(batch) || flush.waitsFor.size > 0) continue
      this.#flushes.delete(flush)
      flush.resolve()
    }
    const waiting = this.#onRoom
    this.#onRoom = []
    for (const resolve of waiting) resolve()
  }

  async flush ({ signal }: { signal: AbortSignal }): Promise<void> {
    await this.#sends
    if (this.#unfinished.size === 0) return
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        this.#flushes.delete(flush)
        reject(new ConnectError('KAFKA_FLUSH', 'transient', 'Kafka has not acknowledged all records in the time there was.'))
      }
      const flush: Flush = { waitsFor: new Set(this.#unfinished), resolve: () => { signal.removeEventListener('abort', stop); resolve() } }
      this.#flushes.add(flush)
      if (signal.aborted) stop()
      else signal.addEventListener('abort', stop, { once: true })
      this.#drain()
    })
  }

  async init (): Promise<void> {
    if (this.#settings.transactionalId === null) throw new ConnectError('INVALID_TXN_STATE', 'system', 'Only a producer with a transactional.id has transactions.')
    await this.#identity?.open()
  }

  begin (): void {
    if (this.#settings.transactionalId === null || this.#identity?.isStarted !== true) throw new ConnectError('INVALID_TXN_STATE', 'system', 'Call init before the first transaction of a producer with a transactional.id.')
    if (this.#transaction !== 'none') throw new ConnectError('INVALID_TXN_STATE', 'system', 'The last transaction is still open.')
    this.#transaction = 'open'
  }

  async commitTransaction (): Promise<void> {
    await this.flush({ signal: this.#cluster.closed })
    if (this.#transaction === 'failed' && this.#transactionFailure !== null) throw this.#transactionFailure
    await this.#endTransaction(true)
  }

  async abortTransaction (): Promise<void> {
    let isUncertain = this.#transaction === 'failed'
    const error = new ConnectError('TRANSACTION_ABORTED', 'system', 'The transaction of this record was aborted.')
    for (const queue of this.#queues.values()) {
      for (const batch of queue.inFlight ? queue.batches.slice(1) : [...queue.batches]) {
        if (batch.producer !== null) isUncertain = true
        this.#refuse(queue, batch, error)
      }
    }
    await this.flush({ signal: this.#cluster.closed })
    await this.#endTransaction(false)
    // A batch that was given up may or may not have been written; a new epoch starts the sequence numbers over. Only with the next record, if
    // there is one: a producer that failed because a newer one has taken over must not fence that in turn while it ends.
    if (isUncertain) this.#identity?.expire()
  }

  async #endTransaction (commit: boolean): Promise<void> {
    const isUsed = Array.from(this.#queues.values()).some(({ transaction }) => transaction === 'yes')
    if (isUsed) await this.#identity?.end(commit)
    for (const queue of this.#queues.values()) queue.transaction = 'no'
    this.#transaction = 'none'
    this.#transactionFailure = null
  }

  async close (timeoutMs: number): Promise<void> {
    if (this.#closed) return
    if (timeoutMs > 0) await this.flush({ signal: AbortSignal.timeout(Math.min(timeoutMs, 2 ** 31 - 1)) }).catch(() => {})
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#cluster.close()
    const error = new ConnectError('KAFKA_CLOSED', 'system', 'The producer was closed before Kafka acknowledged the record.')
    for (const queue of this.#queues.values()) {
      for (const batch of queue.batches.slice()) {
        this.#finish(queue, batch)
        batch.refuse(error)
      }
    }
  }
}

function tooLarge (size: number, limit: number): ConnectError {
  return new ConnectError('RECORD_TOO_LARGE', 'data', `The message is ${size} bytes when serialized which is larger than ${limit}, which is the value of the max.request.size configuration.`, { javaClass: 'org.apache.kafka.common.errors.RecordTooLargeException' })
}

function invalidPartition ({ topic, partition }: ProducerRecord, { partitions }: TopicState): ConnectError | null {
  if (partition === null || (partition >= 0 && partition < partitions)) return null
  return brokerError(3, `Cannot write to ${topic}-${partition}`, `topic ${topic} has partitions 0 to ${partitions - 1}`)
}

function expired (queue: PartitionQueue, batch: Batch, now: number, cause?: Error): ConnectError {
  return new ConnectError('TIMEOUT', 'transient', `Expiring ${batch.count} record(s) for ${queue.topic}-${queue.partition}:${now - batch.createdAt} ms has passed since batch creation.`, { cause, javaClass: 'org.apache.kafka.common.errors.TimeoutException' })
}
