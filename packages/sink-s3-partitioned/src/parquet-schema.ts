import { dataError, integerFromBytes, logical } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'
import type { SchemaElement } from 'hyparquet-writer'

/** Decimals are stored with the most digits that any engine takes. */
const maxPrecision = 38

/** The Parquet schema of a struct, in the order of a file's footer. */
export function parquetSchemaOf (struct: Schema): SchemaElement[] {
  return [{ name: 'root', num_children: struct.fields.length }, ...struct.fields.flatMap(field => elements(field.name, field.schema))]
}

/** Throws `data` where a schema has what no Parquet file can hold. */
export function requireStorable (of: Schema, path = ''): void {
  switch (of.type) {
    case 'struct':
      if (of.fields.length === 0) throw dataError(`${path === '' ? 'The record' : `Field ${path}`} is a struct without fields, which Parquet cannot hold. Drop it with a transform, or use AvroFormat or JsonFormat.`)
      for (const field of of.fields) requireStorable(field.schema, path === '' ? field.name : `${path}.${field.name}`)
      break
    case 'map':
      requireStorable(of.keySchema!, `${path} key`)
      requireStorable(of.valueSchema!, `${path}{}`)
      break
    case 'array':
      requireStorable(of.valueSchema!, `${path}[]`)
      break
    case 'bytes':
      if (of.name === logical.decimal && (scaleOf(of) < 0 || scaleOf(of) > precisionOf(of))) throw dataError(`Field ${path} is a decimal of scale ${scaleOf(of)}, but Parquet holds scales from 0 to the precision, here ${precisionOf(of)}. Use AvroFormat or JsonFormat.`)
  }
}

function elements (name: string, of: Schema): SchemaElement[] {
  const repetition_type = of.optional ? 'OPTIONAL' : 'REQUIRED'
  switch (of.type) {
    case 'struct': return [{ name, repetition_type, num_children: of.fields.length }, ...of.fields.flatMap(field => elements(field.name, field.schema))]
    case 'array': return [
      { name, repetition_type, converted_type: 'LIST', num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      ...elements('element', of.valueSchema!)
    ]
    case 'map': return [
      { name, repetition_type, converted_type: 'MAP', num_children: 1 },
      { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
      ...elements('key', of.keySchema!),
      ...elements('value', of.valueSchema!)
    ]
    default: return [{ name, repetition_type, ...leaf(of) }]
  }
}

function leaf (of: Schema): Omit<SchemaElement, 'name'> {
  switch (of.name) {
    case logical.date: return { type: 'INT32', converted_type: 'DATE' }
    case logical.time: return { type: 'INT32', converted_type: 'TIME_MILLIS' }
    case logical.timestamp: return { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' }
    case logical.decimal: return { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, converted_type: 'DECIMAL', scale: scaleOf(of), precision: precisionOf(of) }
  }
  switch (of.type) {
    case 'boolean': return { type: 'BOOLEAN' }
    case 'int8': return { type: 'INT32', converted_type: 'INT_8' }
    case 'int16': return { type: 'INT32', converted_type: 'INT_16' }
    case 'int32': return { type: 'INT32' }
    case 'int64': return { type: 'INT64' }
    case 'float32': return { type: 'FLOAT' }
    case 'float64': return { type: 'DOUBLE' }
    case 'string': return { type: 'BYTE_ARRAY', converted_type: 'UTF8' }
    default: return { type: 'BYTE_ARRAY' }
  }
}

function scaleOf (of: Schema): number { return Number(of.parameters?.scale ?? 0) }

/** The digits of a decimal's column. */
export function precisionOf (of: Schema): number {
  return Math.min(maxPrecision, Number(of.parameters?.['connect.decimal.precision'] ?? maxPrecision))
}

/** A value as the Parquet writer takes it: 64-bit integers as bigint, unscaled decimals as bigint, lists and maps as arrays. */
export function parquetValue (of: Schema, value: unknown): unknown {
  if (value === null || value === undefined) return null
  if (of.name === logical.decimal) return integerFromBytes(value as Buffer)
  switch (of.type) {
    case 'int64': return BigInt(value as number | bigint)
    case 'array': return (value as unknown[]).map(item => parquetValue(of.valueSchema!, item))
    case 'map': return (value as { key: unknown, value: unknown }[]).map(entry => ({ key: parquetValue(of.keySchema!, entry.key), value: parquetValue(of.valueSchema!, entry.value) }))
    case 'struct': {
      const bag = value as Record<string, unknown>
      return Object.fromEntries(of.fields.map(field => [field.name, parquetValue(field.schema, bag[field.name])]))
    }
    default: return value
  }
}
