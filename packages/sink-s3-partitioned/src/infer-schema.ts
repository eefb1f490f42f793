import { schema } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'

/** What is known of the values of a column so far. */
type Kind = 'boolean' | 'int64' | 'float64' | 'string' | 'mixed' | Column[] | Map<string, Column>
interface Column { kind: Kind | null }

/** JSON text to a value, integers beyond 2^53 as bigint. */
export function parseExact (text: string): unknown {
  // Sixteen digits in a row are the least that can be rounded.
  if (!/\d{16}/.test(text)) return JSON.parse(text)
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value) || context?.source === undefined || !/^-?\d+$/.test(context.source)) return value
    return BigInt(context.source)
  })
}

/** Works out one schema for many values without one. Every field may be missing; a field of several kinds becomes JSON text. */
export class SchemaInference {
  readonly #root: Column = { kind: null }

  add (value: unknown): void { see(this.#root, value) }

  /** The schema of all values so far; null when they are not all objects. */
  schema (): Schema | null {
    return this.#root.kind instanceof Map && this.#root.kind.size > 0 ? schemaOf(this.#root) : null
  }
}

function see (column: Column, value: unknown): void {
  if (value === null || value === undefined) return
  const kind = column.kind
  if (Array.isArray(value)) {
    if (kind !== null && !Array.isArray(kind)) column.kind = 'mixed'
    else {
      const items: Column[] = kind ?? [{ kind: null }]
      column.kind = items
      for (const item of value) see(items[0]!, item)
    }
    return
  }
  if (typeof value === 'object') {
    if (kind !== null && !(kind instanceof Map)) column.kind = 'mixed'
    else {
      const members = kind ?? new Map<string, Column>()
      column.kind = members
      for (const [name, member] of Object.entries(value)) {
        let child = members.get(name)
        if (child === undefined) members.set(name, child = { kind: null })
        see(child, member)
      }
    }
    return
  }
  const seen = primitiveKind(value)
  column.kind = kind === null || kind === seen ? seen : (kind === 'int64' && seen === 'float64') || (kind === 'float64' && seen === 'int64') ? 'float64' : 'mixed'
}

function primitiveKind (value: unknown): Kind {
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'string') return 'string'
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? 'int64' : 'mixed'
  return Number.isInteger(value) ? 'int64' : 'float64'
}

function schemaOf ({ kind }: Column): Schema {
  const optional = true
  // Avro and Parquet know no group without fields.
  if (kind === null || kind === 'mixed' || (kind instanceof Map && kind.size === 0)) return schema.of('string', { optional })
  if (typeof kind === 'string') return schema.of(kind, { optional })
  if (Array.isArray(kind)) return schema.array(schemaOf(kind[0]!), { optional })
  return schema.struct([...kind].map(([name, column]) => [name, schemaOf(column)] as const), { optional })
}

/** A value in the shape of an inferred schema: text where kinds were mixed. */
export function conform (to: Schema, value: unknown): unknown {
  if (value === null || value === undefined) return null
  switch (to.type) {
    case 'string': return typeof value === 'string' ? value : JSON.stringify(value, (_key, member: unknown) => typeof member === 'bigint' ? JSON.rawJSON(String(member)) : member)
    case 'array': return (value as unknown[]).map(item => conform(to.valueSchema!, item))
    case 'struct': {
      const bag = value as Record<string, unknown>
      return Object.fromEntries(to.fields.map(field => [field.name, conform(field.schema, Object.hasOwn(bag, field.name) ? bag[field.name] : null)]))
    }
    default: return value
  }
}
