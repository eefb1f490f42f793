import { schema, TypedNumber } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'

/** What is known of the values of a column so far. */
type Kind = 'boolean' | 'int64' | 'float64' | 'string' | 'mixed' | Column[] | Map<string, Column>
interface Column { kind: Kind | null }

/** What is nested deeper is text, as converters take no JSON that is. */
const maxDepth = 1000

/** JSON text to a value, integers beyond 2^53 as bigint. */
export function parseExact (text: string): unknown {
  // Sixteen digits in a row are the least that can be rounded.
  if (!/\d{16}/.test(text)) return JSON.parse(text)
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value) || context?.source === undefined || !/^-?\d+$/.test(context.source)) return value
    return BigInt(context.source)
  })
}

/** JSON text of a value, bigint with all its digits. `number`: what stands for a number. */
export function exactJson (value: unknown, number: (value: number) => unknown = one => one): string {
  return JSON.stringify(value, (_key, member: unknown) => typeof member === 'bigint' ? JSON.rawJSON(String(member)) : typeof member === 'number' ? number(member) : member)
}

/** Works out one schema for many values without one. Every field may be missing; a field of several kinds becomes JSON text. */
export class SchemaInference {
  readonly #root: Column = { kind: null }
  readonly #maxFields: number
  #fields = 0
  #changes = 0

  constructor (options: { maxFields?: number } = {}) { this.#maxFields = options.maxFields ?? Infinity }

  /** Counts the values that have shown something new. */
  get changes (): number { return this.#changes }

  /** Whether there were more fields than `maxFields`; those beyond are not part of the schema. */
  get isFull (): boolean { return this.#fields > this.#maxFields }

  add (value: unknown): void { this.#see(this.#root, value, 0) }

  /** The schema of all values so far; null when they are not all objects. `known`: without the fields that had no value yet. */
  schema ({ known = false } = {}): Schema | null {
    return this.#root.kind instanceof Map && this.#root.kind.size > 0 ? schemaOf(this.#root, known) : null
  }

  #see (column: Column, value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string': if (column.kind !== 'string') this.#mix(column, 'string'); break
      // A whole number past 2^53 is no integer any more; those that are exact come as bigint.
      case 'number': if (column.kind !== 'float64') this.#mix(column, Number.isSafeInteger(value) ? 'int64' : 'float64'); break
      case 'boolean': if (column.kind !== 'boolean') this.#mix(column, 'boolean'); break
      case 'bigint': this.#mix(column, BigInt.asIntN(64, value) === value ? 'int64' : 'mixed'); break
      case 'object': if (value !== null) this.#seeObject(column, value, depth + 1)
    }
  }

  #seeObject (column: Column, value: object, depth: number): void {
    if (depth > maxDepth) this.#mix(column, 'mixed')
    else if (Array.isArray(value)) {
      if (column.kind === null) this.#set(column, [{ kind: null }])
      if (!Array.isArray(column.kind)) this.#mix(column, 'mixed')
      else for (const item of value) this.#see(column.kind[0]!, item, depth)
    } else if (value instanceof TypedNumber) this.#seeTyped(column, value)
    // Base64 in JSON.
    else if (value instanceof Uint8Array) this.#mix(column, 'string')
    else {
      if (column.kind === null) this.#set(column, new Map())
      if (!(column.kind instanceof Map)) this.#mix(column, 'mixed')
      else if (value instanceof Map) for (const [name, member] of value) this.#seeMember(column.kind, String(name), member, depth)
      else for (const name in value) this.#seeMember(column.kind, name, (value as Record<string, unknown>)[name], depth)
    }
  }

  #seeTyped (column: Column, { type, text }: TypedNumber): void {
    if (text !== null && /^-?\d+$/.test(text)) this.#see(column, BigInt(text), 0)
    else this.#mix(column, type.startsWith('int') ? 'int64' : 'float64')
  }

  #seeMember (members: Map<string, Column>, name: string, value: unknown, depth: number): void {
    let member = members.get(name)
    if (member === undefined) {
      if (this.#fields > this.#maxFields || ++this.#fields > this.#maxFields) return
      members.set(name, member = { kind: null })
    }
    this.#see(member, value, depth)
  }

  #mix (column: Column, seen: 'boolean' | 'int64' | 'float64' | 'string' | 'mixed'): void {
    const { kind } = column
    if (kind === seen) return
    const isNumber = (kind === 'int64' || kind === 'float64') && (seen === 'int64' || seen === 'float64')
    const next = kind === null ? seen : isNumber ? 'float64' : 'mixed'
    if (next !== kind) this.#set(column, next)
  }

  #set (column: Column, kind: Kind): void {
    column.kind = kind
    this.#changes++
  }
}

function schemaOf ({ kind }: Column, known: boolean): Schema {
  const optional = true
  // Avro and Parquet know no group without fields.
  if (kind === null || kind === 'mixed' || (kind instanceof Map && kind.size === 0)) return schema.of('string', { optional })
  if (typeof kind === 'string') return schema.of(kind, { optional })
  if (Array.isArray(kind)) return schema.array(schemaOf(kind[0]!, known), { optional })
  const members = [...kind].filter(([, column]) => !known || hasValue(column))
  return schema.struct(members.map(([name, column]) => [name, schemaOf(column, known)] as const), { optional })
}

/** Whether values have shown what a column holds: null, [] and {} do not. */
function hasValue ({ kind }: Column): boolean {
  if (Array.isArray(kind)) return hasValue(kind[0]!)
  return kind instanceof Map ? kind.values().some(hasValue) : kind !== null
}

/** A value in the shape of an inferred schema: text where kinds were mixed. */
export function conform (to: Schema, value: unknown): unknown {
  if (value === null || value === undefined) return null
  switch (to.type) {
    case 'string': return typeof value === 'string' ? value : exactJson(value)
    case 'array': return (value as unknown[]).map(item => conform(to.valueSchema!, item))
    case 'struct': {
      const bag = value as Record<string, unknown>
      return Object.fromEntries(to.fields.map(field => [field.name, conform(field.schema, Object.hasOwn(bag, field.name) ? bag[field.name] : null)]))
    }
    // Whole numbers past 2^53 are bigint.
    case 'float64': return Number(value)
    default: return value
  }
}
