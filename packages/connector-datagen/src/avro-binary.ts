import { configError } from '@tributary/plugin'
import type { AvroSchema } from './avro-schema.ts'
import { bytesValue, integerValue, wrapBranch } from './literals.ts'

/** All values of a file of bare Avro values, one after another (no container). Throws a ConnectError when it ends within one. */
export function avroBinaryValues (schema: AvroSchema, bytes: Buffer, what: string): unknown[] {
  const reader = new Reader(bytes, what)
  const values: unknown[] = []
  while (!reader.ended) values.push(reader.value(schema))
  return values
}

class Reader {
  readonly #bytes: Buffer
  readonly #what: string
  #at = 0

  constructor (bytes: Buffer, what: string) {
    this.#bytes = bytes
    this.#what = what
  }

  get ended (): boolean { return this.#at === this.#bytes.length }

  #take (length: number): Buffer {
    const end = this.#at + length
    if (length < 0 || end > this.#bytes.length) throw configError(`${this.#what} ends in the middle of a value: is it of this schema, without a header?`)
    const part = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return part
  }

  /** Avro's variable-length zig-zag. */
  #long (): bigint {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#take(1)[0]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n))
    }
  }

  #integer (): number | bigint {
    const value = this.#long()
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value
  }

  #string (): string { return this.#take(Number(this.#long())).toString() }

  /** Items of an array or map come in blocks, the last of which is empty. */
  #blocks<T> (read: () => T): T[] {
    const items: T[] = []
    for (let count = Number(this.#long()); count !== 0; count = Number(this.#long())) {
      // A negative count is followed by the block's length in bytes.
      if (count < 0) this.#long()
      for (let i = Math.abs(count); i > 0; i--) items.push(read())
    }
    return items
  }

  value (schema: AvroSchema): unknown {
    switch (schema.type) {
      case 'null': return null
      case 'boolean': return this.#take(1)[0] === 1
      case 'int':
      case 'long': return integerValue(schema, this.#integer())
      case 'float': return this.#take(4).readFloatLE()
      case 'double': return this.#take(8).readDoubleLE()
      case 'string': return this.#string()
      case 'bytes': return bytesValue(schema, Buffer.from(this.#take(Number(this.#long()))))
      case 'fixed': return bytesValue(schema, Buffer.from(this.#take(schema.size)))
      case 'enum': return this.#one(schema.symbols)
      case 'array': return this.#blocks(() => this.value(schema.inner!))
      case 'map': return Object.fromEntries(this.#blocks(() => [this.#string(), this.value(schema.inner!)]))
      case 'record': return Object.fromEntries(schema.fields.map(field => [field.name, this.value(field.schema)]))
      case 'union': {
        const branch = this.#one(schema.branches)
        return wrapBranch(schema, branch, this.value(branch))
      }
    }
  }

  #one<T> (choices: readonly T[]): T {
    const choice = choices[Number(this.#long())]
    if (choice === undefined) throw configError(`${this.#what} does not hold values of this schema: a branch or symbol is out of range.`)
    return choice
  }
}
