/** A line with the position after its end. */
export interface Line {
  readonly text: string
  readonly end: number
}

const newline = 10
const carriageReturn = 13

/**
 * Cuts bytes into lines ended by \n, \r\n or \r. A last line without an end waits for more bytes, and so does a \r at the very end, since a \n
 * may follow. Positions count bytes from the beginning of the file.
 */
export class LineReader {
  #rest: Buffer = Buffer.alloc(0)
  /** Position of the first byte in `#rest`. */
  #start: number
  /** Bytes of `#rest` that are known to hold no end of a line. */
  #searched = 0

  constructor (start: number) { this.#start = start }

  /** Position of the next byte to give. */
  get position (): number { return this.#start + this.#rest.length }

  /** Takes bytes that follow the last ones, and gives the lines that are complete now. The bytes may be reused afterwards. */
  read (bytes: Buffer): Line[] {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    const lines: Line[] = []
    let from = 0
    let at = this.#searched
    const hasReturns = all.indexOf(carriageReturn, at) !== -1
    while (at < all.length) {
      const end = hasReturns ? nextEnd(all, at) : all.indexOf(newline, at)
      if (end === -1) break
      const isReturn = all[end] === carriageReturn
      if (isReturn && end + 1 === all.length) break
      const next = isReturn && all[end + 1] === newline ? end + 2 : end + 1
      lines.push({ text: all.toString('utf8', from, end), end: this.#start + next })
      from = at = next
    }
    this.#rest = Buffer.from(all.subarray(from))
    this.#searched = Math.max(0, this.#rest.length - 1)
    this.#start += from
    return lines
  }
}

function nextEnd (bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) if (bytes[at] === newline || bytes[at] === carriageReturn) return at
  return -1
}
