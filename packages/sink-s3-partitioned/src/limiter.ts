/** Lets a number of calls run at once; the others wait in line. */
export class Limiter {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor (limit: number) { this.#free = limit }

  async run<T> (call: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>(resolve => { this.#waiting.push(resolve) })
    try {
      return await call()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }

  /** Calls for all; waits for every call to end, then rejects with the first error if there was one. */
  async all<T, R> (items: readonly T[], call: (item: T, index: number) => Promise<R>): Promise<R[]> {
    const ends = await Promise.allSettled(items.map((item, index) => this.run(() => call(item, index))))
    const failed = ends.find(end => end.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return ends.map(end => (end as PromiseFulfilledResult<R>).value)
  }
}
