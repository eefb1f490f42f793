/** The longest that a timer waits; values that live longer are looked up again then. */
const longestMs = 2 ** 31 - 1
/** A provider whose values expire at once would keep its connectors from doing anything else. */
const shortestMs = 1000

/** Remembers when values of config providers expire, and who uses them. */
export class ConfigReloads {
  readonly #timers = new Map<string, NodeJS.Timeout>()

  /** Calls `reload` after `ttlMs`, unless this user is planned anew or cancelled before; null: the values do not expire. */
  plan (user: string, ttlMs: number | null, reload: () => void): void {
    this.cancel(user)
    if (ttlMs === null) return
    this.#timers.set(user, setTimeout(() => {
      this.#timers.delete(user)
      reload()
    }, Math.min(longestMs, Math.max(shortestMs, ttlMs))).unref())
  }

  cancel (user: string): void {
    clearTimeout(this.#timers.get(user))
    this.#timers.delete(user)
  }
}
