import type { Counter, Log } from '@tributary/plugin'

export const latePolicies = ['accept', 'side', 'report'] as const
/** What becomes of a record that is late: its own directory, one under `late=`, or the dead letter queue. */
export type LatePolicy = typeof latePolicies[number]

const logEveryMs = 30_000

/** Tells late records, and counts them. */
export class Lateness {
  readonly policy: LatePolicy
  readonly #afterMs: number
  readonly #log: Log
  readonly #counter: Counter
  #count = 0
  #loggedMs = 0

  constructor (options: { policy: LatePolicy, afterMs: number, log: Log, counter: Counter }) {
    this.policy = options.policy
    this.#afterMs = options.afterMs
    this.#log = options.log
    this.#counter = options.counter
  }

  /** Whether an event time lies more than `late.after.ms` behind the latest one seen in its partition. */
  isLate (timeMs: number, watermark: number | null, nowMs: number): boolean {
    if (watermark === null || timeMs >= watermark - this.#afterMs) return false
    this.#count++
    this.#counter.add()
    if (nowMs - this.#loggedMs > logEveryMs) {
      this.#loggedMs = nowMs
      this.#log.warn({ lateRecords: this.#count, policy: this.policy }, 'Records came late.')
    }
    return true
  }
}

/** Directory of a late record under the policy `side`. */
export function lateDirectory (directory: string, delim: string): string {
  return directory === '' ? 'late=true' : `late=true${delim}${directory}`
}
