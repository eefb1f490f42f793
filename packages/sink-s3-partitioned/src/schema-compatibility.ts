import { dataError, sameValue } from '@tributary/plugin'
import type { Schema, SchemaType } from '@tributary/plugin'

/** Confluent's `schema.compatibility`: when a record whose schema is not that of the open file is projected to it, instead of beginning a new file. */
export const compatibilities = ['NONE', 'BACKWARD', 'FORWARD', 'FULL'] as const
export type Compatibility = typeof compatibilities[number]

/**
 * Whether a record of one schema goes into a file of another. BACKWARD and FULL: if it is older, FORWARD: if it is newer, and the file's schema can
 * hold it. Throws a data error where a schema has no version to tell by.
 */
export function fitsInto (record: Schema, file: Schema, compatibility: Compatibility): boolean {
  if (compatibility === 'NONE') return false
  if (record.version === null || file.version === null) {
    throw dataError(`Schema version required for ${compatibility} compatibility: use a converter with a schema registry, whose schemas have versions, or schema.compatibility=NONE.`)
  }
  return (compatibility === 'FORWARD' ? record.version >= file.version : record.version <= file.version) && canHold(file, record)
}

const numbers: readonly SchemaType[] = ['int8', 'int16', 'int32', 'int64', 'float32', 'float64']

function canHold (file: Schema, record: Schema): boolean {
  if (file === record) return true
  if (record.optional && !file.optional && file.default == null) return false
  const isWider = numbers.includes(record.type) && numbers.indexOf(file.type) >= numbers.indexOf(record.type)
  if ((file.type !== record.type && !isWider) || file.name !== record.name || !sameValue(file.parameters ?? {}, record.parameters ?? {})) return false
  if (file.keySchema !== null && !canHold(file.keySchema, record.keySchema!)) return false
  if (file.valueSchema !== null && !canHold(file.valueSchema, record.valueSchema!)) return false
  return file.fields.every(({ name, schema }) => {
    const own = record.fields.find(field => field.name === name)
    return own === undefined ? schema.optional || schema.default != null : canHold(schema, own.schema)
  })
}
