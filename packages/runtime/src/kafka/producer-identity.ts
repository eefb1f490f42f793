import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectError } from '@tributary/plugin'
import type { ProducerState } from './batch-writer.ts'
import type { Cluster } from './cluster.ts'
import { brokerError } from './failure.ts'
import { byTopic } from './offsets.ts'
import type { Link } from './link.ts'
import type { PartitionQueue } from './producer-queue.ts'
import type { ProducerSettings } from './settings.ts'

const concurrentTransactions = 51
const invalidProducerEpoch = 47
const producerFenced = 90
/** As Java waits for the markers of the last transaction; they take a few milliseconds, not `retry.backoff.ms`. */
const markersBackoffMs = 20

/** The producer id and epoch of an idempotent or transactional producer, and the requests of its transactions (KIP-98). */
export class ProducerIdentity {
  readonly #cluster: Cluster
  readonly #settings: ProducerSettings
  #id = -1n
  #epoch = -1
  #opening: Promise<void> | null = null
  #isExpired = false

  constructor (cluster: Cluster, settings: ProducerSettings) {
    this.#cluster = cluster
    this.#settings = settings
  }

  get isOpening (): boolean { return this.#opening !== null }
  get isOpen (): boolean { return this.#id >= 0n && this.#opening === null && !this.#isExpired }
  /** Whether it was ever opened. */
  get isStarted (): boolean { return this.#id >= 0n }

  /** A new epoch is needed before the next record. */
  expire (): void { this.#isExpired = true }

  /** Gets an id, or the next epoch of this `transactional.id`, which fences all older producers of it. Shared by callers at the same time. */
  async open (): Promise<void> {
    this.#opening ??= this.#initialize().finally(() => { this.#opening = null })
    await this.#opening
  }

  async #initialize (): Promise<void> {
    const { transactionalId, transactionTimeoutMs, maxBlockMs } = this.#settings
    await this.#atCoordinator(async link => {
      const answer = await link.call<{ errorCode: number, producerId: string, producerEpoch: number }>('InitProducerId', { transactionalId, transactionTimeout: transactionTimeoutMs })
      if (answer.errorCode !== 0) throw transactionError(answer.errorCode, 'Cannot start the producer', transactionalId)
      this.#id = BigInt(answer.producerId)
      this.#epoch = answer.producerEpoch
      this.#isExpired = false
    }, maxBlockMs)
  }

  /** The next sequence numbers of a partition, for `count` records. */
  take (queue: PartitionQueue, count: number): ProducerState {
    if (queue.producerId !== this.#id || queue.producerEpoch !== this.#epoch) {
      queue.producerId = this.#id
      queue.producerEpoch = this.#epoch
      queue.sequence = 0
    }
    const sequence = queue.sequence
    queue.sequence = (sequence + count) % 2 ** 31
    return { id: this.#id, epoch: this.#epoch, sequence }
  }

  async addPartitions (queues: readonly PartitionQueue[]): Promise<void> {
    const { transactionalId } = this.#settings
    await this.#atCoordinator(async link => {
      for (;;) {
        const { errors } = await link.call<{ errors: readonly { topic: string, partitionErrors: readonly { partition: number, errorCode: number }[] }[] }>('AddPartitionsToTxn', {
          transactionalId, producerId: String(this.#id), producerEpoch: this.#epoch, topics: byTopic(queues, ({ partition }) => partition)
        })
        const failed = errors.flatMap(({ topic, partitionErrors }) => partitionErrors.map(({ errorCode }) => ({ topic, errorCode }))).find(({ errorCode }) => errorCode !== 0)
        if (failed === undefined) return
        if (failed.errorCode !== concurrentTransactions) throw transactionError(failed.errorCode, `Cannot write to ${failed.topic} in a transaction`, transactionalId)
        await sleep(markersBackoffMs, undefined, { signal: this.#cluster.closed })
      }
    })
  }

  async end (commit: boolean): Promise<void> {
    const { transactionalId } = this.#settings
    await this.#atCoordinator(async link => {
      const { errorCode } = await link.call<{ errorCode: number }>('EndTxn', { transactionalId, producerId: String(this.#id), producerEpoch: this.#epoch, transactionResult: commit })
      if (errorCode !== 0) throw transactionError(errorCode, `Cannot ${commit ? 'commit' : 'abort'} the transaction`, transactionalId)
    })
  }

  async #atCoordinator (action: (link: Link) => Promise<void>, timeoutMs = this.#settings.deliveryTimeoutMs): Promise<void> {
    const { transactionalId } = this.#settings
    await this.#cluster.retry(async () => {
      await action(transactionalId === null ? await this.#cluster.anyLink() : await this.#cluster.coordinator('transaction', transactionalId))
    }, { timeoutMs, onError: () => { if (transactionalId !== null) this.#cluster.forgetCoordinator('transaction', transactionalId) } })
  }
}

/** An error of a transactional producer; the two codes of a fenced one become `PRODUCER_FENCED`. */
export function transactionError (code: number, doing: string, transactionalId: string | null): ConnectError {
  if (transactionalId !== null && (code === invalidProducerEpoch || code === producerFenced)) {
    return new ConnectError('PRODUCER_FENCED', 'system', `${doing}: a newer producer with the transactional.id ${transactionalId} has taken over.`, { javaClass: 'org.apache.kafka.common.errors.ProducerFencedException' })
  }
  return brokerError(code, doing)
}
