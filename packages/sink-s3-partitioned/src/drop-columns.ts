import { entriesOf, schema, withParts } from '@tributary/plugin'
import type { Schema, SinkRecord } from '@tributary/plugin'
import { hiveUnescape, memberOf, partitionValues, segmentOf } from './field-directories.ts'
import { lateDirectory } from './late.ts'

/**
 * Takes the fields out of a value that its directory holds already (`partition.columns.drop`): a table that has a column both in its files and
 * in its partitions is refused by Athena and Hive. A field of another value than the directory's stays: it stands nowhere else.
 */
export function columnDropper (delim: string): (record: SinkRecord, directory: string) => SinkRecord {
  const columns = new Map<string, ReadonlyMap<string, string>>()
  const schemas = new WeakMap<Schema, Map<string, Schema>>()
  const latePrefix = lateDirectory('', delim) + delim
  const columnsOf = (directory: string): ReadonlyMap<string, string> => {
    let values = columns.get(directory)
    if (values === undefined) {
      // Whether a record came late is none of its fields.
      values = partitionValues(`${directory}${delim}`.startsWith(latePrefix) ? directory.slice(latePrefix.length) : directory, delim)
      if (columns.size >= 40_000) columns.clear()
      columns.set(directory, values)
    }
    return values
  }
  const schemaWithout = (from: Schema, names: readonly string[]): Schema => {
    const known = schemas.get(from) ?? new Map<string, Schema>()
    schemas.set(from, known)
    const key = names.join('\0')
    const made = known.get(key) ?? schema.struct(from.fields.filter(field => !names.includes(field.name)).map(field => [field.name, field.schema] as const), from)
    known.set(key, made)
    return made
  }
  return (record, directory) => {
    const { value, valueSchema } = record
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array || Array.isArray(value)) return record
    const names: string[] = []
    for (const [name, text] of columnsOf(directory)) {
      if ((value instanceof Map ? value.has(name) : Object.hasOwn(value, name)) && hiveUnescape(segmentOf(memberOf(value, name))) === text) names.push(name)
    }
    if (names.length === 0) return record
    const kept = entriesOf(value).filter(([name]) => !names.some(dropped => dropped === name))
    const rest = value instanceof Map ? new Map(kept) : Object.fromEntries(kept)
    return withParts(record, { value: rest, valueSchema: valueSchema?.type === 'struct' ? schemaWithout(valueSchema, names) : valueSchema })
  }
}
