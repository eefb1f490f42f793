import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectError, type Log } from '@tributary/plugin'
import { LeaseClock, leasesToTake } from './lease-assignment.ts'
import { isEnded, type Lease } from './lease.ts'
import type { LeaseTable } from './lease-table.ts'

/** The KCL's margin for a slow clock or network. */
const marginMs = 25
const maxAttempts = 3

interface Held {
  lease: Lease
  /** Which of this worker's takes it came from: between two, another worker may have had it. */
  readonly term: number
  /** When the last change that succeeded was begun; after `failoverMs` another worker may have taken the lease. */
  renewedAt: number
  /** Changes of one lease go one after the other: each needs the counter that the one before left. */
  busy: Promise<unknown>
}

export interface LeaseHolderOptions {
  readonly table: LeaseTable
  readonly worker: string
  readonly failoverMs: number
  readonly log: Log
  /** Called after each look at the table, and at each lease lost. */
  onChange (): void
}

/** Takes, renews and gives back the leases of one worker, in the background. Knows no shard, only leases. */
export class LeaseHolder {
  readonly #options: LeaseHolderOptions
  readonly #clock = new LeaseClock()
  readonly #held = new Map<string, Held>()
  readonly #stop = new AbortController()
  #loops: Promise<unknown> = Promise.resolve()
  #all: readonly Lease[] = []
  #terms = 0
  /** Why it can go on no more (such as access denied), or null. */
  error: ConnectError | null = null

  constructor (options: LeaseHolderOptions) { this.#options = options }

  /** All leases of the table as last seen. */
  get all (): readonly Lease[] { return this.#all }

  /** Keys of the leases that this worker surely owns now. */
  keys (): string[] {
    return Array.from(this.#held.keys()).filter(key => this.isHeld(key))
  }

  isHeld (key: string): boolean {
    const held = this.#held.get(key)
    return held !== undefined && performance.now() - held.renewedAt < this.#options.failoverMs
  }

  lease (key: string): Lease | undefined {
    return this.#held.get(key)?.lease
  }

  /** Differs each time a lease is taken; undefined when it is not held. */
  term (key: string): number | undefined {
    return this.#held.get(key)?.term
  }

  /** Looks and takes once, then goes on in the background: renewing three times in a failover period, looking four times. */
  async start (): Promise<void> {
    await this.look()
    const { failoverMs } = this.#options
    const loops = [this.#every(Math.max(100, failoverMs / 3 - marginMs), () => this.#renewAll()), this.#every(Math.max(100, failoverMs / 4), () => this.look())]
    this.#loops = Promise.allSettled(loops)
  }

  async #every (ms: number, act: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      await sleep(ms, undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      try {
        await act()
      } catch (error) {
        this.#fail(error)
      }
    }
  }

  #fail (error: unknown): void {
    if (this.#stop.signal.aborted) return
    if (error instanceof ConnectError && error.kind === 'transient') {
      this.#options.log.warn({ table: this.#options.table.name, reason: error.message }, 'The lease table does not answer; trying again.')
      return
    }
    this.error = error instanceof ConnectError ? error : new ConnectError('KINESIS_LEASES', 'system', 'Keeping leases failed.', { cause: error })
    this.#options.onChange()
  }

  /** Reads the table and takes what this worker should have. */
  async look (): Promise<void> {
    const { table, worker, failoverMs } = this.#options
    const leases = await table.scan()
    const now = performance.now()
    this.#clock.note(leases, now)
    this.#all = leases
    const mine = leasesToTake({ leases, worker, failoverMs, now, clock: this.#clock, isHeld: key => this.#held.has(key), random: Math.random })
    await Promise.all(mine.map(lease => this.#take(lease)))
    this.#options.onChange()
  }

  async #take (seen: Lease): Promise<void> {
    if (this.#stop.signal.aborted) return
    const begun = performance.now()
    const lease = await this.#options.table.take(seen, this.#options.worker)
    if (lease === null) return
    this.#held.set(seen.key, { lease, term: ++this.#terms, renewedAt: begun, busy: Promise.resolve() })
    this.#options.log.info({ shard: seen.key, from: seen.owner }, 'Took a lease.')
  }

  async #renewAll (): Promise<void> {
    const { table, failoverMs } = this.#options
    const results = await Promise.allSettled(Array.from(this.#held.keys(), key => this.change(key, lease => table.renew(lease))))
    for (const result of results) if (result.status === 'rejected') this.#fail(result.reason)
    for (const [key, held] of this.#held) if (performance.now() - held.renewedAt >= failoverMs) this.#lose(key)
  }

  #lose (key: string): void {
    if (!this.#held.delete(key) || this.#stop.signal.aborted) return
    this.#options.log.warn({ shard: key }, 'Lost a lease to another worker, or could not renew it in time.')
    this.#options.onChange()
  }

  /** Changes a held lease; false when it turned out to be lost. */
  async change (key: string, change: (lease: Lease) => Promise<Lease | null>): Promise<boolean> {
    const held = this.#held.get(key)
    if (held === undefined) return false
    const turn = held.busy.then(() => this.#changeNow(key, held, change))
    held.busy = turn.catch(() => {})
    return turn
  }

  async #changeNow (key: string, held: Held, change: (lease: Lease) => Promise<Lease | null>): Promise<boolean> {
    for (let attempt = 1; attempt <= maxAttempts && this.#held.get(key) === held; attempt++) {
      const begun = performance.now()
      const lease = await change(held.lease)
      if (lease !== null) {
        held.lease = lease
        held.renewedAt = begun
        return true
      }
      // A change of ours whose answer was lost also fails the next one's condition: still the owner means that is what happened.
      const current = await this.#options.table.get(key)
      if (current?.owner !== held.lease.owner) break
      held.lease = current
    }
    if (this.#held.get(key) === held) this.#lose(key)
    return false
  }

  /** Stops caring for a lease, without giving it back: its shard is done. */
  forget (key: string): void {
    this.#held.delete(key)
  }

  /** Stops, and gives all leases back so that others may take them at once. */
  async close (): Promise<void> {
    this.#stop.abort()
    await this.#loops
    const { table, log } = this.#options
    const results = await Promise.allSettled(Array.from(this.#held.keys(), key => this.change(key, lease => isEnded(lease) ? Promise.resolve(lease) : table.release(lease))))
    this.#held.clear()
    const failed = results.filter(result => result.status === 'rejected').length
    if (failed > 0) log.warn({ leases: failed }, 'Some leases could not be given back; others take them when they expire.')
  }
}
