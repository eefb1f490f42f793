import { dateAt, Decimal, integerFromBytes, logical } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'
import type { AvroJson, AvroObject } from './avro-names.ts'

const msPerDay = 86_400_000

/** What a Connect schema said of a default that Avro cannot say, such as one with optional members. */
export function connectDefault (json: AvroJson): unknown {
  if (Array.isArray(json)) return (json as readonly AvroJson[]).map(connectDefault).find(value => value != null)
  return typeof json === 'string' ? undefined : (json as AvroObject)['connect.default']
}

/** A value of a schema from the JSON of its default in Avro. */
export function defaultOf (schema: Schema, value: unknown): unknown {
  if (value === null || value === undefined) return null
  switch (schema.name) {
    case logical.decimal: return new Decimal(integerFromBytes(Buffer.from(String(value), 'latin1')) ?? 0n, Number(schema.parameters!['scale']))
    case logical.date: return dateAt(Number(value) * msPerDay)
    case logical.time: case logical.timestamp: return dateAt(Number(value))
  }
  switch (schema.type) {
    case 'bytes': return new Uint8Array(Buffer.from(String(value), 'latin1'))
    case 'float32': return Math.fround(Number(value))
    case 'float64': return Number(value)
    case 'array': return (value as unknown[]).map(item => defaultOf(schema.valueSchema!, item))
    case 'map': return Array.isArray(value)
      ? new Map((value as [unknown, unknown][]).map(([key, item]) => [defaultOf(schema.keySchema!, key), defaultOf(schema.valueSchema!, item)]))
      : Object.fromEntries(Object.entries(value).map(([name, item]) => [name, defaultOf(schema.valueSchema!, item)]))
    case 'struct': return Object.fromEntries(schema.fields.map(({ name, schema }) => [name, defaultOf(schema, (value as Record<string, unknown>)[name])]))
    default: return value
  }
}
