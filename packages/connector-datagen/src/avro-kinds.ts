import type { AvroSchema } from './avro-schema.ts'

/** How Connect sees values of an Avro type. */
export type LogicalKind = 'decimal' | 'date' | 'time' | 'timestamp' | 'plain'

/** The logical types that Confluent's Avro converter knows: those of milliseconds and days, and decimal. */
export function logicalKind ({ type, attributes }: AvroSchema): LogicalKind {
  switch (attributes['logicalType']) {
    case 'decimal': return type === 'bytes' || type === 'fixed' ? 'decimal' : 'plain'
    case 'date': return type === 'int' ? 'date' : 'plain'
    case 'time-millis': return type === 'int' ? 'time' : 'plain'
    case 'timestamp-millis': return type === 'long' ? 'timestamp' : 'plain'
    default: return 'plain'
  }
}

/** Name of a union's branch as a field of Connect's struct. */
export function branchName (branch: AvroSchema): string {
  return branch.fullName?.split('.').at(-1) ?? branch.type
}

/** The branches besides null; a union of null and one other is that other, optional. */
export function realBranches (union: AvroSchema): readonly AvroSchema[] {
  return union.branches.filter(({ type }) => type !== 'null')
}
