import { once } from 'node:events'
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { openKafka, type ClientSettings, type LogRecord } from '@tributary/runtime/kafka'

/** Appends numbered lines (`<prefix> <number>`) to a file until it is stopped: the load of a file source. */
export class LineWriter {
  readonly prefix: string
  readonly #file: WriteStream
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #written = 0
  #bytes = 0

  constructor (path: string, options: { prefix: string, linesPerSecond: number }) {
    this.prefix = options.prefix
    this.#file = createWriteStream(path, { flags: 'a' })
    this.#running = this.#write(Math.max(1, Math.round(options.linesPerSecond / 50)))
  }

  get written (): number { return this.#written }
  get bytes (): number { return this.#bytes }

  async #write (lines: number): Promise<void> {
    while (!this.#stop.signal.aborted) {
      let text = ''
      for (let i = 0; i < lines; i++) text += `${this.prefix} ${this.#written++}\n`
      this.#bytes += text.length
      if (!this.#file.write(text)) await once(this.#file, 'drain')
      await sleep(20)
    }
  }

  /** Resolves when all lines are in the file. */
  async stop (): Promise<void> {
    if (this.#file.closed) return
    this.#stop.abort()
    await this.#running
    this.#file.end()
    await once(this.#file, 'close')
  }
}

/** How often each line is there; and lines that were counted more than once. */
export class Count {
  readonly #times = new Map<string, number>()
  #repeated = 0

  add (line: string): void {
    const times = (this.#times.get(line) ?? 0) + 1
    this.#times.set(line, times)
    if (times > 1) this.#repeated++
  }

  times (line: string): number { return this.#times.get(line) ?? 0 }
  get distinct (): number { return this.#times.size }
  get repeated (): number { return this.#repeated }

  /** Lines of a writer that are there more than once. */
  repeatedOf ({ prefix, written }: { prefix: string, written: number }): number {
    let repeated = 0
    for (let i = 0; i < written; i++) if (this.times(`${prefix} ${i}`) > 1) repeated++
    return repeated
  }

  /** Lines of a writer that are not there. */
  missing ({ prefix, written }: { prefix: string, written: number }): number {
    let missing = 0
    for (let i = 0; i < written; i++) if (!this.#times.has(`${prefix} ${i}`)) missing++
    return missing
  }
}

/** Counts the lines of a file. */
export async function linesOf (path: string): Promise<Count> {
  const count = new Count()
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) count.add(line)
  return count
}

/** Everything that is in a topic now. */
export async function recordsOf (settings: ClientSettings, topic: string, onRecord: (record: LogRecord) => void): Promise<void> {
  const reader = await openKafka().logReader(settings, topic, onRecord)
  try {
    await reader.start()
  } finally {
    await reader.close()
  }
}
