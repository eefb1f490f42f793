import type { AvroReader } from './avro-reader.ts'
import type { AvroWriter } from './avro-writer.ts'

export type AvroRead = (from: AvroReader) => unknown
export type AvroWrite = (to: AvroWriter, value: unknown) => void

export interface AvroStructField {
  readonly name: string
  readonly read: AvroRead
  readonly write: AvroWrite
  /** Written for a member that is not set. */
  readonly default: unknown
}

// Code of its own for each record gives objects of one shape and calls that can be inlined: several times as fast as a loop over the fields. The
// names stand in it as JSON, which is a string in JavaScript too.
const compile = (body: string): (fields: readonly AvroStructField[]) => unknown =>
  // oxlint-disable-next-line no-new-func, no-implied-eval
  new Function('fields', body) as (fields: readonly AvroStructField[]) => unknown

/** Reads a record into an object with a member for each field. */
export function structReader (fields: readonly AvroStructField[]): AvroRead {
  const reads = fields.map((_, i) => `const read${i} = fields[${i}].read\n`)
  // In brackets a member may be called __proto__.
  const members = fields.map(({ name }, i) => `${name === '__proto__' ? '["__proto__"]' : JSON.stringify(name)}: read${i}(from)`)
  return compile(`${reads.join('')}return from => ({ ${members.join(', ')} })`)(fields) as AvroRead
}

/** Writes the fields of an object, absent and null ones by their default. */
export function structWriter (fields: readonly AvroStructField[]): AvroWrite {
  const writes = fields.map((_, i) => `const write${i} = fields[${i}].write, default${i} = fields[${i}].default\n`)
  const members = fields.map(({ name }, i) => {
    const key = JSON.stringify(name)
    return `write${i}(to, ${name in {} ? `(Object.hasOwn(value, ${key}) ? value[${key}] : null)` : `value[${key}]`} ?? default${i})\n`
  })
  return compile(`${writes.join('')}return (to, value) => {
    if (typeof value !== 'object' || value === null) throw new Error('no struct')
    ${members.join('    ')}}`)(fields) as AvroWrite
}
