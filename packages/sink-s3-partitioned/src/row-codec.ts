import type { Schema } from '@tributary/plugin'
import { Decimal, TypedNumber, dataError, entriesOf, integerFromBytes, integerToBytes, logical } from '@tributary/plugin'

const dayMs = 86_400_000

/** Bytes of one row, used again for the next. */
export class RowWriter {
  #bytes = Buffer.allocUnsafe(4096)
  #used = 0

  reset (): void { this.#used = 0 }

  get row (): Buffer { return this.#bytes.subarray(0, this.#used) }

  long (value: number | bigint): void {
    this.#room(10)
    if (typeof value === 'bigint' || value > 0x3fffffff || value < -0x40000000) {
      this.#bigLong(BigInt(value))
      return
    }
    let rest = ((value << 1) ^ (value >> 31)) >>> 0
    while (rest > 0x7f) {
      this.#bytes[this.#used++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#bytes[this.#used++] = rest
  }

  #bigLong (value: bigint): void {
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
    while (rest > 0x7fn) {
      this.#bytes[this.#used++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.#bytes[this.#used++] = Number(rest)
  }

  byte (value: number): void {
    this.#room(1)
    this.#bytes[this.#used++] = value
  }

  float (value: number): void {
    this.#room(4)
    this.#used = this.#bytes.writeFloatLE(value, this.#used)
  }

  double (value: number): void {
    this.#room(8)
    this.#used = this.#bytes.writeDoubleLE(value, this.#used)
  }

  text (value: string): void {
    const length = Buffer.byteLength(value)
    this.long(length)
    this.#room(length)
    this.#used += this.#bytes.write(value, this.#used)
  }

  bytes (value: Uint8Array): void {
    this.long(value.length)
    this.#room(value.length)
    this.#bytes.set(value, this.#used)
    this.#used += value.length
  }

  #room (bytes: number): void {
    if (this.#used + bytes <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#used + bytes))
    this.#bytes.copy(grown, 0, 0, this.#used)
    this.#bytes = grown
  }
}

/** Reads what {@link RowWriter} wrote. */
export class RowReader {
  readonly #bytes: Buffer
  #at: number

  constructor (bytes: Buffer) {
    this.#bytes = bytes
    this.#at = 0
  }

  /** A number where that is exact, else a bigint. */
  long (): number | bigint {
    let value = 0
    let scale = 1
    for (let i = 0; i < 4; i++) {
      const byte = this.#bytes[this.#at++]!
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
      scale *= 128
    }
    let big = BigInt(value)
    for (let shift = 28n; ; shift += 7n) {
      const byte = this.#bytes[this.#at++]!
      big |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    const signed = (big >> 1n) ^ -(big & 1n)
    const number = Number(signed)
    return Number.isSafeInteger(number) ? number : signed
  }

  byte (): number { return this.#bytes[this.#at++]! }

  float (): number { return this.#bytes.readFloatLE((this.#at += 4) - 4) }

  double (): number { return this.#bytes.readDoubleLE((this.#at += 8) - 8) }

  text (): string { return this.#take().toString('utf8') }

  bytes (): Buffer { return this.#take() }

  #take (): Buffer {
    const length = Number(this.long())
    return this.#bytes.subarray(this.#at, this.#at += length)
  }
}

/** Writes and reads values of one schema in Avro's binary encoding. Dates and the like are read as Avro has them: days or milliseconds. */
export interface RowCodec {
  /** Throws `data` for a value that is not of the schema. */
  write (writer: RowWriter, value: unknown): void
  read (reader: RowReader): unknown
}

/** The most digits that a decimal of a schema may have. */
export type PrecisionOf = (schema: Schema) => number

const unlimited: PrecisionOf = () => Infinity

/** Compiles the codec of a schema once; it is used for every row. */
export function rowCodec (schema: Schema, path = 'value', precisionOf: PrecisionOf = unlimited): RowCodec {
  const required = requiredCodec(schema, path, precisionOf)
  const fallback = schema.default
  if (!schema.optional) {
    return {
      write (writer, value) {
        const given = value ?? fallback
        if (given === null || given === undefined) throw dataError(`Field ${path} is null, but its schema says that it is not optional.`)
        required.write(writer, given)
      },
      read: reader => required.read(reader)
    }
  }
  return {
    write (writer, value) {
      const given = value ?? fallback ?? null
      writer.byte(given === null ? 0 : 2)
      if (given !== null) required.write(writer, given)
    },
    read: reader => reader.byte() === 0 ? null : required.read(reader)
  }
}

function requiredCodec (schema: Schema, path: string, precisionOf: PrecisionOf): RowCodec {
  const wrong = (): never => { throw dataError(`Field ${path} is not of type ${schema.name ?? schema.type}, as its schema says.`) }
  switch (schema.type) {
    case 'boolean': return {
      write: (writer, value) => { writer.byte(value === true ? 1 : value === false ? 0 : wrong()) },
      read: reader => reader.byte() === 1
    }
    case 'int8': case 'int16': case 'int32': case 'int64': {
      const limit = 2 ** (Number(schema.type.slice(3)) - 1)
      return {
        write (writer, value) {
          const integer = integerOf(value, schema) ?? wrong()
          if (integer < -limit || integer >= limit) throw dataError(`Field ${path} is ${integer}, which is not in the range of ${schema.type}, as its schema says.`)
          writer.long(integer)
        },
        read: reader => reader.long()
      }
    }
    case 'float32': return { write: (writer, value) => { writer.float(floatOf(value) ?? wrong()) }, read: reader => reader.float() }
    case 'float64': return { write: (writer, value) => { writer.double(floatOf(value) ?? wrong()) }, read: reader => reader.double() }
    case 'string': return { write: (writer, value) => { writer.text(typeof value === 'string' ? value : wrong()) }, read: reader => reader.text() }
    case 'bytes': return schema.name === logical.decimal
      ? decimalCodec(schema, path, precisionOf(schema), wrong)
      : { write: (writer, value) => { writer.bytes(value instanceof Uint8Array ? value : wrong()) }, read: reader => reader.bytes() }
    case 'array': return arrayCodec(rowCodec(schema.valueSchema!, `${path}[]`, precisionOf), wrong)
    case 'map': return mapCodec(rowCodec(schema.keySchema!, `${path} key`, precisionOf), rowCodec(schema.valueSchema!, `${path}{}`, precisionOf), wrong)
    case 'struct': return structCodec(schema.fields.map(field => ({ name: field.name, codec: rowCodec(field.schema, path === 'value' ? field.name : `${path}.${field.name}`, precisionOf) })), wrong)
  }
}

function integerOf (value: unknown, schema: Schema): number | bigint | null {
  const raw = value instanceof Date ? schema.name === logical.date ? Math.floor(value.getTime() / dayMs) : value.getTime() : value instanceof TypedNumber ? value.value : value
  return typeof raw === 'bigint' || Number.isInteger(raw) ? raw as number | bigint : null
}

function floatOf (value: unknown): number | null {
  if (typeof value === 'number') return value
  if (value instanceof TypedNumber) return value.value
  return typeof value === 'bigint' ? Number(value) : null
}

/** Unscaled values: the scale is that of the schema. */
function decimalCodec (schema: Schema, path: string, precision: number, wrong: () => never): RowCodec {
  const scale = Number(schema.parameters?.scale ?? 0)
  const limit = precision === Infinity ? null : 10n ** BigInt(precision)
  return {
    write (writer, value) {
      if (value instanceof Decimal && value.scale !== scale) throw dataError(`Field ${path} is a decimal of scale ${value.scale}, but its schema says ${scale}.`)
      const unscaled = value instanceof Decimal ? value.unscaled : value instanceof Uint8Array ? integerFromBytes(value) ?? 0n : wrong()
      if (limit !== null && (unscaled >= limit || unscaled <= -limit)) throw dataError(`Field ${path} is a decimal of more than ${precision} digits, the most that its column can hold.`)
      writer.bytes(integerToBytes(unscaled))
    },
    read: reader => reader.bytes()
  }
}

function arrayCodec (items: RowCodec, wrong: () => never): RowCodec {
  return {
    write (writer, value) {
      if (!Array.isArray(value)) wrong()
      const list = value as unknown[]
      if (list.length > 0) writer.long(list.length)
      for (const item of list) items.write(writer, item)
      writer.byte(0)
    },
    read: reader => [...blocks(reader, () => items.read(reader))]
  }
}

function * blocks<T> (reader: RowReader, read: () => T): Generator<T> {
  for (let count = Number(reader.long()); count > 0; count = Number(reader.long())) for (let i = 0; i < count; i++) yield read()
}

/** Maps with text keys are Avro maps; others are arrays of records of key and value, as Confluent's converter has them. Both are read as pairs. */
function mapCodec (keys: RowCodec, values: RowCodec, wrong: () => never): RowCodec {
  return {
    write (writer, value) {
      if (typeof value !== 'object' || value === null) wrong()
      const entries = entriesOf(value)
      if (entries.length > 0) writer.long(entries.length)
      for (const [key, member] of entries) {
        keys.write(writer, key)
        values.write(writer, member)
      }
      writer.byte(0)
    },
    read: reader => [...blocks(reader, () => ({ key: keys.read(reader), value: values.read(reader) }))]
  }
}

function structCodec (fields: readonly { name: string, codec: RowCodec }[], wrong: () => never): RowCodec {
  return {
    write (writer, value) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) wrong()
      const bag = value as Record<string, unknown>
      for (const { name, codec } of fields) codec.write(writer, Object.hasOwn(bag, name) ? bag[name] : null)
    },
    // A field of this name would set what the others inherit, if it were assigned.
    read: fields.some(field => field.name === '__proto__')
      ? reader => Object.fromEntries(fields.map(({ name, codec }) => [name, codec.read(reader)]))
      : reader => {
        const bag: Record<string, unknown> = {}
        for (const { name, codec } of fields) bag[name] = codec.read(reader)
        return bag
      }
  }
}
