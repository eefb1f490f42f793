/** Lets calls run at once as long as they weigh no more than the limit together; the others wait in line. */
export class Limiter {
  readonly #limit: number
  #free: number
  readonly #waiting: { weight: number, start: () => void }[] = []

  constructor (limit: number) { this.#free = this.#limit = limit }

  /** A call that weighs more than the limit runs alone. */
  async run<T> (call: () => Promise<T>, weight = 1): Promise<T> {
    const taken = Math.min(weight, this.#limit)
    if (this.#waiting.length === 0 && taken <= this.#free) this.#free -= taken
    else await new Promise<void>(start => { this.#waiting.push({ weight: taken, start }) })
    try {
      return await call()
    } finally {
      this.#free += taken
      while (this.#waiting.length > 0 && this.#waiting[0]!.weight <= this.#free) {
        const next = this.#waiting.shift()!
        this.#free -= next.weight
        next.start()
      }
    }
  }

  /** Calls for all; waits for every call to end, then rejects with the first error if there was one. */
  async all<T, R> (items: readonly T[], call: (item: T) => Promise<R>, weightOf: (item: T) => number = () => 1): Promise<R[]> {
    const ends = await Promise.allSettled(items.map(item => this.run(() => call(item), weightOf(item))))
    const failed = ends.find(end => end.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return ends.map(end => (end as PromiseFulfilledResult<R>).value)
  }
}
