import { TypedNumber, valueText } from '@tributary/plugin'
import type { SinkRecord } from '@tributary/plugin'

/** What Hive calls the partition of rows without a value. */
const hiveDefault = '__HIVE_DEFAULT_PARTITION__'
// Hive's own list: these would end a path segment, or mean something to a shell or a file system.
// eslint-disable-next-line no-control-regex -- control characters are exactly what is meant
const hiveUnsafe = /[\u0001-\u001F"#%'*/:=?\\\u007F{[\]^]/g

/** A value as it stands in a path, escaped as Hive escapes it. */
export function hiveEscape (value: string): string {
  if (value === '') return hiveDefault
  return value.replace(hiveUnsafe, letter => `%${letter.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}

/** The value that {@link hiveEscape} was given. */
export function hiveUnescape (text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** Hive columns and values of a directory such as `ot=2019111215/state=WA`; empty where it is not of that kind. */
export function partitionValues (directory: string, delim = '/'): Map<string, string> {
  const values = new Map<string, string>()
  for (const segment of directory.split(delim)) {
    const at = segment.indexOf('=')
    if (at <= 0) return new Map()
    values.set(hiveUnescape(segment.slice(0, at)), hiveUnescape(segment.slice(at + 1)))
  }
  return values
}

/** Makes paths such as `state=WA/city=Seattle` from fields of structs and maps, values escaped. A field that is null or missing has Hive's default partition. */
export function fieldDirectories (fields: readonly string[], delim: string): (record: SinkRecord) => string {
  const columns = fields.map(field => ({ name: `${hiveEscape(field)}=`, field, steps: field.split('.') }))
  return ({ value }) => columns.map(({ name, field, steps }) => name + segmentOf(memberAt(value, field, steps))).join(delim)
}

/** A member by its own name with dots in it, as Flatten may leave it, or else by its path. */
export function memberAt (value: unknown, field: string, steps: readonly string[]): unknown {
  const own = memberOf(value, field)
  return own ?? (steps.length === 1 ? null : steps.reduce((current, step) => memberOf(current, step), value))
}

/** A member by its own name; null without it. */
export function memberOf (value: unknown, name: string): unknown {
  if (value instanceof Map) return value.get(name) ?? null
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null
  return (value as Record<string, unknown>)[name] ?? null
}

/** A value as it stands in a directory. */
export function segmentOf (value: unknown): string {
  if (value === null || value === undefined) return hiveDefault
  if (typeof value === 'number' || typeof value === 'bigint') return hiveEscape(String(value))
  // Decimals with all their digits, dates as Connect's headers have them: 2019-11-12 at midnight, else with the time.
  return hiveEscape(value instanceof TypedNumber ? value.text ?? String(value.value) : valueText(value, null))
}
