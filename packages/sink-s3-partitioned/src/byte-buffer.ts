import type { Block, MemoryPool } from './memory.ts'
import type { Extent, Spill } from './spill.ts'

const largest = 256 * 1024

/** Bytes that grow at the end, in memory and, after {@link spill}, on disk. Small ones are small: there may be ten thousand of them. */
export class ByteBuffer {
  readonly #pool: MemoryPool
  #extents: Extent[] | null = null
  /** Blocks before the last, with the bytes used of each. */
  #full: { block: Block, used: number }[] | null = null
  #block: Block | null = null
  /** Memory of the last block. */
  #bytes: Buffer = none
  #used = 0
  #total = 0
  #held = 0

  constructor (pool: MemoryPool) { this.#pool = pool }

  get bytes (): number { return this.#total }

  /** Bytes held in memory. */
  get held (): number { return this.#held }

  appendText (text: string): void {
    // Three bytes a character is the most UTF-8 needs; the exact count costs a pass over the text, so it is made only near the end of a block.
    if (text.length * 3 > this.#bytes.length - this.#used) this.#room(Buffer.byteLength(text))
    const count = this.#bytes.write(text, this.#used)
    this.#used += count
    this.#total += count
  }

  appendBytes (bytes: Uint8Array): void {
    if (bytes.length > this.#bytes.length - this.#used) this.#room(bytes.length)
    this.#bytes.set(bytes, this.#used)
    this.#used += bytes.length
    this.#total += bytes.length
  }

  /** Appends both, next to each other in one block. */
  appendRow (head: Uint8Array, body: Uint8Array): void {
    const bytes = head.length + body.length
    if (bytes > this.#bytes.length - this.#used) this.#room(bytes)
    this.#bytes.set(head, this.#used)
    this.#bytes.set(body, this.#used + head.length)
    this.#used += bytes
    this.#total += bytes
  }

  appendByte (byte: number): void {
    if (this.#used === this.#bytes.length) this.#room(1)
    this.#bytes[this.#used++] = byte
    this.#total++
  }

  /** Takes back what was appended since there were `bytes`; none of it may have been spilled. */
  truncate (bytes: number): void {
    let more = this.#total - bytes
    this.#total = bytes
    while (more > this.#used) {
      more -= this.#used
      const { block, used } = this.#full!.pop()!
      this.#held -= this.#bytes.length
      this.#pool.give(this.#block!)
      this.#block = block
      this.#bytes = block.bytes
      this.#used = used
    }
    this.#used -= more
  }

  /** Moves what is in memory to disk. */
  spill (spill: Spill): void {
    const chunks = this.#inMemory()
    if (chunks.length === 0) return
    this.#extents ??= []
    // Each by itself, so that reading brings no more than one back into memory.
    for (const chunk of chunks) this.#extents.push(spill.write(chunk))
    this.#giveAll()
  }

  /** Everything, piece by piece, in order. The pieces are good until the next append, spill or free. */
  * read (spill: Spill): Generator<Buffer> {
    for (const extent of this.#extents ?? []) yield spill.read(extent)
    yield * this.#inMemory()
  }

  /** Gives memory and disk back. */
  free (spill: Spill): void {
    for (const extent of this.#extents ?? []) spill.free(extent)
    this.#extents = null
    this.#giveAll()
  }

  #inMemory (): Buffer[] {
    const full = this.#full?.map(({ block, used }) => block.bytes.subarray(0, used)) ?? []
    return this.#used === 0 ? full : [...full, this.#bytes.subarray(0, this.#used)]
  }

  #room (bytes: number): void {
    if (bytes <= this.#bytes.length - this.#used) return
    const wanted = this.#used + bytes
    if (this.#block !== null && (this.#full !== null || wanted > largest)) {
      this.#full ??= []
      this.#full.push({ block: this.#block, used: this.#used })
      this.#takeBlock(Math.max(largest, bytes))
      this.#used = 0
      return
    }
    const old = this.#block
    const content = this.#bytes
    this.#takeBlock(wanted)
    if (old === null) return
    content.copy(this.#bytes, 0, 0, this.#used)
    this.#held -= old.bytes.length
    this.#pool.give(old)
  }

  #takeBlock (bytes: number): void {
    this.#block = this.#pool.take(bytes)
    this.#bytes = this.#block.bytes
    this.#held += this.#bytes.length
  }

  #giveAll (): void {
    for (const { block } of this.#full ?? []) this.#pool.give(block)
    if (this.#block !== null) this.#pool.give(this.#block)
    this.#full = null
    this.#block = null
    this.#bytes = none
    this.#used = 0
    this.#held = 0
  }
}

const none = Buffer.alloc(0)
