import { randomUUID } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'
import type { RawConfig, TaskId } from '@tributary/plugin'

const beatMs = 50

/**
 * Writes down that a run of a task is alive: when it starts, every 50 ms as long as its thread turns, and when it has ended. The clock is the machine's
 * monotonic one, the same in all processes.
 */
export class Witness implements Disposable {
  readonly #file: number
  readonly #who: string
  readonly #timer: NodeJS.Timeout

  constructor ({ task, raw }: { task: TaskId, raw: RawConfig }) {
    this.#file = openSync(raw['witness.file'] ?? '', 'a')
    this.#who = `${process.pid} ${task.connector}-${task.task} ${randomUUID()}`
    this.#write()
    this.#timer = setInterval(() => { this.#write() }, beatMs)
  }

  #write (): void { writeSync(this.#file, `${process.hrtime.bigint() / 1_000_000n} ${this.#who}\n`) }

  [Symbol.dispose] (): void {
    clearInterval(this.#timer)
    this.#write()
    closeSync(this.#file)
  }
}
