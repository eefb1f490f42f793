import type { MemoryPool } from './memory.ts'
import type { Extent, Spill } from './spill.ts'

const smallest = 256
const largest = 256 * 1024

/** Bytes that grow at the end, in memory and, after {@link spill}, on disk. Small ones are small: there may be ten thousand of them. */
export class ByteBuffer {
  readonly #pool: MemoryPool
  #extents: Extent[] | null = null
  #full: Buffer[] | null = null
  #chunk: Buffer
  #used = 0
  #bytes = 0
  #held: number

  constructor (pool: MemoryPool) {
    this.#pool = pool
    this.#chunk = Buffer.allocUnsafe(smallest)
    this.#held = smallest
    pool.add(smallest)
  }

  get bytes (): number { return this.#bytes }

  /** Bytes held in memory. */
  get held (): number { return this.#held }

  appendText (text: string): void {
    // Three bytes a character is the most UTF-8 needs; the exact count costs a pass over the text, so it is made only near the end of a chunk.
    if (text.length * 3 > this.#chunk.length - this.#used) this.#room(Buffer.byteLength(text))
    const count = this.#chunk.write(text, this.#used)
    this.#used += count
    this.#bytes += count
  }

  appendBytes (bytes: Uint8Array): void {
    if (bytes.length > this.#chunk.length - this.#used) this.#room(bytes.length)
    this.#chunk.set(bytes, this.#used)
    this.#used += bytes.length
    this.#bytes += bytes.length
  }

  /** Appends both, next to each other in one chunk. */
  appendRow (head: Uint8Array, body: Uint8Array): void {
    const bytes = head.length + body.length
    if (bytes > this.#chunk.length - this.#used) this.#room(bytes)
    this.#chunk.set(head, this.#used)
    this.#chunk.set(body, this.#used + head.length)
    this.#used += bytes
    this.#bytes += bytes
  }

  appendByte (byte: number): void {
    if (this.#used === this.#chunk.length) this.#room(1)
    this.#chunk[this.#used++] = byte
    this.#bytes++
  }

  /** Moves what is in memory to disk. */
  spill (spill: Spill): void {
    const chunks = this.#inMemory()
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    if (bytes === 0) return
    this.#extents ??= []
    this.#extents.push(spill.write(chunks, bytes))
    this.#full = null
    this.#chunk = Buffer.allocUnsafe(smallest)
    this.#used = 0
    this.#hold(smallest)
  }

  /** Everything, piece by piece, in order. */
  * read (spill: Spill): Generator<Buffer> {
    for (const extent of this.#extents ?? []) yield spill.read(extent)
    yield * this.#inMemory()
  }

  /** Gives memory and disk back. */
  free (spill: Spill): void {
    for (const extent of this.#extents ?? []) spill.free(extent)
    this.#extents = null
    this.#full = null
    this.#chunk = Buffer.alloc(0)
    this.#used = 0
    this.#hold(0)
  }

  #inMemory (): Buffer[] {
    const last = this.#chunk.subarray(0, this.#used)
    return this.#full === null ? [last] : [...this.#full, last]
  }

  #room (bytes: number): void {
    const wanted = this.#used + bytes
    if (this.#full === null && wanted <= largest) {
      let size = this.#chunk.length
      while (size < wanted) size *= 2
      if (size === this.#chunk.length) return
      const grown = Buffer.allocUnsafe(size)
      this.#chunk.copy(grown, 0, 0, this.#used)
      this.#hold(this.#held - this.#chunk.length + size)
      this.#chunk = grown
      return
    }
    if (bytes <= this.#chunk.length - this.#used) return
    this.#full ??= []
    // The end of the chunk stays unused but allocated, so it stays counted.
    this.#full.push(this.#chunk.subarray(0, this.#used))
    this.#chunk = Buffer.allocUnsafe(Math.max(largest, bytes))
    this.#used = 0
    this.#hold(this.#held + this.#chunk.length)
  }

  #hold (bytes: number): void {
    this.#pool.add(bytes - this.#held)
    this.#held = bytes
  }
}
