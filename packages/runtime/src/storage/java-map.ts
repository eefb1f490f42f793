/** A map of byte arrays as Java serializes a `HashMap<byte[], byte[]>`; a value may be null. */
export type ByteMap = readonly (readonly [key: Uint8Array, value: Uint8Array | null])[]

const stream = Buffer.from('aced0005', 'hex')
const mapClass = Buffer.concat([Buffer.from('737200116a6176612e7574696c2e486173684d6170', 'hex'), Buffer.from('0507dac1c31660d103000246000a6c6f6164466163746f7249000974687265736' + '86f6c647870', 'hex')])
const arrayClass = Buffer.from('757200025b42acf317f8060854e0020000' + '7870', 'hex')
/** A byte array whose class was described before. */
const arrayAgain = Buffer.from('7571007e0002', 'hex')
const nullMark = 0x70
const blockData = 0x77
const endOfBlock = 0x78

/** The serialized form, byte for byte as Java's. Order of entries is the caller's; Java's readers do not mind. */
export function writeJavaMap (entries: ByteMap): Buffer {
  let buckets = 16
  while (buckets * 0.75 < entries.length) buckets *= 2
  const head = Buffer.alloc(8)
  head.writeFloatBE(0.75, 0)
  head.writeInt32BE(buckets * 0.75, 4)
  const block = Buffer.from([blockData, 8, 0, 0, 0, 0, 0, 0, 0, 0])
  block.writeInt32BE(buckets, 2)
  block.writeInt32BE(entries.length, 6)
  const parts: Uint8Array[] = [stream, mapClass, head, block]
  let isFirst = true
  for (const pair of entries) {
    for (const bytes of pair) {
      if (bytes === null) {
        parts.push(Buffer.from([nullMark]))
        continue
      }
      const length = Buffer.alloc(4)
      length.writeInt32BE(bytes.length)
      parts.push(isFirst ? arrayClass : arrayAgain, length, bytes)
      isFirst = false
    }
  }
  return Buffer.concat([...parts, Buffer.from([endOfBlock])])
}

/** Reads what {@link writeJavaMap} or Java wrote; only such maps. Throws an Error that says what else it found. */
export function readJavaMap (bytes: Uint8Array): [key: Buffer, value: Buffer | null][] {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const take = (length: number): Buffer => {
    if (at + length > input.length) throw new Error('it ends too early')
    at += length
    return input.subarray(at - length, at)
  }
  const expect = (expected: Buffer, what: string): void => {
    if (!take(expected.length).equals(expected)) throw new Error(`it holds no ${what}`)
  }
  expect(stream, 'serialized Java object')
  expect(mapClass, 'java.util.HashMap')
  take(8)
  if (take(2).readUInt16BE() !== 0x7708) throw new Error('its map has no size')
  const count = take(8).readInt32BE(4)
  const readArray = (): Buffer | null => {
    if (input[at] === nullMark) {
      at++
      return null
    }
    const isAgain = input.subarray(at, at + arrayAgain.length).equals(arrayAgain)
    expect(isAgain ? arrayAgain : arrayClass, 'byte array')
    return take(take(4).readInt32BE())
  }
  const entries: [Buffer, Buffer | null][] = []
  for (let i = 0; i < count; i++) {
    const key = readArray()
    const value = readArray()
    if (key !== null) entries.push([key, value])
  }
  return entries
}
