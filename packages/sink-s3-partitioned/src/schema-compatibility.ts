import { canProject, dataError } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'

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
  return (compatibility === 'FORWARD' ? record.version >= file.version : record.version <= file.version) && canProject(record, file)
}
