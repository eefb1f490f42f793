/** Wakes one waiter when anything happened that it may want to look at. A ring that nobody waits for is kept for the next. */
export class Bell {
  #rung = false
  #wake: (() => void) | null = null

  ring (): void {
    this.#rung = true
    this.#wake?.()
  }

  /** Resolves at the next ring, or after `ms`. */
  async wait (ms: number): Promise<void> {
    if (!this.#rung && ms > 0) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, Math.min(ms, 2 ** 31 - 1))
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#wake = null
    }
    this.#rung = false
  }
}
