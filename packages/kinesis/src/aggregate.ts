import { hash } from 'node:crypto'

/** One user record inside an aggregate, or a plain record. */
export interface UserRecord {
  readonly partitionKey: string
  /** Decimal text; null: the MD5 of the partition key counts. */
  readonly explicitHashKey: string | null
  readonly data: Uint8Array
}

const magic = Buffer.from([0xf3, 0x89, 0x9a, 0xc2])
const digestBytes = 16

function md5 (bytes: Uint8Array): Buffer {
  return hash('md5', bytes, 'buffer')
}

function varintSize (value: number): number {
  let size = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
  return size
}

function writeVarint (out: Uint8Array, at: number, value: number): number {
  let rest = value
  let to = at
  while (rest >= 0x80) {
    out[to++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  out[to++] = rest
  return to
}

function fieldSize (length: number): number {
  return 1 + varintSize(length) + length
}

/**
 * Collects user records into one Kinesis record as the KPL writes it: `F3 89 9A C2`, a protobuf AggregatedRecord, and the MD5 of that
 * message. Same user records, same bytes as the KPL's (its aggregation-format page, and records of KPL 1.0.4 in the tests).
 */
export class Aggregate {
  readonly #keys = new Map<string, number>()
  readonly #hashKeys = new Map<string, number>()
  readonly #records: { key: number, hashKey: number, data: Uint8Array }[] = []
  #messageBytes = 0

  get count (): number { return this.#records.length }

  /** Bytes of the whole record now. */
  get size (): number { return magic.length + this.#messageBytes + digestBytes }

  /** Bytes of the whole record if this one were added too. */
  sizeWith (record: UserRecord): number {
    const { partitionKey, explicitHashKey } = record
    const tables = (this.#keys.has(partitionKey) ? 0 : fieldSize(Buffer.byteLength(partitionKey))) +
      (explicitHashKey === null || this.#hashKeys.has(explicitHashKey) ? 0 : fieldSize(explicitHashKey.length))
    const key = this.#keys.get(partitionKey) ?? this.#keys.size
    const hashKey = explicitHashKey === null ? -1 : this.#hashKeys.get(explicitHashKey) ?? this.#hashKeys.size
    return this.size + tables + fieldSize(innerSize(key, hashKey, record.data))
  }

  add (record: UserRecord): void {
    const bytes = this.sizeWith(record) - magic.length - digestBytes
    const key = indexIn(this.#keys, record.partitionKey)
    const hashKey = record.explicitHashKey === null ? -1 : indexIn(this.#hashKeys, record.explicitHashKey)
    this.#records.push({ key, hashKey, data: record.data })
    this.#messageBytes = bytes
  }

  /** The bytes to put. */
  encode (): Uint8Array {
    const out = Buffer.allocUnsafe(this.size)
    magic.copy(out)
    let at = writeTable(out, magic.length, 0x0a, this.#keys.keys())
    at = writeTable(out, at, 0x12, this.#hashKeys.keys())
    for (const { key, hashKey, data } of this.#records) {
      out[at++] = 0x1a
      at = writeVarint(out, at, innerSize(key, hashKey, data))
      out[at++] = 0x08
      at = writeVarint(out, at, key)
      if (hashKey >= 0) {
        out[at++] = 0x10
        at = writeVarint(out, at, hashKey)
      }
      out[at++] = 0x1a
      at = writeVarint(out, at, data.length)
      out.set(data, at)
      at += data.length
    }
    md5(out.subarray(magic.length, at)).copy(out, at)
    return out
  }
}

function innerSize (key: number, hashKey: number, data: Uint8Array): number {
  return 1 + varintSize(key) + (hashKey < 0 ? 0 : 1 + varintSize(hashKey)) + fieldSize(data.length)
}

function indexIn (table: Map<string, number>, value: string): number {
  const known = table.get(value)
  if (known !== undefined) return known
  table.set(value, table.size)
  return table.size - 1
}

function writeTable (out: Buffer, start: number, tag: number, values: Iterable<string>): number {
  let at = start
  for (const value of values) {
    out[at++] = tag
    at = writeVarint(out, at, Buffer.byteLength(value))
    at += out.write(value, at, 'utf8')
  }
  return at
}

/** The user records of an aggregate in order, or null when the bytes are not one: other magic, wrong MD5, or no such message. */
export function deaggregate (data: Uint8Array): UserRecord[] | null {
  if (data.length < magic.length + digestBytes || magic.compare(data, 0, magic.length) !== 0) return null
  const message = data.subarray(magic.length, data.length - digestBytes)
  if (md5(message).compare(data, data.length - digestBytes) !== 0) return null
  try {
    return readAggregate(message)
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** Reads protobuf fields; throws a RangeError at bytes that are no protobuf. */
class ProtobufReader {
  readonly #bytes: Uint8Array
  #at = 0
  field = 0
  wireType = 0

  constructor (bytes: Uint8Array) { this.#bytes = bytes }

  next (): boolean {
    if (this.#at >= this.#bytes.length) return false
    const tag = this.varint()
    this.field = Math.floor(tag / 8)
    this.wireType = tag % 8
    return true
  }

  varint (): number {
    let value = 0
    for (let scale = 1, i = 0; i < 10; i++, scale *= 0x80) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw new RangeError('A number is cut off.')
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
    throw new RangeError('A number is too long.')
  }

  bytes (): Uint8Array {
    if (this.wireType !== 2) throw new RangeError('A field has another type.')
    const length = this.varint()
    if (this.#at + length > this.#bytes.length) throw new RangeError('A field is cut off.')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  skip (): void {
    if (this.wireType === 0) this.varint()
    else if (this.wireType === 2) this.bytes()
    else if (this.wireType === 1) this.#at += 8
    else if (this.wireType === 5) this.#at += 4
    else throw new RangeError('A field has an unknown type.')
  }
}

function readAggregate (message: Uint8Array): UserRecord[] {
  const keys: string[] = []
  const hashKeys: string[] = []
  const inner: Uint8Array[] = []
  const reader = new ProtobufReader(message)
  while (reader.next()) {
    if (reader.field === 1) keys.push(Buffer.from(reader.bytes()).toString('utf8'))
    else if (reader.field === 2) hashKeys.push(Buffer.from(reader.bytes()).toString('latin1'))
    else if (reader.field === 3) inner.push(reader.bytes())
    else reader.skip()
  }
  return inner.map(bytes => readRecord(bytes, keys, hashKeys))
}

function readRecord (bytes: Uint8Array, keys: readonly string[], hashKeys: readonly string[]): UserRecord {
  const reader = new ProtobufReader(bytes)
  let key: string | undefined
  let hashKey: string | null | undefined = null
  let data: Uint8Array | undefined
  while (reader.next()) {
    if (reader.field === 1) key = keys[reader.varint()]
    else if (reader.field === 2) hashKey = hashKeys[reader.varint()]
    else if (reader.field === 3) data = reader.bytes()
    else reader.skip()
  }
  if (key === undefined || hashKey === undefined || data === undefined) throw new RangeError('A required field is absent.')
  return { partitionKey: key, explicitHashKey: hashKey, data }
}
