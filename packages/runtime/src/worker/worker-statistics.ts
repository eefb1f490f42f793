/** Attempts to start connectors, or tasks. */
export class Starts {
  attempts = 0
  failures = 0

  get successes (): number { return this.attempts - this.failures }

  /** Counts a start by how it ends. */
  async starting<T> (start: () => Promise<T>): Promise<T> {
    this.attempts++
    try {
      return await start()
    } catch (error) {
      this.failures++
      throw error
    }
  }
}

/** What a worker counts of itself. */
export class WorkerStatistics {
  readonly connectors = new Starts()
  readonly tasks = new Starts()
}
