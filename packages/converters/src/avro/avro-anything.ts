import { dataError, entriesOf, javaClassOf, numberTypeOf, TypedNumber } from '@tributary/plugin'
import type { AvroFlavor } from './avro-flavor.ts'
import type { AvroMapping } from './avro-values.ts'
import type { AvroReader } from './avro-reader.ts'
import type { AvroWriter } from './avro-writer.ts'
import { setMember } from '../json/json-parse.ts'

/** Fields of the record, in its order; at most one is set, none is null. */
const fields = ['boolean', 'bytes', 'double', 'float', 'int', 'long', 'string', 'array', 'map'] as const
type Field = typeof fields[number]

/** The Avro schema, as JSON, of values without a schema (AvroData's ANYTHING_SCHEMA): a record that has one field for each type and may hold itself. */
export function anythingSchema ({ namespace }: AvroFlavor): unknown {
  const optional = (name: Field, type: unknown): unknown => ({ name, type: ['null', type], default: null })
  const entry = { type: 'record', name: 'MapEntry', fields: [{ name: 'key', type: 'Anything' }, { name: 'value', type: 'Anything' }] }
  return {
    type: 'record', name: 'Anything', namespace,
    fields: fields.map(name => optional(name, name === 'array' ? { type: 'array', items: 'Anything' } : name === 'map' ? { type: 'array', items: entry } : name))
  }
}

const fieldsOfNumbers = { int8: 'int', int16: 'int', int32: 'int', int64: 'long', float32: 'float', float64: 'double' } as const

function fieldOf (value: unknown): Field | null {
  if (value === null || value === undefined) return null
  const number = numberTypeOf(value, null)
  if (number !== null) return fieldsOfNumbers[number]
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'string') return 'string'
  if (value instanceof Uint8Array) return 'bytes'
  if (Array.isArray(value)) return 'array'
  if (javaClassOf(value) === 'java.util.HashMap') return 'map'
  throw dataError(`Avro has no form for a ${javaClassOf(value)} without a schema: give the record a schema.`)
}

function write (to: AvroWriter, value: unknown): void {
  const own = fieldOf(value)
  const bare = value instanceof TypedNumber ? value.value : value
  for (const field of fields) {
    to.int(field === own ? 1 : 0)
    if (field !== own) continue
    if (field === 'array') {
      writeItems(to, bare as unknown[], write)
    } else if (field === 'map') {
      writeItems(to, entriesOf(bare as object), (to, [key, item]) => {
        write(to, key)
        write(to, item)
      })
    } else {
      to[field](bare)
    }
  }
}

function writeItems<T> (to: AvroWriter, items: readonly T[], write: (to: AvroWriter, item: T) => void): void {
  if (items.length > 0) to.long(items.length)
  for (const item of items) write(to, item)
  to.long(0)
}

/** Of several fields that are set the first counts, as in Java. */
function read (from: AvroReader): unknown {
  let value: unknown = null
  for (const field of fields) {
    if (from.index(2) === 0) continue
    const own = readField(from, field)
    value ??= own
  }
  return value
}

function readField (from: AvroReader, field: Field): unknown {
  switch (field) {
    case 'double': {
      const number = from.double()
      return Number.isInteger(number) ? new TypedNumber('float64', number) : number
    }
    case 'float': return new TypedNumber('float32', from.float())
    case 'int': return new TypedNumber('int32', from.int())
    case 'array': {
      const items: unknown[] = []
      from.items(one => { items.push(read(one)) })
      return items
    }
    case 'map': return readMap(from)
    default: return from[field]()
  }
}

function readMap (from: AvroReader): object {
  const map = new Map<unknown, unknown>()
  from.items(one => {
    const key = read(one)
    map.set(key, read(one))
  })
  if (Array.from(map.keys()).some(key => typeof key !== 'string')) return map
  const members: Record<string, unknown> = {}
  for (const [name, item] of map) setMember(members, name as string, item)
  return members
}

/** Between values without a schema and Avro. */
export const anythingMapping: Pick<AvroMapping, 'read' | 'write'> = { read, write }
