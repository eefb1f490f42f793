import { ConnectError, retriableError } from '@tributary/plugin'
import type { Position, RawBatch, SinkRecord, SinkTask, SinkTaskContext, TopicPartition } from '@tributary/plugin'
import { setTimeout as sleep } from 'node:timers/promises'
import type { S3SinkConfig } from './config.ts'
import type { Directories } from './directories.ts'
import { abandonOldUploads } from './old-uploads.ts'
import { columnDropper } from './drop-columns.ts'
import { Lateness, lateDirectory } from './late.ts'
import { StoreError } from './object-store.ts'
import { ledgerKey } from './object-name.ts'
import type { OpenFile } from './open-file.ts'
import { PartitionWriter } from './partition-writer.ts'
import type { WriterContext } from './partition-writer.ts'

/** How often files are looked through for those whose time has come. */
const tickMs = 200
/** A task that was overtaken mostly hears so from its feed at once. If not, the other one was late: it claimed what it owned no more. */
const takeBackMs = 5_000
/** Overtaken again so soon after it has taken a partition back, a task is in a fight with another connector. */
const fightMs = 60_000

/** One task of the S3 sink. */
export class S3SinkTask implements SinkTask {
  readonly #context: SinkTaskContext<S3SinkConfig>
  readonly #writerContext: WriterContext
  readonly #directories: Directories
  readonly #writers = new Map<string, Map<number, PartitionWriter>>()
  readonly #lateness: Lateness | null
  readonly #needsTime: boolean
  readonly #dropColumns: ((record: SinkRecord, directory: string) => SinkRecord) | null
  #nextTickMs = 0
  /** Bytes in use from which on torn slabs are worth another try. */
  #tornAt = 0
  /** Writers whose feed still has to go back to their position. */
  readonly #sought = new Set<PartitionWriter>()

  constructor (context: SinkTaskContext<S3SinkConfig>, writerContext: WriterContext, directories: Directories) {
    this.#context = context
    this.#writerContext = writerContext
    this.#directories = directories
    const { config, log } = context
    this.#lateness = config['late.after.ms'] < 0
      ? null
      : new Lateness({ policy: config['late.policy'], afterMs: config['late.after.ms'], log, counter: context.counter('late_records', 'Records whose event time lay more than late.after.ms behind the latest one of their partition.') })
    this.#needsTime = this.#lateness !== null || writerContext.rules.spanMs !== null
    this.#dropColumns = config['partition.columns.drop'] ? columnDropper(config['directory.delim']) : null
  }

  async open (partitions: readonly TopicPartition[]): Promise<void> {
    const { config, task } = this.#context
    const opened = await Promise.all(partitions.map(({ topic, partition }) =>
      PartitionWriter.open(topic, partition, ledgerKey(config['ledger.prefix'], task.connector, topic, partition), this.#writerContext))).catch(error => { throw openError(error) })
    for (const writer of opened) this.#own(writer)
    await abandonOldUploads(this.#writerContext, config, partitions)
    const positions = opened.flatMap(({ topic, partition, position }) => position === null ? [] : [{ topic, partition, offset: position }])
    if (positions.length > 0) this.#context.seek(positions)
  }

  putRaw (batches: readonly RawBatch[]): void {
    const { raw } = this.#writerContext
    if (raw === null) return
    this.#check()
    this.#sought.clear()
    const nowMs = Date.now()
    for (const { topic, partition, records } of batches) {
      const writer = this.#writers.get(topic)?.get(partition)
      if (writer === undefined) throw notOpen(topic, partition)
      writer.start ??= records[0]?.offset ?? null
      if (writer.fencedAtMs === null) for (const record of records) writer.addRaw(record, raw, nowMs)
    }
    this.#spill()
  }

  async put (records: readonly SinkRecord[]): Promise<void> {
    this.#check()
    // With a raw copy there may be much to store though nothing came through.
    if (records.length > 0 || this.#writerContext.raw !== null) await this.#room()
    this.#sought.clear()
    await this.#takeBack()
    const nowMs = Date.now()
    let writer: PartitionWriter | undefined
    for (const record of records) {
      if (writer === undefined || record.originalPartition !== writer.partition || record.originalTopic !== writer.topic) {
        writer = this.#writers.get(record.originalTopic)?.get(record.originalPartition)
        if (writer === undefined) throw notOpen(record.originalTopic, record.originalPartition)
        writer.start ??= record.offset
      }
      // What was read before the feed goes back is read again.
      if (writer.fencedAtMs !== null || this.#sought.has(writer)) continue
      try {
        this.#add(writer, record, nowMs)
      } catch (error) {
        if (!(error instanceof ConnectError) || error.kind !== 'data') throw error
        if (this.#context.config['error.prefix'] === '') {
          await this.#context.report(record, error)
          writer.skip(record.offset)
        } else writer.addError(record, error, nowMs)
      }
    }
    this.#spill()
    this.#tick(nowMs)
  }

  async preCommit (positions: readonly Position[]): Promise<readonly Position[]> {
    this.#check()
    const safe: Position[] = []
    for (const { topic, partition, offset: seen } of positions) {
      const writer = this.#writers.get(topic)?.get(partition)
      const offset = writer === undefined ? null : this.#sought.has(writer) ? writer.position : await writer.commitPosition(seen)
      if (offset !== null) safe.push({ topic, partition, offset })
    }
    return safe
  }

  async close (partitions: readonly TopicPartition[], reason: 'revoked' | 'lost'): Promise<void> {
    await Promise.all(partitions.map(async ({ topic, partition }) => {
      const writer = this.#writers.get(topic)?.get(partition)
      this.#writers.get(topic)?.delete(partition)
      await writer?.close(reason, reason === 'revoked' && this.#context.config['flush.on.close'])
    }))
  }

  stop (): void {
    this.#writerContext.spill.close()
    this.#writerContext.registration?.close()
    this.#writerContext.store.close()
  }

  #add (writer: PartitionWriter, record: SinkRecord, nowMs: number): void {
    if (record.value === null) {
      this.#addNull(writer, record, nowMs)
      return
    }
    let directory = this.#directories.directoryOf(record, nowMs)
    const timeMs = this.#needsTime ? this.#directories.timeOf(record, nowMs) : null
    if (this.#lateness !== null && timeMs !== null) {
      if (this.#lateness.isLate(timeMs, writer.watermark, nowMs)) {
        if (this.#lateness.policy === 'report') throw new ConnectError('S3_LATE', 'data', `The record is late by more than late.after.ms=${this.#context.config['late.after.ms']}.`)
        if (this.#lateness.policy === 'side') directory = lateDirectory(directory, this.#context.config['directory.delim'])
      }
      // One time of the future would make all others late: the latest can be now.
      const latestMs = Math.min(timeMs, nowMs)
      if (writer.watermark === null || latestMs > writer.watermark) writer.watermark = latestMs
    }
    writer.add(this.#dropColumns === null ? record : this.#dropColumns(record, directory), directory, timeMs, nowMs)
  }

  #addNull (writer: PartitionWriter, record: SinkRecord, nowMs: number): void {
    const { config, raw } = this.#context
    const reason = new ConnectError('S3_NULL_VALUE', 'data', `The record has no value, and behavior.on.null.values is ${config['behavior.on.null.values']}.`)
    if (config['behavior.on.null.values'] === 'write') writer.add(record, config['tombstone.encoded.partition'], record.timestamp, nowMs)
    else if (config['behavior.on.null.values'] === 'fail') throw reason
    else if (config['report.null.values.to.dlq'] && (raw['errors.deadletterqueue.topic.name'] ?? '') !== '') throw reason
    else writer.skip(record.offset)
  }

  #own (writer: PartitionWriter): void {
    const ofTopic = this.#writers.get(writer.topic) ?? new Map<number, PartitionWriter>()
    this.#writers.set(writer.topic, ofTopic.set(writer.partition, writer))
  }

  /**
   * Claims partitions again that the feed leaves with us though another task has claimed them: one that was slow to open them, and so late that they had
   * been given to us already.
   */
  async #takeBack (): Promise<void> {
    const { config, task, log, seek } = this.#context
    const overdue = Array.from(this.#all()).filter(({ fencedAtMs }) => fencedAtMs !== null && Date.now() - fencedAtMs > takeBackMs)
    for (const old of overdue) {
      const { topic, partition } = old
      log.warn({ topic, partition }, 'The feed has not taken the partition away since another task claimed it. Claiming it back.')
      await old.close('lost')
      const writer = await PartitionWriter.open(topic, partition, ledgerKey(config['ledger.prefix'], task.connector, topic, partition), this.#writerContext, Date.now()).catch(error => { throw openError(error) })
      this.#own(writer)
      const offset = writer.position ?? old.start
      if (offset === null) continue
      writer.start = offset
      this.#sought.add(writer)
      seek([{ topic, partition, offset }])
    }
  }

  #check (): void {
    for (const writer of this.#all()) {
      writer.check()
      if (writer.fencedAtMs !== null && writer.takenBackMs !== null && writer.fencedAtMs - writer.takenBackMs < fightMs) {
        throw new ConnectError('S3_FENCED', 'system', `Another task writes ${writer.topic} partition ${writer.partition} too. ` +
          'Do two connectors of one name write to this bucket? Give each a name or a ledger.prefix of its own.')
      }
    }
  }

  /** Waits until the buffers are below their bound; throws `transient` before taking anything when that lasts too long. */
  async #room (): Promise<void> {
    const { pool } = this.#writerContext
    if (pool.used <= pool.limit) return
    const end = Date.now() + this.#context.config['max.write.duration.ms']
    while (pool.used > pool.limit) {
      this.#spill()
      this.#check()
      if (pool.used <= pool.limit) return
      if (Date.now() >= end) throw retriableError(`The buffers hold ${pool.used} bytes, more than their share of buffer.memory=${this.#context.config['buffer.memory']}: S3 takes them slower than they come.`)
      await sleep(5, undefined, { signal: this.#context.giveUp })
    }
  }

  /** Moves the coldest files to disk, down to half the bound; what does not fit there is stored early. */
  #spill (): void {
    const { pool, spill } = this.#writerContext
    const isTorn = pool.isTorn && pool.used > this.#tornAt
    if (pool.used <= pool.limit && !isTorn) return
    const files = this.#coldestFirst()
    const diskLimit = this.#context.config['buffer.disk']
    for (const { file } of files) {
      if (pool.used <= pool.limit / 2 && !pool.isTorn) return
      if (spill.used + file.held > diskLimit || !this.#spillFile(file)) break
    }
    // Files under way to the store may hold on to their slabs: trying again has to be worth it.
    this.#tornAt = pool.used + pool.limit / 4
    if (pool.used <= pool.limit) return
    let bytes = pool.used - pool.limit / 2
    const enough = files.filter(({ file }) => (bytes -= file.held) > -file.held)
    for (const [writer, group] of Map.groupBy(enough, ({ writer }) => writer)) writer.relieve(group.map(({ file }) => file))
  }

  /** false: the disk takes no more for now. */
  #spillFile (file: OpenFile): boolean {
    try {
      file.spill(this.#writerContext.spill)
      return true
    } catch (error) {
      this.#context.log.warn({ error: (error as Error).message }, 'Buffers cannot move to disk (buffer.dir, buffer.disk); the coldest files are stored early instead.')
      return false
    }
  }

  #coldestFirst (): { writer: PartitionWriter, file: OpenFile }[] {
    const files: { writer: PartitionWriter, file: OpenFile }[] = []
    for (const writer of this.#all()) for (const file of writer.files()) files.push({ writer, file })
    return files.sort((a, b) => a.file.touchedMs - b.file.touchedMs)
  }

  #tick (nowMs: number): void {
    const { rules: { ageMs, idleMs, schedule }, raw } = this.#writerContext
    if ((ageMs === null && idleMs === null && schedule === null && raw === null) || this.#isBeforeTick(nowMs)) return
    this.#nextTickMs = nowMs + tickMs
    let next = Infinity
    for (const writer of this.#all()) next = Math.min(next, writer.tick(nowMs))
    if (next !== Infinity) this.#context.timeout(Math.min(60_000, Math.max(tickMs, next - nowMs)))
  }

  /** A clock that was set back does not count. */
  #isBeforeTick (nowMs: number): boolean { return nowMs < this.#nextTickMs && this.#nextTickMs - nowMs <= tickMs }

  * #all (): Generator<PartitionWriter> {
    for (const writers of this.#writers.values()) yield * writers.values()
  }
}

function notOpen (topic: string, partition: number): ConnectError {
  return new ConnectError('S3_NOT_OPEN', 'system', `Records of ${topic} partition ${partition} came before the partition was opened.`)
}

function openError (error: unknown): unknown {
  if (!(error instanceof StoreError)) return error
  if (error.kind === 'refused') return new ConnectError('S3_LEDGER', 'config', `${error.message} The sink needs s3:GetObject, s3:PutObject and s3:DeleteObject under ledger.prefix.`, { cause: error })
  return new ConnectError('S3_LEDGER', error.kind === 'transient' ? 'transient' : 'system', error.message, { cause: error })
}
