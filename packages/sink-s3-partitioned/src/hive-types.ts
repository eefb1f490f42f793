import { logical } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'
import type { DecimalFormat } from './json-line.ts'

/** A column of a Hive or Glue table. */
export interface Column {
  readonly name: string
  readonly type: string
}

/** How values stand in the files of a table: as the types of their schema, or as JSON with decimals of a kind. */
export interface HiveTypeOptions {
  readonly json: DecimalFormat | null
  /** Told the path of each field that no table can have: its name is not one for Hive, or is there already in other letters. */
  leftOut (path: string): void
  /** Told the path of each field that the table has in other letters. */
  recased (path: string): void
}

/** Hive separates names by these in the properties of a table, and Athena finds no column with them. */
// eslint-disable-next-line no-control-regex -- control characters are exactly what is meant
const badColumn = /[.,:;`\u0000-\u001F]/
/** A type is a text, in which Hive reads nothing else as the name of a member. */
const goodMember = /^[\p{L}\p{N}_$]+$/u
const maxName = 255
const maxPrecision = 38

/** Columns of a struct, in lower case as the catalogs have them. */
export function columnsOf (struct: Schema, options: HiveTypeOptions): Column[] {
  const isColumn = (name: string): boolean => name !== '' && name.length <= maxName && !badColumn.test(name)
  return members(struct, '', isColumn, options).map(([name, type]) => ({ name, type }))
}

/** A column of a partition for a name in a path; catalogs take the place of a partition from elsewhere, so the name need not be the same. */
export function partitionColumn (name: string): string { return name.toLowerCase().replace(new RegExp(badColumn, 'g'), '_') }

/** The Hive type of a schema; null for one that is nothing but structs without fields. */
export function hiveType (of: Schema, path: string, options: HiveTypeOptions): string | null {
  switch (of.name) {
    case logical.date: return options.json === null ? 'date' : 'int'
    case logical.timestamp: return options.json === null ? 'timestamp' : 'bigint'
    case logical.decimal: return decimalType(of, options.json)
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
    case 'bytes': return options.json === null ? 'binary' : 'string'
    case 'array': {
      const items = hiveType(of.valueSchema!, path, options)
      return items === null ? null : `array<${items}>`
    }
    case 'map': {
      const keys = hiveType(of.keySchema!, path, options)
      const values = hiveType(of.valueSchema!, path, options)
      return keys === null || values === null ? null : `map<${keys},${values}>`
    }
    case 'struct': {
      const types = members(of, `${path}.`, name => goodMember.test(name), options)
      return types.length === 0 ? null : `struct<${types.map(([name, type]) => `${name}:${type}`).join(',')}>`
    }
  }
}

function members (struct: Schema, prefix: string, isGood: (name: string) => boolean, options: HiveTypeOptions): [string, string][] {
  const found = new Map<string, string>()
  for (const { name, schema } of struct.fields) {
    const lower = name.toLowerCase()
    if (!isGood(name) || found.has(lower)) {
      options.leftOut(prefix + name)
      continue
    }
    const type = hiveType(schema, prefix + name, options)
    if (type !== null) found.set(lower, type)
    if (lower !== name) options.recased(prefix + name)
  }
  return [...found]
}

function decimalType (of: Schema, json: DecimalFormat | null): string {
  if (json === 'BASE64') return 'string'
  const precision = Math.min(maxPrecision, Number(of.parameters?.['connect.decimal.precision'] ?? maxPrecision))
  const scale = Number(of.parameters?.scale ?? 0)
  if (scale >= 0 && scale <= precision) return `decimal(${precision},${scale})`
  return json === null ? 'binary' : 'double'
}
