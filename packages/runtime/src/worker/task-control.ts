/** What the worker wants of a task. Java's words. */
export type TaskTarget = 'STARTED' | 'PAUSED'

/** The two signals of a task, and whether it is paused. One side asks, the task's loop looks. */
export class TaskControl {
  readonly #stop = new AbortController()
  readonly #giveUp = new AbortController()
  readonly #listeners = new Set<() => void>()
  #target: TaskTarget

  constructor (target: TaskTarget) { this.#target = target }

  get target (): TaskTarget { return this.#target }

  get isPaused (): boolean { return this.#target === 'PAUSED' }

  /** Read no more, finish what was read, end. */
  get stop (): AbortSignal { return this.#stop.signal }

  /** No more time: give up even writes in flight, commit nothing. */
  get giveUp (): AbortSignal { return this.#giveUp.signal }

  /** Calls back after every change of target or signals, until the returned function is called. */
  onChange (listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => { this.#listeners.delete(listener) }
  }

  setTarget (target: TaskTarget): void {
    this.#target = target
    this.#notify()
  }

  askToStop (): void {
    this.#stop.abort()
    this.#notify()
  }

  askToGiveUp (): void {
    this.#stop.abort()
    this.#giveUp.abort()
    this.#notify()
  }

  /** Resolves at the next change. */
  async changed (): Promise<void> {
    await new Promise<void>(resolve => {
      const done = this.onChange(() => {
        done()
        resolve()
      })
    })
  }

  #notify (): void {
    for (const listener of this.#listeners) listener()
  }
}
