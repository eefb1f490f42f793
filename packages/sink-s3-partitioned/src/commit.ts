import { ConnectError } from '@tributary/plugin'
import type { Log } from '@tributary/plugin'
import { setTimeout as sleep } from 'node:timers/promises'
import { backoffMs } from './backoff.ts'
import { minPartBytes } from './config.ts'
import type { Ledger, PendingObject } from './ledger.ts'
import { Limiter } from './limiter.ts'
import type { ObjectOptions, ObjectStore, UploadedPart } from './object-store.ts'
import { StoreError } from './object-store.ts'
import type { Offset } from './offset.ts'

/** An object that is to be written. */
export interface PlannedObject {
  readonly key: string
  readonly id: string
  readonly partition: string
  readonly first: Offset
  readonly last: Offset
  readonly records: number
  /** Bytes before compression. */
  readonly rawBytes: number
  readonly options: ObjectOptions
  /** The content, from its beginning, as often as asked. */
  content (): AsyncIterable<Buffer> | Iterable<Buffer>
}

/** Objects that are in the bucket but that no reader sees. */
export interface PreparedCommit {
  readonly objects: readonly PendingObject[]
  /** Content of stages by their keys, so that publishing need not read it back; not of all. */
  readonly stages: ReadonlyMap<string, Buffer>
}

/** Objects up to this size share a stage; larger ones are uploads of their own. */
export const stagedBytes = 1024 * 1024
const maxStageBytes = 8 * 1024 * 1024
/** Fewer small objects than this are cheaper as uploads. */
const minStaged = 3
const maxParts = 9_000
/** Parts of an upload that are in memory together: those under way, and the next one while it grows. */
const partsAtOnce = 4
/** How long an owner of a ledger may publish without another look at it. */
const confirmMs = 5_000
/** No lifecycle rule removes an unfinished upload earlier than this, so one that is gone earlier was completed, and its object moved on since. */
const lifecycleMs = 20 * 3600_000
const stageOptions: ObjectOptions = { contentType: 'application/octet-stream', contentEncoding: null, metadata: {} }

/**
 * Writes objects in two steps. Prepared objects are in the bucket as unfinished multipart uploads, or together in one stage object under the
 * ledger's prefix, where readers do not look. Once the ledger names them they count; publishing makes them visible, and whoever owns the
 * ledger can do it, at any time, any number of times, with the same result.
 */
export class Committer {
  readonly #store: ObjectStore
  readonly #limiter: Limiter
  readonly #partBytes: number
  /** By bytes. Whoever needs connections too takes memory first. */
  readonly #memory: Limiter
  readonly #keepBytes: number
  #keptBytes = 0
  readonly #log: Log
  readonly #giveUp: AbortSignal
  readonly #backoffMs: number
  /** Ids of objects whose upload met a rival's. */
  readonly #conflicts = new Set<string>()

  /** `memory`: bytes that objects on their way may take together; `connections`: requests under way at once. */
  constructor (options: { store: ObjectStore, connections: number, partBytes: number, memory: number, log: Log, giveUp: AbortSignal, backoffMs: number }) {
    this.#store = options.store
    this.#limiter = new Limiter(options.connections)
    // Three parts of an upload are under way while the next one grows.
    this.#partBytes = Math.max(minPartBytes, Math.min(options.partBytes, options.memory / partsAtOnce))
    this.#memory = new Limiter(options.memory)
    this.#keepBytes = options.memory / partsAtOnce
    this.#log = options.log
    this.#giveUp = options.giveUp
    this.#backoffMs = options.backoffMs
  }

  /** Calls until the store answers; rejects with anything but `transient`, and with that too once `stop` is aborted. */
  async persist<T> (what: string, call: () => Promise<T>, stop?: AbortSignal): Promise<T> {
    const signal = stop === undefined ? this.#giveUp : AbortSignal.any([this.#giveUp, stop])
    for (let attempt = 1; ; attempt++) {
      try {
        return await call()
      } catch (error) {
        if (!(error instanceof StoreError) || error.kind !== 'transient' || signal.aborted) throw error
        this.#log.warn({ attempt, error: error.message }, `${what} failed for now; trying again.`)
        await sleep(backoffMs(this.#backoffMs, attempt), undefined, { signal }).catch(() => {})
      }
    }
  }

  /** Brings objects into the bucket, invisible. Leaves nothing behind when it fails, if the store lets it. */
  async prepare (planned: readonly PlannedObject[], stageKey: (number: number) => string): Promise<PreparedCommit> {
    const small = planned.filter(object => object.rawBytes <= stagedBytes)
    const staged = small.length >= minStaged ? small : []
    const single = staged.length === 0 ? planned : planned.filter(object => object.rawBytes > stagedBytes)
    const begun: { key: string, uploadId: string }[] = []
    try {
      const uploads = this.#memory.all(single, object => this.#limiter.run(() => this.#upload(object, begun)), ({ rawBytes }) => Math.min(2 * rawBytes, partsAtOnce * this.#partBytes))
      const stages = this.#stage(staged, stageKey)
      const [one, two] = await Promise.allSettled([uploads, stages])
      if (one.status === 'rejected') throw one.reason
      if (two.status === 'rejected') throw two.reason
      const { objects, only } = two.value
      const isKept = only !== null && this.#keptBytes + only.body.length <= this.#keepBytes
      if (isKept) this.#keptBytes += only.body.length
      return { objects: [...one.value, ...objects], stages: new Map(isKept ? [[only.key, only.body]] : []) }
    } catch (error) {
      await Promise.allSettled(begun.map(upload => this.#store.abortUpload(upload.key, upload.uploadId)))
      throw error
    }
  }

  /**
   * Makes prepared objects visible; all of them are when it resolves. Confirms again and again that the ledger is still the caller's: one that stood still
   * meanwhile would write objects that others have published, joined with others and deleted since.
   */
  async publish (objects: readonly PendingObject[], stages: ReadonlyMap<string, Buffer>, ledger: Pick<Ledger, 'confirm'>): Promise<void> {
    for (const [stage, group] of Map.groupBy(objects, ({ content }) => 'stage' in content ? content.stage : null)) {
      // A stage that was not kept is read back, in pieces that are then joined.
      const bytes = stage === null || stages.has(stage) ? 0 : group.reduce((sum, { content }) => sum + ('stage' in content ? content.bytes : 0), 0)
      const publish = (): Promise<void> => this.#publishAll(group, stage, stages, ledger)
      await (bytes === 0 ? publish() : this.#memory.run(publish, 2 * bytes))
    }
  }

  /** Makes the objects of one stage visible, or those that are uploads. */
  async #publishAll (objects: readonly PendingObject[], stage: string | null, stages: ReadonlyMap<string, Buffer>, ledger: Pick<Ledger, 'confirm'>): Promise<void> {
    let body: Promise<Buffer | null> | null = null
    await this.#limiter.all(objects, async object => {
      await ledger.confirm(confirmMs)
      if (stage !== null) body ??= this.#readStage(stage, stages)
      await this.#publishOne(object, await body)
    })
  }

  /** Lets go of stages in memory. */
  release ({ stages }: PreparedCommit): void {
    for (const { length } of stages.values()) this.#keptBytes -= length
  }

  /** Removes what publishing no longer needs. A failure leaves rubbish where no reader looks, nothing worse. */
  async forget (stages: readonly string[]): Promise<void> {
    await this.#store.delete(stages).catch((error: Error) => { this.#log.warn({ error: error.message }, 'A stage object could not be deleted.') })
  }

  /** Removes prepared objects that no ledger has named, and none ever will. */
  async discard (objects: readonly PendingObject[]): Promise<void> {
    await Promise.allSettled(objects.map(async ({ key, content }) => { if ('uploadId' in content) await this.#store.abortUpload(key, content.uploadId) }))
    await this.forget(stagesOf(objects))
  }

  async #upload (object: PlannedObject, begun: { key: string, uploadId: string }[]): Promise<PendingObject> {
    const { key } = object
    const uploadId = await this.#store.beginUpload(key, object.options)
    begun.push({ key, uploadId })
    const parts: UploadedPart[] = []
    const under = new Set<Promise<void>>()
    let failure: { error: unknown } | null = null
    const send = async (body: Buffer, number: number): Promise<void> => {
      try {
        parts[number - 1] = await this.#store.uploadPart(key, uploadId, number, body)
      } catch (error) {
        failure ??= { error }
      }
    }
    let number = 0
    for await (const body of inParts(object.content(), Math.max(this.#partBytes, Math.ceil(object.rawBytes / maxParts)))) {
      if (failure !== null) break
      const sent = send(body, ++number).finally(() => { under.delete(sent) })
      under.add(sent)
      if (under.size >= partsAtOnce - 1) await Promise.race(under)
    }
    await Promise.all(under)
    // Assigned in a closure, which the compiler does not follow.
    const failed = failure as { error: unknown } | null
    if (failed !== null) throw failed.error
    return { ...pendingOf(object), content: { uploadId, parts } }
  }

  /** `only`: the content of the stage if there is but one, as there is of most commits. */
  async #stage (planned: readonly PlannedObject[], stageKey: (number: number) => string): Promise<{ objects: PendingObject[], only: { key: string, body: Buffer } | null }> {
    const objects: PendingObject[] = []
    let rest = planned.reduce((sum, { rawBytes }) => sum + rawBytes, 0)
    let only: { key: string, body: Buffer } | null = null
    for (let number = 0; objects.length < planned.length; number++) {
      const key = stageKey(number)
      // What was gathered and what it is joined to.
      const weight = 2 * Math.min(rest, maxStageBytes + stagedBytes)
      only = await this.#memory.run(async () => {
        const bodies: Buffer[] = []
        let bytes = 0
        while (objects.length < planned.length && bytes < maxStageBytes) {
          const object = planned[objects.length]!
          const pieces = await Array.fromAsync(object.content())
          const body = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
          objects.push({ ...pendingOf(object), content: { stage: key, start: bytes, bytes: body.length } })
          bodies.push(body)
          bytes += body.length
          rest -= object.rawBytes
        }
        const whole = Buffer.concat(bodies)
        await this.#limiter.run(() => this.#store.put(key, whole, null, stageOptions))
        return number === 0 && objects.length === planned.length ? { key, body: whole } : null
      }, weight)
    }
    return { objects, only }
  }

  /** The content of a stage, from memory where it is; null where it is gone. */
  async #readStage (key: string, memory: ReadonlyMap<string, Buffer>): Promise<Buffer | null> {
    try {
      return memory.get(key) ?? (await this.#store.get(key)).body
    } catch (error) {
      if (error instanceof StoreError && error.kind === 'absent') return null
      throw error
    }
  }

  /** `stage`: the content of its stage, null where that is gone. */
  async #publishOne (object: PendingObject, stage: Buffer | null): Promise<void> {
    const { key, content } = object
    try {
      if ('uploadId' in content) {
        await this.#store.completeUpload(key, content.uploadId, content.parts)
        return
      }
      if (stage === null) throw new StoreError('absent', `The stage ${content.stage} is gone.`)
      await this.#store.put(key, stage.subarray(content.start, content.start + content.bytes), { ifAbsent: true }, object.options)
    } catch (error) {
      if (!(error instanceof StoreError) || (error.kind !== 'condition' && error.kind !== 'absent')) throw error
      await this.#expectPublished(object, error)
    }
  }

  /** Someone published the object before us: an earlier call whose answer was lost, or the owner before. Checks that it was this object. */
  async #expectPublished (object: PendingObject, cause: StoreError): Promise<void> {
    const { key, id } = object
    try {
      const { metadata } = await this.#store.head(key)
      if (metadata['tributary-id'] === id) return
      throw new ConnectError('S3_OBJECT_IN_THE_WAY', 'system',
        `Object ${key} in bucket ${this.#store.bucket} is not the one this connector means to write there. Move it away, then restart the task; nothing was overwritten.`, { cause })
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind !== 'absent') throw error
      // A rival write that is still under way answers 409 though there is no object yet. S3 may have dropped the upload then.
      if (cause.kind === 'condition') {
        this.#conflicts.add(object.id)
        throw new StoreError('transient', `Object ${key} is being written by someone else.`, { cause })
      }
      if ('uploadId' in object.content && Date.now() - object.preparedMs < lifecycleMs && !this.#conflicts.has(object.id)) {
        this.#log.warn({ key, first: String(object.first), last: String(object.last) }, 'An object is gone whose upload is no more: it was completed, and moved on since.')
        return
      }
      throw new ConnectError('S3_OBJECT_GONE', 'system',
        `Object ${key} with offsets ${object.first} to ${object.last} counts as stored, but is neither in bucket ${this.#store.bucket} nor waiting to be completed. ` +
        'Either it was moved on already, or a lifecycle rule removed the unfinished upload. Alter the offsets of the connector to go on behind or before it.', { cause })
    }
  }
}

/** Stage objects that hold the content of objects. */
export function stagesOf (objects: readonly PendingObject[]): string[] {
  return [...new Set(objects.flatMap(({ content }) => 'stage' in content ? [content.stage] : []))]
}

function pendingOf ({ key, id, partition, first, last, records, options }: PlannedObject): Omit<PendingObject, 'content'> {
  return { key, id, partition, first, last, records, options, preparedMs: Date.now() }
}

/** Cuts pieces into parts of one size; the last may be smaller, and there is one even where there is nothing. */
async function * inParts (pieces: AsyncIterable<Buffer> | Iterable<Buffer>, partBytes: number): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = []
  let bytes = 0
  let any = false
  for await (let piece of pieces) {
    while (bytes + piece.length >= partBytes) {
      const head = piece.subarray(0, partBytes - bytes)
      yield Buffer.concat([...waiting, head])
      any = true
      waiting = []
      bytes = 0
      piece = piece.subarray(head.length)
    }
    if (piece.length > 0) waiting.push(piece)
    bytes += piece.length
  }
  if (bytes > 0 || !any) yield Buffer.concat(waiting)
}
