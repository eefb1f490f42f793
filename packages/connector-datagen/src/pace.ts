import { setTimeout as sleep } from 'node:timers/promises'

/** Records that a task may be behind its rate and still make up for. */
const catchUpMs = 10_000

/** Says how many records may be made now, and waits for the time of the next. */
export interface Pace {
  /** Resolves with 1 to `most` records that are due; null when stopped meanwhile. */
  due (most: number): Promise<number | null>
}

/** A wait that a stop cuts short; false when it did. */
async function waited (ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false
  try {
    await sleep(ms, undefined, { signal })
    return true
  } catch {
    return false
  }
}

/** As fast as records are taken. */
export function unlimited (signal: AbortSignal): Pace {
  return { due: async most => signal.aborted ? null : most }
}

/** So many records a second on average, from now on. */
export function steady (perSecond: number, signal: AbortSignal): Pace {
  let start = performance.now()
  let made = 0
  return {
    async due (most) {
      for (;;) {
        if (signal.aborted) return null
        const now = performance.now()
        // Being held up for longer, such as by a pause of the connector, does not end in a flood.
        start = Math.max(start, now - catchUpMs - made * 1000 / perSecond)
        const count = Math.min(most, Math.floor((now - start) * perSecond / 1000) + 1 - made)
        if (count > 0) {
          made += count
          return count
        }
        if (!await waited(start + made * 1000 / perSecond - now, signal)) return null
      }
    }
  }
}

/** A random pause below `maxMs`, in whole milliseconds, before every record (`max.interval`). */
export function randomPauses (maxMs: number, signal: AbortSignal, random = Math.random): Pace {
  const pause = (): number => Math.trunc(maxMs * random())
  // Timers are late; the lateness of one pause is taken from the next.
  let next = performance.now() + pause()
  return {
    async due (most) {
      // A timer may also be early, by less than a millisecond.
      for (let wait = next - performance.now(); wait > 0; wait = next - performance.now()) if (!await waited(wait, signal)) return null
      if (signal.aborted) return null
      const now = performance.now()
      next = Math.max(next, now - maxMs)
      let count = 0
      while (count < most && next <= now) {
        count++
        next += pause()
      }
      return count
    }
  }
}
