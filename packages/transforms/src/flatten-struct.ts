import { dataError, schema } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'
import { schemaBasics, structSchema } from './struct-schema.ts'
import type { Bag } from './record-part.ts'

/** How structs of one schema are flattened: the schema of the result, and a function compiled for exactly these fields. */
export interface StructPlan {
  readonly schema: Schema
  readonly flatten: (struct: Bag) => Bag
}

interface Draft {
  readonly delimiter: string
  readonly fields: [string, Schema][]
  /** What the compiled function cannot name in its text: defaults. */
  readonly constants: unknown[]
  body: string
  members: string
  variables: number
}

/**
 * Plans the flattening of structs. Below an optional parent every field is optional; a field without a default takes its part of the
 * parent's default; name, version and doc of the schema are kept. Throws a data error for MAP fields and for arrays to be taken apart.
 */
export function planStruct (from: Schema, delimiter: string, arrays: 'copy' | 'flatten'): StructPlan {
  const draft: Draft = { delimiter, fields: [], constants: [], body: '', members: '', variables: 0 }
  draftFields(draft, from, { variable: 'struct', prefix: '', optional: from.optional, inherited: bagOrNull(from.default), nullable: false, arrays })
  const source = `'use strict'; return struct => {${draft.body}\nreturn {${draft.members}} }`
  // oxlint-disable-next-line typescript/no-implied-eval -- compiling is the point; names stand in the source as JSON texts only.
  const make = new Function('constants', 'own', 'missing', source) as (constants: unknown[], own: typeof ownMember, missing: typeof missingField) => StructPlan['flatten']
  return { schema: structSchema(draft.fields, schemaBasics(from)), flatten: make(draft.constants, ownMember, missingField) }
}

interface Level {
  variable: string
  prefix: string
  optional: boolean
  inherited: Bag | null
  /** The struct of this level may be null. */
  nullable: boolean
  arrays: 'copy' | 'flatten'
}

function draftFields (draft: Draft, from: Schema, level: Level): void {
  for (const field of from.fields) {
    const name = level.prefix === '' ? field.name : level.prefix + draft.delimiter + field.name
    const optional = level.optional || field.schema.optional
    const fallback = field.schema.default ?? defaultOf(level.inherited, field.name)
    const read = `${field.name in Object.prototype ? 'own(' + level.variable + ', ' + JSON.stringify(field.name) + ')' : level.variable + '[' + JSON.stringify(field.name) + ']'}`
    const guarded = level.nullable ? `(${level.variable} === null ? null : ${read})` : read
    if (field.schema.type === 'struct') {
      const variable = `s${draft.variables++}`
      draft.body += `\nconst ${variable} = ${guarded} ?? null;`
      draftFields(draft, field.schema, { ...level, variable, prefix: name, optional, inherited: bagOrNull(fallback), nullable: true })
      continue
    }
    if (field.schema.type === 'map') throw dataError(`Flatten transformation does not support MAP for record with schemas (for field ${name}).`)
    if (field.schema.type === 'array' && level.arrays === 'flatten') {
      throw dataError(`Flatten with arrays=flatten works on records without a schema only, since the length of ${name} is not part of its schema. Use arrays=copy.`)
    }
    draft.fields.push([name, schema.with(field.schema, { optional, default: fallback ?? undefined })])
    const member = name === '__proto__' ? '["__proto__"]' : JSON.stringify(name)
    draft.members += `${member}: ${level.nullable ? `${level.variable} === null ? null : ` : ''}${valueText(draft, field.schema, { read, name, optional })},`
  }
}

/** The value of a field, its own default if null; a null in a required field is an error, as in Java's Struct.put. */
function valueText (draft: Draft, fieldSchema: Schema, { read, name, optional }: { read: string, name: string, optional: boolean }): string {
  if (fieldSchema.default !== undefined && fieldSchema.default !== null) {
    return `(${read} ?? constants[${draft.constants.push(fieldSchema.default) - 1}])`
  }
  return optional ? `(${read} ?? null)` : `(${read} ?? missing(${JSON.stringify(name)}, ${JSON.stringify(fieldSchema.type.toUpperCase())}))`
}

function ownMember (struct: Bag, name: string): unknown {
  return Object.hasOwn(struct, name) ? struct[name] : null
}

function missingField (name: string, type: string): never {
  throw dataError(`Invalid value: null used for required field: "${name}", schema type: ${type}`)
}

function bagOrNull (value: unknown): Bag | null {
  return typeof value === 'object' && value !== null ? value as Bag : null
}

/** A field's part of the default of its struct. */
function defaultOf (inherited: Bag | null, name: string): unknown {
  return inherited === null ? null : ownMember(inherited, name)
}
