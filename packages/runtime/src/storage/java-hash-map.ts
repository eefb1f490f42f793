/**
 * Java's object serialization of a `HashMap<byte[], byte[]>`, which is what Kafka Connect's offset file is, and nothing else of that format:
 * a file with any other class in it is refused. Source: Java Object Serialization Specification, chapter 6.
 */

/** Entries as in the file; a value may be null. */
export type BytesMap = readonly (readonly [key: Uint8Array, value: Uint8Array | null])[]

const hashMapDescriptor = Buffer.from('7372' + '0011' + Buffer.from('java.util.HashMap').toString('hex') + '0507dac1c31660d1' + '03' + '0002' +
  '46' + '000a' + Buffer.from('loadFactor').toString('hex') + '49' + '0009' + Buffer.from('threshold').toString('hex') + '78' + '70', 'hex')
const streamHeader = Buffer.from('aced0005', 'hex')
const bytesDescriptor = Buffer.from('72' + '0002' + Buffer.from('[B').toString('hex') + 'acf317f8060854e0' + '02' + '0000' + '78' + '70', 'hex')
const loadFactor = Buffer.from('3f400000', 'hex')

const tcNull = 0x70
const tcReference = 0x71
const tcArray = 0x75
const tcBlockData = 0x77
const tcEnd = 0x78
const firstHandle = 0x7e0000
// The stream numbers what it writes: 0 the class HashMap, 1 the map, 2 the class byte[], then each array.
const bytesClassHandle = firstHandle + 2

/** Writes a map as Java would. */
export function writeHashMap (entries: BytesMap): Buffer {
  let buckets = 16
  while (entries.length > buckets * 0.75) buckets *= 2
  const head = Buffer.alloc(4 + 2 + 8)
  head.writeInt32BE(buckets * 0.75, 0)
  head.writeUInt8(tcBlockData, 4)
  head.writeUInt8(8, 5)
  head.writeInt32BE(buckets, 6)
  head.writeInt32BE(entries.length, 10)
  const parts: Uint8Array[] = [streamHeader, hashMapDescriptor, loadFactor, head]
  let isFirst = true
  const writeBytes = (bytes: Uint8Array | null): void => {
    if (bytes === null) {
      parts.push(Buffer.of(tcNull))
      return
    }
    const length = Buffer.alloc(4)
    length.writeInt32BE(bytes.length)
    const reference = Buffer.alloc(5)
    reference.writeUInt8(tcReference, 0)
    reference.writeInt32BE(bytesClassHandle, 1)
    parts.push(Buffer.of(tcArray), isFirst ? bytesDescriptor : reference, length, bytes)
    isFirst = false
  }
  for (const [key, value] of entries) {
    writeBytes(key)
    writeBytes(value)
  }
  parts.push(Buffer.of(tcEnd))
  return Buffer.concat(parts)
}

class Reader {
  readonly #bytes: Buffer
  readonly #arrays = new Map<number, Buffer>()
  #at = 0
  #nextHandle = firstHandle + 2

  constructor (bytes: Buffer) { this.#bytes = bytes }

  expect (wanted: Uint8Array, what: string): void {
    if (this.#bytes.compare(wanted, 0, wanted.length, this.#at, this.#at + wanted.length) !== 0) throw new Error(`expected ${what} at byte ${this.#at}`)
    this.#at += wanted.length
  }

  byte (): number { this.#at += 1; return this.#bytes.readUInt8(this.#at - 1) }

  int (): number { this.#at += 4; return this.#bytes.readInt32BE(this.#at - 4) }

  skip (count: number): void { this.#at += count }

  /** A byte array: with the description of its class the first time, with a reference to it later; or a reference to an earlier array. */
  array (): Buffer | null {
    const kind = this.byte()
    if (kind === tcNull) return null
    if (kind === tcReference) {
      const array = this.#arrays.get(this.int())
      if (array === undefined) throw new Error(`unexpected reference before byte ${this.#at}`)
      return array
    }
    if (kind !== tcArray) throw new Error(`expected bytes at byte ${this.#at - 1}`)
    if (this.#bytes[this.#at] === tcReference) {
      this.skip(1)
      if (this.int() !== bytesClassHandle) throw new Error(`unexpected class before byte ${this.#at}`)
    } else {
      this.expect(bytesDescriptor, 'the class byte[]')
      this.#nextHandle += 1
    }
    const length = this.int()
    if (length < 0 || this.#at + length > this.#bytes.length) throw new Error(`wrong length before byte ${this.#at}`)
    const array = Buffer.from(this.#bytes.subarray(this.#at, this.#at + length))
    this.skip(length)
    this.#arrays.set(this.#nextHandle++, array)
    return array
  }
}

/** Reads a map that Java or {@link writeHashMap} wrote. Throws for anything else. */
export function readHashMap (bytes: Buffer): BytesMap {
  const reader = new Reader(bytes)
  reader.expect(streamHeader, 'a Java object stream')
  reader.expect(hashMapDescriptor, 'a java.util.HashMap')
  reader.skip(8)
  reader.expect(Buffer.of(tcBlockData, 8), 'the size of the map')
  reader.skip(4)
  const count = reader.int()
  const entries: [Uint8Array, Uint8Array | null][] = []
  for (let i = 0; i < count; i++) {
    const key = reader.array()
    const value = reader.array()
    if (key !== null) entries.push([key, value])
  }
  return entries
}
