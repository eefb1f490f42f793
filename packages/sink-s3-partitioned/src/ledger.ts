import { ConnectError } from '@tributary/plugin'
import { randomUUID } from 'node:crypto'
import type { Column } from './hive-types.ts'
import type { ObjectOptions, ObjectStore, UploadedPart } from './object-store.ts'
import { StoreError } from './object-store.ts'
import type { Offset } from './offset.ts'

/** An object that counts as written, whether or not readers see it yet. */
export interface PendingObject {
  readonly key: string
  /** Also in the object's metadata: tells our object from anybody else's of the same name. */
  readonly id: string
  /** Hive partition of the object, for its registration; empty where it has none. */
  readonly partition: string
  readonly first: Offset
  readonly last: Offset
  readonly records: number
  readonly options: ObjectOptions
  /** Wall clock, in milliseconds. */
  readonly preparedMs: number
  readonly content: { readonly stage: string, readonly start: number, readonly bytes: number } | { readonly uploadId: string, readonly parts: readonly UploadedPart[] }
}

/** What is known of one topic-partition. Changed by compare-and-set only. */
export interface LedgerState {
  /** Counts owners; a task that takes the partition over adds one. */
  readonly epoch: number
  /** Identity of the task's claim. */
  readonly owner: string
  readonly revision: number
  /** Counts changes of the position from outside. Part of names from 1 on, so that objects of before and after do not meet. */
  readonly generation: number
  /** Fingerprint of what decides on directories; `stored` means nothing under another one. */
  readonly layout: string
  /** Every record below is stored; reading resumes here. null: nothing is stored yet. */
  readonly position: Offset | null
  /** Directories that are ahead of `position`: each holds all its records up to and with this offset. */
  readonly stored: ReadonlyMap<string, Offset>
  /** Latest event time seen before `position`, for late data; null without. */
  readonly watermark: number | null
  /** Objects that count as written but may not be visible yet. */
  readonly pending: readonly PendingObject[]
  /** Columns of the topics of `pending`, for their registration by a task that has seen no record; empty without a catalog. */
  readonly columns: ReadonlyMap<string, readonly Column[]>
}

const ledgerOptions: ObjectOptions = { contentType: 'application/json', contentEncoding: null, metadata: {} }

function textOf (state: LedgerState): string {
  // Bigints become text and numbers stay numbers, so that a feed gets back the type it gave.
  return JSON.stringify({ version: 1, ...state, stored: [...state.stored], columns: [...state.columns] }, (_key, value: unknown) => typeof value === 'bigint' ? String(value) : value)
}

function offsetOf (stored: string | number): Offset { return typeof stored === 'string' ? BigInt(stored) : stored }

interface LedgerText extends Omit<LedgerState, 'position' | 'stored' | 'pending' | 'columns'> {
  readonly version: number
  readonly position: string | number | null
  readonly stored: readonly (readonly [string, string | number])[]
  /** Absent in ledgers from before it was known. */
  readonly columns?: readonly (readonly [string, readonly Column[]])[]
  readonly pending: readonly (PendingObject & { readonly first: string | number, readonly last: string | number })[]
}

/** The state in a ledger object. Throws `system` for anything else. */
export function parseLedger (text: string, key: string): LedgerState {
  const parsed = JSON.parse(text) as LedgerText
  if (parsed.version !== 1) throw new ConnectError('S3_LEDGER', 'system', `The ledger ${key} has version ${parsed.version}, this sink knows version 1. It was written by a newer one.`)
  return {
    epoch: parsed.epoch,
    owner: parsed.owner,
    revision: parsed.revision,
    generation: parsed.generation,
    layout: parsed.layout,
    position: parsed.position === null ? null : offsetOf(parsed.position),
    stored: new Map(parsed.stored.map(([directory, last]) => [directory, offsetOf(last)])),
    watermark: parsed.watermark,
    columns: new Map(parsed.columns),
    pending: parsed.pending.map(object => ({ ...object, first: offsetOf(object.first), last: offsetOf(object.last) }))
  }
}

/** Thrown when another task has taken the partition over: nothing of this one may count any more. */
export class FencedError extends Error {
  constructor (key: string) {
    super(`Another task has taken over ${key}.`)
    this.name = 'FencedError'
  }
}

/**
 * The object in the bucket that decides what of one topic-partition is stored. A task claims it before the first record; from then on every
 * change is conditional on the version that this task wrote last, so a task that was overtaken can change nothing, and learns of it.
 */
export class Ledger {
  readonly key: string
  readonly #store: ObjectStore
  #etag: string
  #state: LedgerState
  /** Wall clock when the ledger was ours, as the store said. */
  #oursMs: number

  private constructor (store: ObjectStore, key: string, etag: string, state: LedgerState, oursMs: number) {
    this.#store = store
    this.key = key
    this.#etag = etag
    this.#state = state
    this.#oursMs = oursMs
  }

  get state (): LedgerState { return this.#state }

  /** Reads a ledger without claiming it; null where there is none. */
  static async read (store: ObjectStore, key: string): Promise<{ state: LedgerState, etag: string } | null> {
    try {
      const { body, etag } = await store.get(key)
      return { state: parseLedger(body.toString(), key), etag }
    } catch (error) {
      if (error instanceof StoreError && error.kind === 'absent') return null
      throw error
    }
  }

  /** Takes a partition over; whoever held it before is fenced from now on. A new ledger gets `layout`, an old one keeps its own. */
  static async claim (store: ObjectStore, key: string, layout: string): Promise<Ledger> {
    for (let attempt = 0; attempt < 20; attempt++) {
      const oursMs = Date.now()
      const found = await Ledger.read(store, key)
      const state: LedgerState = found === null
        ? { epoch: 1, owner: randomUUID(), revision: 1, generation: 0, layout, position: null, stored: new Map(), watermark: null, pending: [], columns: new Map() }
        : { ...found.state, epoch: found.state.epoch + 1, owner: randomUUID(), revision: 1 }
      try {
        const etag = await store.put(key, Buffer.from(textOf(state)), found === null ? { ifAbsent: true } : { ifMatch: found.etag }, ledgerOptions)
        return new Ledger(store, key, etag, state, oursMs)
      } catch (error) {
        if (!(error instanceof StoreError) || (error.kind !== 'condition' && error.kind !== 'absent')) throw error
        // Either someone else was faster, or our write arrived though its answer did not. Claiming once more is right in both cases.
      }
    }
    throw new StoreError('transient', `Cannot claim ${key}: other tasks keep claiming it. Do two connectors of one name write to this bucket?`)
  }

  /** Looks whether the ledger is still ours, unless that was known within the last `maxAgeMs`. Rejects with {@link FencedError} when it is not. */
  async confirm (maxAgeMs: number): Promise<void> {
    const now = Date.now()
    if (now - this.#oursMs <= maxAgeMs) return
    const found = await Ledger.read(this.#store, this.key)
    if (found === null || found.state.owner !== this.#state.owner || found.state.epoch !== this.#state.epoch) throw new FencedError(this.key)
    this.#oursMs = now
  }

  /** Changes the state; after it resolves the change is durable. Rejects with {@link FencedError} when another task owns the partition. */
  async update (change: Partial<Pick<LedgerState, 'position' | 'stored' | 'watermark' | 'pending' | 'columns' | 'layout' | 'generation'>>): Promise<void> {
    const next: LedgerState = { ...this.#state, ...change, revision: this.#state.revision + 1 }
    const text = textOf(next)
    const body = Buffer.from(text)
    for (let attempt = 0; ; attempt++) {
      const oursMs = Date.now()
      try {
        this.#etag = await this.#store.put(this.key, body, { ifMatch: this.#etag }, ledgerOptions)
        this.#state = next
        this.#oursMs = oursMs
        return
      } catch (error) {
        if (!(error instanceof StoreError) || error.kind === 'refused' || error.kind === 'other') throw error
        const found = await Ledger.read(this.#store, this.key)
        if (found === null || found.state.owner !== next.owner || found.state.epoch !== next.epoch) throw new FencedError(this.key)
        this.#etag = found.etag
        // The revision alone would not do: an earlier change, given up when its answer was lost, may have arrived under the same number.
        if (textOf(found.state) === text) {
          // The write arrived, its answer did not.
          this.#state = next
          return
        }
        if (attempt >= 5) throw new StoreError('transient', `The ledger ${this.key} could not be written: ${error.message}`, { cause: error })
      }
    }
  }
}
