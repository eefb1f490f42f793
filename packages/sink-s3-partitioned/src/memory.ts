const smallest = 256
const largest = 256 * 1024
const slabBytes = 1024 * 1024

/** Memory that several blocks of one size share. */
interface Slab {
  readonly size: number
  readonly memory: Buffer
  readonly free: Block[]
  live: number
}

/** A piece of memory of a {@link MemoryPool}. */
export interface Block {
  readonly bytes: Buffer
  readonly slab: Slab | null
}

/**
 * The memory of all buffers of a task. Blocks come from large slabs and go back to them at once: buffers by the ten thousand, each made and
 * left by itself, would wait for the garbage collector outside of the heap and tear the process's memory into pieces.
 */
export class MemoryPool {
  /** Bytes that should not be passed; who takes blocks sees to it. */
  readonly limit: number
  #used = 0
  /** Slabs with free blocks, by block size. */
  readonly #open = new Map<number, Set<Slab>>()

  constructor (limit: number) { this.limit = limit }

  /** Bytes in use. */
  get used (): number { return this.#used }

  /** Counts bytes that are held elsewhere for a while; negative when they are gone. */
  add (bytes: number): void { this.#used += bytes }

  /** A block of at least so many bytes: a power of two up to 256 KiB, beyond that exactly as many. */
  take (bytes: number): Block {
    let size = smallest
    while (size < bytes && size < largest) size *= 2
    if (bytes > size) {
      this.#used += bytes
      return { bytes: Buffer.allocUnsafeSlow(bytes), slab: null }
    }
    this.#used += size
    const open = this.#open.get(size) ?? new Set<Slab>()
    this.#open.set(size, open)
    const slab = open.values().next().value ?? addSlab(open, size)
    const block = slab.free.pop()!
    slab.live++
    if (slab.free.length === 0) open.delete(slab)
    return block
  }

  give (block: Block): void {
    this.#used -= block.bytes.length
    const { slab } = block
    if (slab === null) return
    const open = this.#open.get(slab.size)!
    slab.live--
    slab.free.push(block)
    // One empty slab of a size is kept, so that a single block that comes and goes costs no slab each time.
    if (slab.live === 0 && open.size > 1) open.delete(slab)
    else open.add(slab)
  }
}

function addSlab (open: Set<Slab>, size: number): Slab {
  const memory = Buffer.allocUnsafeSlow(slabBytes)
  const slab: Slab = { size, memory, free: [], live: 0 }
  for (let at = slabBytes - size; at >= 0; at -= size) slab.free.push({ bytes: memory.subarray(at, at + size), slab })
  open.add(slab)
  return slab
}
