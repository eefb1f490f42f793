const magic = 0xFD2FB528
const dictionaryIdBytes = [0, 1, 2, 4] as const
const contentSizeBytes = [0, 2, 4, 8] as const

type Part = 'magic' | 'skippable' | 'descriptor' | 'block' | 'broken'
const partBytes = { magic: 4, skippable: 4, descriptor: 1, block: 3, broken: Infinity } as const

/**
 * Cuts chunks where a frame of zstd ends (RFC 8878, 3.1), for a decompressor that forgets what follows a frame in a chunk, as Node's does. Bytes that are no
 * zstd are passed on as they are, for the decompressor to refuse.
 */
export async function * zstdFrames (bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const frames = new Frames()
  for await (const chunk of bytes) {
    let start = 0
    for (const end of frames.ends(chunk)) {
      yield chunk.subarray(start, end)
      start = end
    }
    if (start < chunk.length) yield chunk.subarray(start)
  }
}

/** Follows frames from block to block without looking into them. */
class Frames {
  #part: Part = 'magic'
  /** What is there of the current part, little-endian, and how many bytes. */
  #value = 0
  #have = 0
  /** Bytes to pass over before the next part. */
  #skip = 0
  #hasChecksum = false
  /** Whether a frame ends after the bytes to pass over. */
  #isLast = false

  /** Places in a chunk where a frame ends. */
  ends (chunk: Buffer): number[] {
    const ends: number[] = []
    let at = 0
    while (at < chunk.length) {
      if (this.#skip > 0) {
        const passed = Math.min(this.#skip, chunk.length - at)
        at += passed
        this.#skip -= passed
      } else {
        this.#value += chunk[at++]! * 256 ** this.#have++
        if (this.#have < partBytes[this.#part]) continue
        this.#finishPart(this.#value)
        this.#value = this.#have = 0
      }
      if (this.#skip > 0 || !this.#isLast) continue
      this.#isLast = false
      ends.push(at)
    }
    return ends
  }

  #finishPart (value: number): void {
    switch (this.#part) {
      case 'magic':
        // Frames of user data, which hold no content.
        if (value >= 0x184D2A50 && value <= 0x184D2A5F) this.#part = 'skippable'
        else this.#part = value === magic ? 'descriptor' : 'broken'
        break
      case 'skippable':
        this.#part = 'magic'
        this.#skip = value
        this.#isLast = true
        break
      case 'descriptor': {
        const isSingleSegment = (value & 0x20) !== 0
        const sizeFlag = value >> 6
        this.#hasChecksum = (value & 4) !== 0
        this.#part = 'block'
        this.#skip = (isSingleSegment ? 0 : 1) + dictionaryIdBytes[value & 3]! + (sizeFlag === 0 && isSingleSegment ? 1 : contentSizeBytes[sizeFlag]!)
        break
      }
      case 'block': {
        const type = (value >> 1) & 3
        this.#skip = type === 1 ? 1 : value >> 3
        if ((value & 1) === 0) break
        if (this.#hasChecksum) this.#skip += 4
        this.#part = 'magic'
        this.#isLast = true
      }
    }
  }
}
