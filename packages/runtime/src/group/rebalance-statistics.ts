/** What a worker counts of the rebalances of its group. Times in milliseconds. */
export class RebalanceStatistics {
  completed = 0
  maxMs = 0
  #sumMs = 0
  #startedAt: number | null = null
  #endedAt: number | null = null

  /** A rebalance begins, unless one is under way. */
  begin (): void { this.#startedAt ??= performance.now() }

  end (): void {
    if (this.#startedAt === null) return
    this.#endedAt = performance.now()
    const ms = this.#endedAt - this.#startedAt
    this.#startedAt = null
    this.completed++
    this.#sumMs += ms
    this.maxMs = Math.max(this.maxMs, ms)
  }

  get averageMs (): number | null { return this.completed === 0 ? null : this.#sumMs / this.completed }

  /** Since the end of the last one; null: there was none. */
  get sinceLastMs (): number | null { return this.#endedAt === null ? null : performance.now() - this.#endedAt }
}
