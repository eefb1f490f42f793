import { setTimeout as sleep } from 'node:timers/promises'
import { kinesisError } from './errors.ts'

/** Milliseconds to wait before the next attempt (1 = the first retry): doubling from `baseMs`, at most `maxMs`, half of it random. */
export function backoffMs (attempt: number, baseMs = 50, maxMs = 5000): number {
  const full = Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 20))
  return full / 2 + Math.random() * full / 2
}

/**
 * Calls until it succeeds, waiting between attempts; gives up with a ConnectError on an error that no retry mends, after `attempts`, or when
 * the signal aborts. `what` says what was tried, such as `read the shards of stream orders`.
 */
export async function retrying<T> (what: string, options: { signal: AbortSignal, attempts?: number, timeoutMs?: number }, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { signal, attempts = Infinity, timeoutMs = 10_000 } = options
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    try {
      return await call(AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]))
    } catch (cause) {
      signal.throwIfAborted()
      const error = kinesisError(cause, what)
      if (error.kind !== 'transient' || attempt >= attempts) throw error
      await sleep(backoffMs(attempt), undefined, { signal })
    }
  }
}
