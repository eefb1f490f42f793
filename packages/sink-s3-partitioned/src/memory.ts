/** Counts the bytes that all buffers of a task hold. */
export class MemoryPool {
  readonly limit: number
  #used = 0

  constructor (limit: number) { this.limit = limit }

  get used (): number { return this.#used }

  add (bytes: number): void { this.#used += bytes }
}
