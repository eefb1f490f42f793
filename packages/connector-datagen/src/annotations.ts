import { configError } from '@tributary/plugin'
import type { AvroSchema } from './avro-schema.ts'

export type Properties = Readonly<Record<string, unknown>>

const known = ['options', 'iteration', 'range', 'length', 'regex', 'prefix', 'suffix', 'keys', 'odds', 'weights', 'weight', 'distribution', 'late'] as const
export type PropertyName = typeof known[number]

const intMin = -2147483648
const intMax = 2147483647
const longMin = -(2n ** 63n)
const longMax = 2n ** 63n - 1n

/** The "arg.properties" of a schema, read with the rules of Confluent's avro-random-generator. Every method throws a ConnectError of one sentence. */
export class Annotations {
  readonly #properties: Properties
  readonly #where: string

  constructor (properties: Properties, where: string) {
    this.#properties = properties
    this.#where = where
  }

  static of (schema: AvroSchema): Annotations {
    const where = schema.path === '' ? 'the schema' : `"${schema.path}"`
    const given = schema.attributes['arg.properties'] ?? {}
    if (!isObject(given)) throw configError(`"arg.properties" of ${where} must be an object.`)
    return new Annotations(given, where)
  }

  problem (name: string, sentence: string): Error {
    return configError(`"${name}" of ${this.#where} ${sentence}.`)
  }

  /** Words for messages: `"options" of "address.city"`. */
  named (name: PropertyName): string { return `"${name}" of ${this.#where}` }

  has (name: PropertyName): boolean { return this.#properties[name] !== undefined && this.#properties[name] !== null }

  get (name: PropertyName): unknown { return this.#properties[name] }

  /** Names that mean nothing; a slip of the pen, or of another generator. */
  unknownNames (): string[] {
    return Object.keys(this.#properties).filter(name => !(known as readonly string[]).includes(name))
  }

  excludes (name: PropertyName, others: readonly PropertyName[]): void {
    const other = others.find(candidate => this.has(candidate))
    if (other !== undefined) throw this.problem(name, `excludes "${other}": remove one of the two`)
  }

  /** Says so when an annotation would have no effect: it was meant to have one. */
  needs (name: PropertyName, others: string, isThere: boolean): void {
    if (this.has(name) && !isThere) throw this.problem(name, `needs ${others}`)
  }

  /** An annotation that is itself an object, such as "range"; with `index`, one of an array of them or the only one. */
  part (name: PropertyName, index = 0): Annotations {
    const given = this.#properties[name]
    const value: unknown = Array.isArray(given) && name === 'late' ? given[index] : given
    if (!isObject(value)) throw this.problem(name, 'must be an object')
    return new Annotations(value, `"${name}" of ${this.#where}`)
  }

  /** A member of a part, as it stands. */
  member (name: string): unknown { return this.#properties[name] }

  text (name: PropertyName): string | null {
    const value = this.#properties[name]
    if (value === undefined || value === null) return null
    if (typeof value !== 'string') throw this.problem(name, 'must be a text')
    return value
  }

  /** A member of a part: a whole number of 32 or 64 bits, or null. */
  integer (member: string, bits: 32 | 64): bigint | null {
    const value = this.#properties[member]
    if (value === undefined || value === null) return null
    if (typeof value !== 'bigint' && !(typeof value === 'number' && Number.isInteger(value))) throw this.problem(member, 'must be a whole number')
    const whole = BigInt(value)
    const [min, max] = bits === 32 ? [BigInt(intMin), BigInt(intMax)] : [longMin, longMax]
    if (whole < min || whole > max) throw this.problem(member, `must fit into ${bits} bits`)
    return whole
  }

  number (member: string): number | null {
    const value = this.#properties[member]
    if (value === undefined || value === null) return null
    if (typeof value !== 'number' && typeof value !== 'bigint') throw this.problem(member, 'must be a number')
    return Number(value)
  }

  boolean (member: string): boolean | null {
    const value = this.#properties[member]
    if (value === undefined || value === null) return null
    if (typeof value !== 'boolean') throw this.problem(member, 'must be true or false')
    return value
  }

  refuse (member: string, sentence: string): void {
    if (this.#properties[member] !== undefined) throw this.problem(member, sentence)
  }

  /** Bounds of a length: `min` included, `max` not. */
  length (): { min: number, max: number } {
    const value = this.#properties['length']
    if (value === undefined || value === null) return { min: 8, max: 16 }
    if (typeof value === 'number' && Number.isInteger(value)) {
      if (value < 0) throw this.problem('length', 'cannot be negative')
      return { min: value, max: value + 1 }
    }
    if (!isObject(value)) throw this.problem('length', 'must be a whole number, or an object with "min" or "max"')
    const part = this.part('length')
    const [min, max] = [part.integer('min', 32), part.integer('max', 32)]
    if (min === null && max === null) throw this.problem('length', 'must have "min" or "max" when it is an object')
    const bounds = { min: Number(min ?? 0n), max: Number(max ?? BigInt(intMax)) }
    if (bounds.min < 0) throw part.problem('min', 'cannot be negative')
    if (bounds.max <= bounds.min) throw part.problem('max', 'must be greater than "min", for it is not included')
    return bounds
  }
}

export function isObject (value: unknown): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
