/** Something that takes time, again and again. Times in milliseconds. */
export class Timed {
  count = 0
  sumMs = 0
  maxMs = 0
  #endedAt: number | null = null

  /** It has happened, and began at this time of performance.now(). */
  note (begunAt: number): void {
    this.#endedAt = performance.now()
    const ms = this.#endedAt - begunAt
    this.count++
    this.sumMs += ms
    this.maxMs = Math.max(this.maxMs, ms)
  }

  /** null: it has not happened yet. */
  get averageMs (): number | null { return this.count === 0 ? null : this.sumMs / this.count }

  /** Since its last end; null: it has not happened yet. */
  get sinceLastMs (): number | null { return this.#endedAt === null ? null : performance.now() - this.#endedAt }
}
