import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** A run of bytes on disk. */
export interface Extent {
  readonly segment: number
  readonly start: number
  readonly bytes: number
}

interface Segment { readonly file: number, used: number, live: number }

const segmentBytes = 64 * 1024 * 1024

/**
 * Takes bytes out of memory into files of this process. What is in them is never needed after a crash, since unfinished data is read again
 * from the feed. Writing is synchronous: it goes to the page cache, and a put that must make room has to wait for it anyway.
 */
export class Spill {
  readonly #parent: string
  readonly #segments = new Map<number, Segment>()
  #next = 0
  #current: Segment | null = null
  #currentId = -1
  #used = 0

  constructor (parent: string) { this.#parent = parent }

  /** Bytes of files on disk. */
  get used (): number { return this.#used }

  write (chunk: Uint8Array): Extent {
    const bytes = chunk.length
    const segment = this.#segmentFor(bytes)
    const start = segment.used
    for (let done = 0; done < bytes;) done += writeSync(segment.file, chunk, done, bytes - done, start + done)
    segment.used += bytes
    segment.live += bytes
    this.#used += bytes
    return { segment: this.#currentId, start, bytes }
  }

  read (extent: Extent): Buffer {
    const segment = this.#segments.get(extent.segment)!
    const bytes = Buffer.allocUnsafe(extent.bytes)
    for (let done = 0; done < bytes.length;) {
      const count = readSync(segment.file, bytes, done, bytes.length - done, extent.start + done)
      if (count === 0) throw new Error(`A spill file in ${this.#parent} is shorter than it was.`)
      done += count
    }
    return bytes
  }

  free (extent: Extent): void {
    const segment = this.#segments.get(extent.segment)
    if (segment === undefined) return
    segment.live -= extent.bytes
    if (segment.live === 0 && segment !== this.#current) this.#drop(extent.segment, segment)
  }

  close (): void {
    for (const [id, segment] of this.#segments) this.#drop(id, segment)
    this.#current = null
  }

  #segmentFor (bytes: number): Segment {
    if (this.#current !== null && this.#current.used + bytes <= segmentBytes) return this.#current
    const full = this.#current
    const fullId = this.#currentId
    this.#current = { file: nameless(this.#parent), used: 0, live: 0 }
    this.#currentId = this.#next++
    this.#segments.set(this.#currentId, this.#current)
    if (full !== null && full.live === 0) this.#drop(fullId, full)
    return this.#current
  }

  #drop (id: number, segment: Segment): void {
    closeSync(segment.file)
    this.#used -= segment.used
    this.#segments.delete(id)
  }
}

/** Opens a file that has no name, so that the system takes it back however the process ends. */
function nameless (parent: string): number {
  const folder = mkdtempSync(join(parent, 'tributary-s3-'))
  try {
    return openSync(join(folder, 'spill'), 'wx+')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
