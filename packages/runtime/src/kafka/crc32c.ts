/** Castagnoli's polynomial, reflected. `zlib.crc32` is another one. */
const polynomial = 0x82f63b78
const slices = 8
const tables = makeTables()
const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array]

function makeTables (): Int32Array[] {
  const made = Array.from({ length: slices }, () => new Int32Array(256))
  const first = made[0] as Int32Array
  for (let n = 0; n < 256; n++) {
    let crc = n
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    first[n] = crc
  }
  for (let n = 0; n < 256; n++) {
    let crc = first[n] as number
    for (let slice = 1; slice < slices; slice++) {
      crc = (crc >>> 8) ^ (first[crc & 255] as number)
      ;(made[slice] as Int32Array)[n] = crc
    }
  }
  return made
}

/** CRC-32C of `bytes` from `start` to `end`, unsigned. Eight bytes a step (slicing-by-8). */
export function crc32c (bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = -1
  let at = start
  const stop = end - 7
  while (at < stop) {
    const low = crc ^ (bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24)
    crc = t7[low & 255]! ^ t6[low >>> 8 & 255]! ^ t5[low >>> 16 & 255]! ^ t4[low >>> 24]! ^
      t3[bytes[at + 4]!]! ^ t2[bytes[at + 5]!]! ^ t1[bytes[at + 6]!]! ^ t0[bytes[at + 7]!]!
    at += 8
  }
  while (at < end) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at++]!) & 255]!
  return (crc ^ -1) >>> 0
}
