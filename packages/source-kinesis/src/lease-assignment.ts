import { isEnded, type Lease } from './lease.ts'

/**
 * Since when each lease has shown no sign of life. Counted by this worker's own monotonic clock from its first sight of a counter, so clocks
 * that differ do no harm, and a worker that just started waits a full failover period before it takes what someone owns.
 */
export class LeaseClock {
  readonly #seen = new Map<string, { counter: number, since: number }>()

  /** Notes a scan made at `now` (milliseconds). */
  note (leases: readonly Lease[], now: number): void {
    const keys = new Set<string>()
    for (const { key, counter } of leases) {
      keys.add(key)
      if (this.#seen.get(key)?.counter !== counter) this.#seen.set(key, { counter, since: now })
    }
    for (const key of this.#seen.keys()) if (!keys.has(key)) this.#seen.delete(key)
  }

  /** Milliseconds without a change of the lease's counter. */
  silence (key: string, now: number): number {
    return now - (this.#seen.get(key)?.since ?? now)
  }
}

/** What a worker decides by. */
export interface AssignmentView {
  readonly leases: readonly Lease[]
  readonly worker: string
  readonly failoverMs: number
  readonly now: number
  readonly clock: LeaseClock
  /** Whether this worker holds a lease: one that only the table calls its own is free to take. */
  readonly isHeld: (key: string) => boolean
  /** At least 0, below 1. */
  readonly random: () => number
}

/**
 * The leases a worker should take now, as every KCL 1.x/2.x worker decides for itself: an equal share of the unfinished leases, unowned and
 * expired ones first; only if there is none of those, one is stolen from the worker that has most.
 */
export function leasesToTake ({ leases: all, worker, failoverMs, now, clock, isHeld, random }: AssignmentView): Lease[] {
  const leases = all.filter(lease => !isEnded(lease))
  const silence = (lease: Lease): number => clock.silence(lease.key, now)
  const available = leases.filter(lease => lease.owner === worker ? !isHeld(lease.key) : lease.owner === null || silence(lease) > failoverMs)
  const counts = new Map([[worker, 0]])
  for (const lease of leases) if (lease.owner !== null && !available.includes(lease)) counts.set(lease.owner, (counts.get(lease.owner) ?? 0) + 1)
  const target = counts.size >= leases.length ? 1 : Math.ceil(leases.length / counts.size)
  // No one cared for these for so long that waiting for fairness would only add delay.
  const forgotten = available.filter(lease => lease.owner !== null && silence(lease) > 3 * failoverMs)
  const need = target - (counts.get(worker) ?? 0) - forgotten.length
  if (need <= 0) return forgotten
  if (available.length > forgotten.length) return [...forgotten, ...shuffled(available.filter(lease => !forgotten.includes(lease)), random).slice(0, need)]
  if (forgotten.length > 0) return forgotten
  return toSteal(leases, counts, { worker, target, need, random })
}

function toSteal (leases: readonly Lease[], counts: ReadonlyMap<string, number>, { worker, target, need, random }: { worker: string, target: number, need: number, random: () => number }): Lease[] {
  let richest: string | null = null
  for (const [owner, count] of counts) if (owner !== worker && count > (richest === null ? 0 : counts.get(richest) ?? 0)) richest = owner
  if (richest === null) return []
  const excess = (counts.get(richest) ?? 0) - target
  const maySteal = excess > 0 || (excess === 0 && need > 1)
  return maySteal ? shuffled(leases.filter(lease => lease.owner === richest), random).slice(0, 1) : []
}

function shuffled<T> (items: readonly T[], random: () => number): T[] {
  const out = [...items]
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const [a, b] = [out[i], out[j]]
    if (a !== undefined && b !== undefined) [out[i], out[j]] = [b, a]
  }
  return out
}
