import { ConnectError } from '@tributary/plugin'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Counter, RawRecord, SinkRecord } from '@tributary/plugin'
import type { PreparedCommit } from './commit.ts'
import { stagesOf } from './commit.ts'
import type { FileFormat } from './format.ts'
import { FencedError } from './ledger.ts'
import type { Ledger } from './ledger.ts'
import type { MemoryPool } from './memory.ts'
import { StoreError } from './object-store.ts'
import type { Offset } from './offset.ts'
import { after, maxOffset, minOffset } from './offset.ts'
import { directoryKey, groupOf, OpenFile } from './open-file.ts'
import type { FileContent } from './open-file.ts'
import { errorDirectory, errorFormat } from './error-format.ts'
import type { Planner, PlanningWriter } from './plan.ts'
import type { RawCopy } from './raw-copy.ts'
import type { Registration } from './registration.ts'
import type { RotationRules } from './rotation.ts'
import { endsAt, endsBefore, isFull } from './rotation.ts'
import type { Spill } from './spill.ts'
import { claim, finish, nothingPending, stageKey } from './take-over.ts'
import type { TakeOverContext } from './take-over.ts'

/** What all writers of a task share. */
export interface WriterContext extends TakeOverContext {
  readonly pool: MemoryPool
  readonly spill: Spill
  readonly counted: StoredCounters
  readonly rules: RotationRules
  readonly format: FileFormat
  readonly withKeys: FileFormat | null
  readonly withHeaders: FileFormat | null
  readonly raw: RawCopy | null
  /**
   * Whether a record that is read again goes to the same directory. If not, all files of a partition are committed together: then no
   * directory is ever ahead of the position, and a replay starts past everything that is stored.
   */
  readonly isStable: boolean
  readonly planner: Planner
  /** Told of each record that is kept; null without a catalog. */
  readonly registration: Pick<Registration, 'see' | 'columnsOf' | 'close'> | null
}

/** Totals of what readers can see because of this task. Companions, which hold keys and headers, do not count. */
export interface StoredCounters {
  readonly objects: Counter
  readonly records: Counter
  /** Before compression. */
  readonly bytes: Counter
  /** Milliseconds from the first record of each object to the moment readers could see it. */
  readonly delayMs: Counter
}

/** How long a partition that is given up waits for S3: as long as failed requests are tried again, and at most. */
const retryMs = 5_000
const closeMs = 30_000
/** Small files beyond this many bytes wait for the next commit. */
const commitBytes = 4 * 1024 * 1024
const commitFiles = 1_000

/**
 * Writes one topic-partition. Records go into the open file of their directory; complete files are committed in the background, many at a
 * time, one commit after another. See docs/s3-sink.md for why this is exactly once.
 */
export class PartitionWriter {
  readonly topic: string
  readonly partition: number
  /** The first record that was given since it was opened; null: none yet. */
  start: Offset | null = null
  /** Wall-clock time when the partition was taken back from a task that had overtaken us; null: it was not. */
  readonly takenBackMs: number | null
  readonly #context: WriterContext
  readonly #ledger: Ledger
  readonly #open = new Map<string, Map<string, OpenFile>>()
  #complete: OpenFile[] = []
  #committing: OpenFile[] = []
  /** Directories ahead of the position, by {@link directoryKey}. */
  #stored: Map<string, Offset>
  /** Beyond this offset no directory is ahead. null: none is. */
  #replayEnd: Offset | null
  /** The newest record put, whether it was kept or not. */
  #last: Offset | null = null
  /** The newest record of the raw copy, which is ahead of the others while they are converted. */
  #lastRaw: Offset | null = null
  /** The worker has put, or dropped, every record below. */
  #seen: Offset | null = null
  /** Every record below is stored and visible. */
  #position: Offset | null
  #watermark: number | null
  #run: Promise<void> | null = null
  #failure: Error | null = null
  #closed = false
  /** Aborted when what the store does not take is not tried again. */
  readonly #stop = new AbortController()
  #fencedAtMs: number | null = null
  #stageNumber = 0
  #skippedBelow = 0

  private constructor (topic: string, partition: number, context: WriterContext, ledger: Ledger, takenBackMs: number | null) {
    this.topic = topic
    this.partition = partition
    this.#context = context
    this.#ledger = ledger
    this.takenBackMs = takenBackMs
    const { stored, position, watermark } = ledger.state
    this.#stored = new Map(stored)
    this.#replayEnd = newest(stored)
    this.#position = position
    this.#watermark = watermark
  }

  /** Takes a partition over and finishes what its last owner had decided. The writer is fenced when another task is faster meanwhile. */
  static async open (topic: string, partition: number, ledgerKey: string, context: WriterContext, takenBackMs: number | null = null): Promise<PartitionWriter> {
    const ledger = await claim(ledgerKey, context)
    const isOurs = await finish(ledger, context).then(() => PartitionWriter.#takeLayout(topic, partition, ledger, context)).then(() => true, error => {
      if (error instanceof FencedError) return false
      throw error
    })
    const writer = new PartitionWriter(topic, partition, context, ledger, takenBackMs)
    if (!isOurs) writer.#fencedAtMs = Date.now()
    return writer
  }

  static async #takeLayout (topic: string, partition: number, ledger: Ledger, { committer, layout }: WriterContext): Promise<void> {
    if (ledger.state.layout === layout) return
    if (ledger.state.stored.size > 0) {
      throw new ConnectError('S3_LAYOUT', 'config',
        `Topic ${topic} partition ${partition}: some directories hold records that others still wait for, and the configuration that sorts records into directories ` +
        'has changed, so a replay could store records twice. Start once more with the former configuration and flush.on.close=true, stop, then change it.')
    }
    await committer.persist('Writing the ledger', () => ledger.update({ layout }))
  }

  /** Where reading resumes; null: wherever the feed says. */
  get position (): Offset | null { return this.#position }

  /** Wall-clock time since another task took over; null while this one owns the partition. */
  get fencedAtMs (): number | null { return this.#fencedAtMs }

  get #planningWriter (): PlanningWriter {
    const { owner, generation } = this.#ledger.state
    return { topic: this.topic, partition: this.partition, owner, generation }
  }

  get isIdle (): boolean { return this.#open.size === 0 && this.#complete.length === 0 && this.#run === null }

  /** Latest event time so far, for late data; kept through crashes. */
  get watermark (): number | null { return this.#watermark }

  set watermark (ms: number | null) { this.#watermark = ms }

  /** Throws what the background work failed with. */
  check (): void {
    if (this.#failure !== null) throw this.#failure
  }

  /** Counts a record as done without storing it. */
  skip (offset: Offset): void { if (this.#last === null || offset > this.#last) this.#last = offset }

  /** Whether a record is stored already, so that it must not be kept again. `last`: the newest one of its kind. */
  #isStored (offset: Offset, last: Offset | null, group: string, directory: string): boolean {
    // A batch that is put again after a transient error.
    if (last !== null && offset <= last) return true
    if (this.#position !== null && offset < this.#position) {
      if (this.#skippedBelow++ === 0) {
        this.#context.log.warn({ topic: this.topic, partition: this.partition, offset: String(offset), position: String(this.#position) },
          'Skipping records below the position of the ledger: they are stored. If the topic was made anew, reset the offsets of the connector.')
      }
      return true
    }
    if (this.#replayEnd === null || offset > this.#replayEnd) return false
    const stored = this.#stored.get(directoryKey(group, directory))
    return stored !== undefined && offset <= stored
  }

  /** Keeps a record. Throws `data`, and keeps nothing, when the format refuses it or no object can be named by the directory. */
  add (record: SinkRecord, directory: string, timeMs: number | null, nowMs: number): void {
    const { format, withKeys, withHeaders, rules, registration, planner } = this.#context
    if (this.#isStored(record.offset, this.#last, record.topic, directory)) {
      this.skip(record.offset)
      return
    }
    let shape = format.shapeOf(record)
    // All are asked before anything is appended, so that files beside each other keep the same rows.
    const keysShape = withKeys?.shapeOf(record) ?? null
    const headersShape = withHeaders?.shapeOf(record) ?? null
    let file = this.#open.get(record.topic)?.get(directory)
    if (file !== undefined && file.shape !== shape && format.adapts?.(shape, file.shape) === true) shape = file.shape
    if (file !== undefined && (file.shape !== shape || file.keysShape !== keysShape || file.headersShape !== headersShape || endsBefore(file, timeMs))) {
      this.#end(file)
      file = undefined
    }
    if (file === undefined) {
      planner.requireNameable(record.topic, directory, record.offset, this.#planningWriter)
      file = this.#begin(record.topic, 'records', directory, { first: record.offset, rules, shape, keysShape, headersShape, firstTimeMs: timeMs, nowMs })
    }
    const bytes = file.values.bytes
    const keyBytes = file.keys?.bytes ?? 0
    try {
      format.append(record, file.values, shape)
      if (file.keys !== null) withKeys?.append(record, file.keys, keysShape)
      if (file.headers !== null) withHeaders?.append(record, file.headers, headersShape)
    } catch (error) {
      if (file.records === 0) this.#forget(file)
      else {
        file.values.truncate(bytes)
        file.keys?.truncate(keyBytes)
      }
      throw error
    }
    registration?.see(record, file.records === 0)
    this.#last = record.offset
    this.#added(file, record.offset, nowMs)
  }

  /** Keeps a refused record, with the reason. */
  addError (record: SinkRecord, error: Error, nowMs: number): void {
    const directory = errorDirectory(error)
    const group = groupOf(record.topic, 'errors')
    if (this.#isStored(record.offset, this.#last, group, directory)) {
      this.skip(record.offset)
      return
    }
    const file = this.#open.get(group)?.get(directory) ?? this.#begin(record.topic, 'errors', directory, { ...shapeless, first: record.offset, rules: this.#context.rules, nowMs })
    errorFormat.appendError(record, error, file.values)
    this.#last = record.offset
    this.#added(file, record.offset, nowMs)
  }

  /** Keeps the bytes of a record, before it or what becomes of it is put. */
  addRaw ({ offset, timestamp, value }: RawRecord, raw: RawCopy, nowMs: number): void {
    const directory = raw.directoryOf(timestamp)
    const group = groupOf(this.topic, 'raw')
    if (value === null || this.#isStored(offset, this.#lastRaw, group, directory)) return
    const file = this.#open.get(group)?.get(directory) ?? this.#begin(this.topic, 'raw', directory, { ...shapeless, first: offset, rules: raw.rules, nowMs })
    raw.append(value, file)
    this.#lastRaw = offset
    this.#added(file, offset, nowMs)
  }

  /** Ends files whose time has come; tells when the next one's comes. */
  tick (nowMs: number): number {
    let next = Infinity
    for (const files of this.#open.values()) {
      for (const file of files.values()) {
        const end = endsAt(file)
        if (end <= nowMs) this.#end(file)
        else if (end < next) next = end
      }
    }
    return next
  }

  /** Ends every file. */
  endAll (): void {
    for (const files of this.#open.values()) for (const file of files.values()) this.#moveToComplete(file)
    this.#open.clear()
    this.#start()
  }

  /** Files whose bytes may move to disk. */
  * files (): Generator<OpenFile> {
    yield * this.#complete
    for (const files of this.#open.values()) yield * files.values()
  }

  /** Ends the files that hold the most, until about `bytes` are on their way out. */
  relieve (files: Iterable<OpenFile>): void {
    for (const file of files) if (this.#open.get(groupOf(file.topic, file.content))?.get(file.directory) === file) this.#end(file)
  }

  /** Resolves when nothing complete is left to commit, or when nothing more can be. */
  async settle (): Promise<void> {
    while (this.#run !== null) await this.#run
  }

  /** Position that may be committed; also moves the ledger over records that needed no storing. */
  async commitPosition (seen: Offset): Promise<Offset | null> {
    if (this.#fencedAtMs !== null) return null
    this.#seen = seen
    if (!this.isIdle || this.#failure !== null) return this.#position
    const position = maxOffset(seen, this.#position ?? seen)
    if (this.#position === position || this.#closed) return position
    let stored: Map<string, Offset>
    try {
      // Of a raw copy records may be stored that are still to be put.
      stored = new Map(Array.from(this.#stored).filter(([, last]) => last >= position))
      await this.#ledger.update({ position, stored, watermark: this.#watermark })
    } catch (error) {
      // The next commit tries again: waiting here would keep the task from its feed.
      if (error instanceof StoreError && error.kind === 'transient') return this.#position
      this.#failed(error)
      return null
    }
    this.#position = position
    this.#stored = stored
    this.#replayEnd = newest(stored)
    return position
  }

  /**
   * Drops what is not committed, or with `flush` what cannot be for now; waits for a commit under way, but not for a store that is away: the next owner
   * finishes what is decided, and reads the rest from the feed.
   */
  async close (reason: 'revoked' | 'lost', flush = false): Promise<void> {
    if (flush) this.endAll()
    else this.#stop.abort()
    this.#closed = !flush
    if (reason === 'lost') this.#fencedAtMs ??= Date.now()
    const settled = this.settle()
    await first(settled, retryMs)
    this.#stop.abort()
    const isLate = !await first(settled, closeMs - retryMs)
    this.#closed = true
    if (isLate || (flush && (this.#failure !== null || !this.isIdle))) {
      this.#context.log.warn({ topic: this.topic, partition: this.partition, error: this.#failure?.message ?? 'No answer yet.' },
        'S3 does not take what was to be stored before the partition is given up. Nothing is lost: its next owner finishes what is begun, and reads the rest from the feed again.')
    }
    const ended = settled.then(() => { this.#dropAll() })
    if (!isLate) await ended
  }

  #dropAll (): void {
    for (const file of this.files()) file.free(this.#context.spill)
    this.#open.clear()
    this.#complete = []
  }

  #added (file: OpenFile, offset: Offset, nowMs: number): void {
    file.last = offset
    file.records++
    file.touchedMs = nowMs
    if (isFull(file)) this.#end(file)
  }

  #begin (topic: string, content: FileContent, directory: string, options: { first: Offset, rules: RotationRules, shape: unknown, keysShape: unknown, headersShape: unknown, firstTimeMs: number | null, nowMs: number }): OpenFile {
    const { pool, withKeys, withHeaders } = this.#context
    const file = new OpenFile({ ...options, topic, content, directory, pool, withKeys: withKeys !== null && content === 'records', withHeaders: withHeaders !== null && content === 'records' })
    const group = groupOf(topic, content)
    let files = this.#open.get(group)
    if (files === undefined) this.#open.set(group, files = new Map())
    files.set(directory, file)
    return file
  }

  #forget (file: OpenFile): void {
    this.#takeOut(file)
    file.free(this.#context.spill)
  }

  #takeOut (file: OpenFile): void {
    const group = groupOf(file.topic, file.content)
    const files = this.#open.get(group)
    files?.delete(file.directory)
    if (files?.size === 0) this.#open.delete(group)
  }

  #end (file: OpenFile): void {
    if (!this.#context.isStable) {
      this.endAll()
      return
    }
    this.#takeOut(file)
    this.#moveToComplete(file)
    if (file.content === 'records') this.#endErrors()
    this.#start()
  }

  /**
   * Ends the files of refused records, which are committed before any other: once a directory counts as stored up to an offset, a replay skips what is
   * below, also records that belong there and were refused.
   */
  #endErrors (): void {
    for (const files of this.#open.values()) {
      for (const file of files.values()) {
        if (file.content !== 'errors') continue
        this.#takeOut(file)
        this.#moveToComplete(file)
      }
    }
  }

  #moveToComplete (file: OpenFile): void {
    file.watermark = this.#watermark
    if (file.records === 0) file.free(this.#context.spill)
    else if (file.content === 'errors') this.#complete.unshift(file)
    else this.#complete.push(file)
  }

  #start (): void {
    if (this.#run !== null || this.#complete.length === 0 || this.#closed || this.#failure !== null || this.#fencedAtMs !== null) return
    // Begins after this put, so that files of the same put are committed together.
    this.#run = Promise.resolve().then(() => this.#commitAll()).catch(error => { this.#failed(error) }).finally(() => {
      this.#run = null
      this.#start()
    })
  }

  async #commitAll (): Promise<void> {
    while (this.#complete.length > 0 && !this.#closed) {
      this.#committing = this.#take()
      await this.#commit(this.#committing)
    }
  }

  #take (): OpenFile[] {
    if (!this.#context.isStable) return this.#complete.splice(0)
    let bytes = 0
    let count = 0
    while (count < this.#complete.length && count < commitFiles && bytes < commitBytes) bytes += this.#complete[count++]!.bytes
    return this.#complete.splice(0, count)
  }

  async #commit (files: OpenFile[]): Promise<void> {
    const { committer, spill, log, counted, planner } = this.#context
    const stop = this.#stop.signal
    const before = this.#ledger.state.pending
    const planned = files.flatMap(file => planner.plan(file, this.#planningWriter))
    const records = files.reduce((sum, file) => sum + file.records, 0)
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    const number = this.#stageNumber++
    const prepared = await committer.persist('Uploading objects', () => committer.prepare(planned, part => stageKey(this.#ledger, number, part)), stop)
    try {
      if (this.#fencedAtMs !== null) return await committer.discard(prepared.objects)
      await this.#decide(files, prepared)
      for (const file of files) file.free(spill)
      this.#committing = []
      await committer.persist('Publishing objects', () => committer.publish(prepared.objects, prepared.stages, this.#ledger), stop)
      await committer.persist('Registering partitions', () => this.#context.published(prepared.objects, this.#ledger.state.columns), stop)
      this.#position = this.#ledger.state.position
      counted.objects.add(files.length)
      counted.records.add(records)
      counted.bytes.add(bytes)
      counted.delayMs.add(files.reduce((sum, { openedMs }) => sum + Math.max(0, Date.now() - openedMs), 0))
      log.info({ topic: this.topic, partition: this.partition, objects: prepared.objects.length, records, position: String(this.#position) }, 'Objects committed.')
      await committer.persist('Writing the ledger', () => this.#ledger.update(nothingPending), stop)
      await committer.forget(stagesOf([...before, ...prepared.objects]))
    } finally {
      committer.release(prepared)
    }
  }

  /** The point from which the objects count: the ledger names them, and says how far the partition is stored. */
  async #decide (files: readonly OpenFile[], prepared: PreparedCommit): Promise<void> {
    const stored = new Map(this.#stored)
    for (const file of files) stored.set(directoryKey(groupOf(file.topic, file.content), file.directory), file.last)
    const position = this.#storedEnd()
    if (position !== null) for (const [directory, last] of stored) if (last < position) stored.delete(directory)
    // That of the moment when the last of them ended: what came since is read again after a crash, and was not late.
    const watermark = files.reduce<number | null>((latest, file) => latest === null || (file.watermark !== null && file.watermark > latest) ? file.watermark : latest, null)
    const { registration } = this.#context
    const columns = new Map(registration === null ? [] : files.filter(({ content }) => content === 'records').map(({ topic }) => [topic, registration.columnsOf(topic)]))
    await this.#context.committer.persist('Writing the ledger', () => this.#ledger.update({ position, stored, watermark, pending: prepared.objects, columns }), this.#stop.signal)
    this.#stored = stored
    this.#replayEnd = this.#replayEnd !== null && position !== null && this.#replayEnd < position ? null : this.#replayEnd
  }

  /** The place before which every record is in a file that is stored, or in those of the commit under way; null: none is known. */
  #storedEnd (): Offset | null {
    // Beyond it, the raw copy may have records that are still to be put.
    let end = this.#last === null ? this.#ledger.state.position : after(this.#last)
    if (this.#seen !== null) end = end === null ? this.#seen : maxOffset(end, this.#seen)
    if (end !== null) for (const file of this.files()) end = minOffset(end, file.first)
    return end
  }

  #failed (error: unknown): void {
    for (const file of this.#committing) this.#complete.push(file)
    this.#committing = []
    if (error instanceof FencedError) {
      this.#fencedAtMs ??= Date.now()
      this.#dropAll()
      this.#context.log.warn({ topic: this.topic, partition: this.partition }, 'Another task has taken this partition over. What was not committed is dropped here.')
      return
    }
    if (this.#closed) return
    this.#failure = error instanceof StoreError
      ? new ConnectError('S3', error.kind === 'transient' ? 'transient' : 'system', error.message, { cause: error })
      : error as Error
  }
}

/** Whether something has ended within a time. */
async function first (end: Promise<void>, ms: number): Promise<boolean> {
  const late = new AbortController()
  try {
    return await Promise.race([end.then(() => true), sleep(ms, false, { signal: late.signal })])
  } finally {
    late.abort()
  }
}

/** Of files whose records have no schema and no event time. */
const shapeless = { shape: null, keysShape: null, headersShape: null, firstTimeMs: null } as const

function newest (stored: ReadonlyMap<string, Offset>): Offset | null {
  let last: Offset | null = null
  for (const offset of stored.values()) last = last === null ? offset : maxOffset(last, offset)
  return last
}
