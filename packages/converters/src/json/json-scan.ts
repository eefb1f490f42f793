/** Nesting that Jackson, and so Java's JsonConverter, accepts. */
export const maxDepth = 1000

/** What a scan found: every number safe in `JSON.parse` and all bytes ASCII; safe, but with other bytes; or not safe. */
export type Scan = 'ascii' | 'utf8' | 'risky'

const quote = 0x22
const backslash = 0x5c

/**
 * Tells whether `JSON.parse` would keep everything that Connect keeps. Risky are integers near 2^53, fractions of 16 digits, exponents,
 * fractions of zeros (`1.0` is no integer), `-0`, and nesting past {@link maxDepth}. Says nothing on whether the text is JSON
 * at all. One pass over the bytes, a tenth of what `JSON.parse` takes.
 */
export function scanJson (bytes: Uint8Array): Scan {
  const end = bytes.length
  let high = 0
  let depth = 0
  let i = 0
  while (i < end) {
    const byte = bytes[i++]!
    if (byte === quote) {
      let inside = 0
      while (i < end && (inside = bytes[i++]!) !== quote) {
        if (inside === backslash) i++
        high |= inside
      }
    } else if (byte >= 0x30 && byte <= 0x39) {
      // A number. Behind a minus a leading zero may be -0.
      let digits = 1
      let isWhole = true
      let fraction = 0
      let next = 0
      if (byte === 0x30 && i > 1 && bytes[i - 2] === 0x2d && bytes[i] !== 0x2e) return 'risky'
      while (i < end) {
        next = bytes[i]!
        if (next >= 0x30 && next <= 0x39) {
          digits++
          fraction |= next & 0xf
        } else if (next === 0x2e) {
          isWhole = false
          fraction = 0
        } else {
          break
        }
        i++
      }
      // 16 digits up to 8999999999999999 are below 2^53; a zero before the point does not count.
      const most = isWhole ? (byte < 0x39 ? 16 : 15) : byte === 0x30 ? 16 : 15
      if (digits > most || (!isWhole && fraction === 0) || (i < end && (next | 0x20) === 0x65)) return 'risky'
    } else if ((byte | 0x20) === 0x7b) {
      // { or [
      if (++depth > maxDepth) return 'risky'
    } else if ((byte | 0x20) === 0x7d) {
      depth--
    } else {
      high |= byte
    }
  }
  return high < 0x80 ? 'ascii' : 'utf8'
}
