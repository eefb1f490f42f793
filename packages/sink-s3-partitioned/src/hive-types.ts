import { logical } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'

/** A column of a Hive or Glue table. */
export interface Column {
  readonly name: string
  readonly type: string
}

/** Columns of a struct, without those that partitions have: Hive refuses a table that names one twice, whatever its case. */
export function hiveColumns (struct: Schema, partitionColumns: readonly string[]): Column[] {
  const taken = new Set(partitionColumns.map(name => name.toLowerCase()))
  const columns: Column[] = []
  for (const { name, schema } of struct.fields) {
    const lower = name.toLowerCase()
    if (taken.has(lower)) continue
    taken.add(lower)
    columns.push({ name: lower, type: hiveType(schema) })
  }
  return columns
}

/** The Hive type of a schema. */
export function hiveType (of: Schema): string {
  switch (of.name) {
    case logical.date: return 'date'
    case logical.timestamp: return 'timestamp'
    case logical.decimal: return `decimal(${Math.min(38, Number(of.parameters?.['connect.decimal.precision'] ?? 38))},${of.parameters?.scale ?? 0})`
  }
  switch (of.type) {
    case 'boolean': return 'boolean'
    case 'int8': return 'tinyint'
    case 'int16': return 'smallint'
    case 'int32': return 'int'
    case 'int64': return 'bigint'
    case 'float32': return 'float'
    case 'float64': return 'double'
    case 'string': return 'string'
    case 'bytes': return 'binary'
    case 'array': return `array<${hiveType(of.valueSchema!)}>`
    case 'map': return `map<${hiveType(of.keySchema!)},${hiveType(of.valueSchema!)}>`
    case 'struct': return `struct<${of.fields.map(({ name, schema }) => `${name.toLowerCase()}:${hiveType(schema)}`).join(',')}>`
  }
}

/** In JSON, times and decimals are what JsonFormat writes: numbers and base64. */
export function jsonHiveType (of: Schema, decimals: 'BASE64' | 'NUMERIC'): string {
  switch (of.name) {
    case logical.date: case logical.time: return 'int'
    case logical.timestamp: return 'bigint'
    case logical.decimal: return decimals === 'NUMERIC' ? hiveType(of) : 'string'
  }
  switch (of.type) {
    case 'bytes': return 'string'
    case 'array': return `array<${jsonHiveType(of.valueSchema!, decimals)}>`
    case 'map': return `map<${jsonHiveType(of.keySchema!, decimals)},${jsonHiveType(of.valueSchema!, decimals)}>`
    case 'struct': return `struct<${of.fields.map(({ name, schema }) => `${name.toLowerCase()}:${jsonHiveType(schema, decimals)}`).join(',')}>`
    default: return hiveType(of)
  }
}
