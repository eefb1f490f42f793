import { ConnectError, type RawRecord } from '@tributary/plugin'
import { Bell } from './bell.ts'
import { Cluster } from './cluster.ts'
import { Fetcher } from './fetcher.ts'
import { listOffsets, partitionKey } from './offsets.ts'
import type { ClientSettings, LogReader, LogRecord } from './port.ts'
import { connectionSettings, fetchSettings, type FetchSettings } from './settings.ts'

const lookMs = 1000
const recordsAtOnce = 5000

interface Wait { readonly ends: Map<number, number>, readonly resolve: () => void, readonly reject: (error: Error) => void }

/** Opens a reader of all partitions of a topic, which must exist. `onRecord` may not throw. */
export async function openLogReader (settings: ClientSettings, topic: string, onRecord: (record: LogRecord) => void): Promise<LogReader> {
  const options = fetchSettings(settings)
  return new TopicLogReader(await Cluster.open(connectionSettings(settings)), options, topic, onRecord)
}

class TopicLogReader implements LogReader {
  readonly #cluster: Cluster
  readonly #topic: string
  readonly #onRecord: (record: LogRecord) => void
  readonly #bell = new Bell()
  readonly #fetcher: Fetcher
  readonly #isCommitted: boolean
  readonly #waits = new Set<Wait>()
  #partitions: { topic: string, partition: number }[] = []
  #running: Promise<void> | null = null
  #closed = false

  constructor (cluster: Cluster, settings: FetchSettings, topic: string, onRecord: (record: LogRecord) => void) {
    this.#cluster = cluster
    this.#topic = topic
    this.#onRecord = onRecord
    this.#isCommitted = settings.readCommitted
    // A log is read whole, so a position that vanished (the topic was emptied) means: from the beginning.
    this.#fetcher = new Fetcher(cluster, { settings, reset: 'earliest', bell: this.#bell, log: null })
  }

  async start (): Promise<void> {
    const { partitions } = await this.#cluster.topic(this.#topic)
    this.#partitions = partitions.map((_info, partition) => ({ topic: this.#topic, partition }))
    const first = await listOffsets(this.#cluster, this.#partitions, 'earliest', false)
    this.#fetcher.assign(this.#partitions.map(part => ({ ...part, offset: first.get(partitionKey(part.topic, part.partition)) ?? 0 })))
    this.#running = this.#follow()
    // What was open when a worker died would hold up the next one until the transaction times out, and need not be known before tasks start.
    await this.#readTo('stable')
  }

  async #follow (): Promise<void> {
    while (!this.#closed) {
      try {
        for (const { partition, records } of this.#fetcher.take(recordsAtOnce)) this.#give(partition, records)
      } catch (error) {
        for (const { reject } of this.#waits) reject(error as Error)
        this.#waits.clear()
      }
      this.#settle()
      await this.#bell.wait(lookMs)
    }
  }

  #give (partition: number, records: readonly RawRecord[]): void {
    if (records.length > 0) this.#bell.ring()
    for (const { offset, key, value, timestamp } of records) this.#onRecord({ partition, offset: Number(offset), key, value, timestamp: timestamp ?? -1 })
  }

  #settle (): void {
    for (const wait of this.#waits) {
      for (const [partition, end] of wait.ends) if ((this.#fetcher.position(this.#topic, partition) ?? 0) >= end) wait.ends.delete(partition)
      if (wait.ends.size > 0) continue
      this.#waits.delete(wait)
      wait.resolve()
    }
  }

  // Not the last stable offset: what an open transaction has written is waited for, as Java does.
  async readToEnd (): Promise<void> { await this.#readTo('written') }

  async #readTo (end: 'written' | 'stable'): Promise<void> {
    const ends = await listOffsets(this.#cluster, this.#partitions, 'latest', end === 'stable' && this.#isCommitted)
    if (this.#closed) throw closedError(this.#topic)
    await new Promise<void>((resolve, reject) => {
      this.#waits.add({ ends: new Map(this.#partitions.map(({ topic, partition }) => [partition, ends.get(partitionKey(topic, partition)) ?? 0])), resolve, reject })
      this.#bell.ring()
    })
  }

  async close (): Promise<void> {
    this.#closed = true
    this.#fetcher.close()
    this.#cluster.close()
    this.#bell.ring()
    await this.#running
    for (const { reject } of this.#waits) reject(closedError(this.#topic))
    this.#waits.clear()
  }
}

function closedError (topic: string): ConnectError {
  return new ConnectError('KAFKA_CLOSED', 'system', `The reader of ${topic} is closed.`)
}
