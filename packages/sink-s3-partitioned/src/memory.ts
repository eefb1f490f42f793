/** Smaller blocks would cost more in objects that describe them than they save. */
const smallest = 1024
const largest = 256 * 1024
const slabBytes = 1024 * 1024
/** Every size may have a slab that is hardly used. */
const unavoidable = (Math.log2(largest / smallest) + 1) * slabBytes

/** Memory that several blocks of one size share. */
interface Slab {
  readonly size: number
  readonly memory: Buffer
  readonly free: Block[]
  /** Where the next block begins that was never taken. */
  cut: number
  live: number
}

/** A piece of memory of a {@link MemoryPool}. */
export interface Block {
  readonly bytes: Buffer
  readonly slab: Slab | null
}

/**
 * The memory of all buffers of a task. Blocks come from large slabs and go back to them at once: buffers by the ten thousand, each made and
 * left by itself, would wait for the garbage collector outside of the heap and tear the process's memory into pieces. For the same reason a
 * slab whose blocks are all back is kept for blocks of any size, until nothing is in use.
 */
export class MemoryPool {
  /** Bytes that should not be passed; who takes blocks sees to it. */
  readonly limit: number
  #used = 0
  #reserved = 0
  /** Slabs with free blocks, by block size. */
  readonly #open = new Map<number, Set<Slab>>()
  #empty: Buffer[] = []

  constructor (limit: number) { this.limit = limit }

  /** Bytes in use. */
  get used (): number { return this.#used }

  /** Whether slabs with few blocks in use hold more than the limit: only giving back nearly all blocks helps then. */
  get isTorn (): boolean { return this.#reserved - this.#empty.length * slabBytes > this.limit + unavoidable }

  /** A block of at least so many bytes: a power of two up to 256 KiB, beyond that exactly as many. */
  take (bytes: number): Block {
    let size = smallest
    while (size < bytes && size < largest) size *= 2
    if (bytes > size) {
      this.#used += bytes
      this.#reserved += bytes
      return { bytes: Buffer.allocUnsafeSlow(bytes), slab: null }
    }
    this.#used += size
    const open = this.#open.get(size) ?? new Set<Slab>()
    this.#open.set(size, open)
    const slab = open.values().next().value ?? this.#addSlab(open, size)
    const block = slab.free.pop() ?? cutBlock(slab)
    slab.live++
    if (slab.free.length === 0 && slab.cut === slabBytes) open.delete(slab)
    return block
  }

  give (block: Block): void {
    this.#used -= block.bytes.length
    const { slab } = block
    if (slab === null) {
      this.#reserved -= block.bytes.length
      return
    }
    const open = this.#open.get(slab.size)!
    slab.live--
    slab.free.push(block)
    // One empty slab of a size stays as it is, so that a single block that comes and goes costs no slab each time.
    if (slab.live === 0 && open.size > 1) {
      open.delete(slab)
      this.#empty.push(slab.memory)
    } else open.add(slab)
    if (this.#used > 0) return
    this.#reserved -= this.#empty.length * slabBytes
    this.#empty = []
  }

  #addSlab (open: Set<Slab>, size: number): Slab {
    let memory = this.#empty.pop()
    if (memory === undefined) {
      memory = Buffer.allocUnsafeSlow(slabBytes)
      this.#reserved += slabBytes
    }
    const slab: Slab = { size, memory, free: [], cut: 0, live: 0 }
    open.add(slab)
    return slab
  }
}

function cutBlock (slab: Slab): Block {
  const bytes = slab.memory.subarray(slab.cut, slab.cut + slab.size)
  slab.cut += slab.size
  return { bytes, slab }
}
