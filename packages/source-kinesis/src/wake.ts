/** A bell: waits end when it rings. One that rang while no one waited is heard by the next wait. */
export class Wake {
  #rang = false
  #waiting: (() => void)[] = []

  ring (): void {
    this.#rang = true
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** Resolves at a ring, or after `ms`. */
  async wait (ms: number): Promise<void> {
    if (!this.#rang) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting.push(resolve)
      const timer = ms === Infinity ? undefined : setTimeout(resolve, ms)
      await promise
      clearTimeout(timer)
      const at = this.#waiting.indexOf(resolve)
      if (at !== -1) this.#waiting.splice(at, 1)
    }
    this.#rang = false
  }
}
