import { BySchema, defineTransform, logical, schema as make, t } from '@tributary/plugin'
import type { Schema, Transform } from '@tributary/plugin'
import { castTypes, parseCastSpec } from './cast-spec.ts'
import type { CastType } from './cast-spec.ts'
import { castValue as castOne } from './cast-values.ts'
import { replaceNullWithDefault } from './common-keys.ts'
import { keyPart, memberOf, requireMap, requireStruct, valuePart } from './record-part.ts'
import type { RecordPart } from './record-part.ts'
import { schemaBasics, schemaError, structSchema } from './struct-schema.ts'
import { putMember, requireFields, structMember, withMembers } from './struct-access.ts'

const config = t.object({
  spec: t.list({
    description: `What to cast, as field:type pairs, or one type alone for the whole value. Types: ${castTypes.join(', ')}. Bytes can be cast to string only.`,
    importance: 'HIGH',
    allowed: 'list of colon-delimited pairs, e.g. foo:bar,abc:xyz',
    validator: { allowed: 'list of colon-delimited pairs, e.g. foo:bar,abc:xyz', check: (_key, value) => specProblem(value) }
  }),
  'replace.null.with.default': replaceNullWithDefault
})

/** Java's `org.apache.kafka.connect.transforms.Cast`. */
function cast (part: RecordPart) {
  return defineTransform({
    summary: `Casts fields of the ${part.name.toLowerCase()}, or all of it, to another type.`,
    config,
    create: ({ spec, 'replace.null.with.default': withDefault }) => createCast(part, spec, withDefault)
  })
}

export const castKey = cast(keyPart)
export const castValue = cast(valuePart)

function specProblem (value: unknown): string | null {
  const spec = value as readonly string[] | null
  if (spec === null || spec.length === 0) return 'Must specify at least one field to cast.'
  try {
    parseCastSpec(spec)
    return null
  } catch (error) {
    return (error as Error).message
  }
}

function createCast (part: RecordPart, mappings: readonly string[], withDefault: boolean): Transform {
  const spec = parseCastSpec(mappings)
  return 'whole' in spec ? castWhole(part, spec.whole) : castMembers(part, spec.members, withDefault)
}

function castWhole (part: RecordPart, type: CastType): Transform {
  const schemas = new BySchema(from => {
    const fallback = castOne(from, from.default ?? null, type)
    const bare = make.of(type, { ...schemaBasics(from), optional: from.optional })
    return fallback === null ? bare : withDefault(bare, fallback)
  })
  return record => {
    const value = part.value(record)
    if (value === null) return record
    const schema = part.schema(record)
    return part.replace(record, schema === null ? null : schemas.get(schema), castOne(schema, value, type))
  }
}

function castMembers (part: RecordPart, types: ReadonlyMap<string, CastType>, replaceNull: boolean): Transform {
  const purpose = 'cast types'
  const schemas = new BySchema(from => castSchema(from, types))
  return record => {
    const value = part.value(record)
    if (value === null) return record
    const schema = part.schema(record)
    if (schema === null) {
      const map = requireMap(value, purpose)
      return part.replace(record, null, withMembers(map, [...types].map(([name, type]) => [name, castOne(null, memberOf(map, name), type)] as const)))
    }
    const updated = schemas.get(schema)
    const struct = requireStruct(value, schema, purpose)
    const result: Record<string, unknown> = {}
    for (const field of schema.fields) {
      const type = types.get(field.name)
      const member = structMember(struct, field, replaceNull)
      putMember(result, field.name, field.schema, type === undefined ? member : castOne(field.schema, member, type))
    }
    return part.replace(record, updated, result)
  }
}

function castSchema (from: Schema, types: ReadonlyMap<string, CastType>): Schema {
  requireFields(from)
  const fields = from.fields.map(({ name, schema }) => {
    const type = types.get(name)
    if (type === undefined) return [name, schema] as const
    const fallback = castOne(schema, schema.default ?? null, type)
    return [name, make.of(type, { optional: schema.optional, default: fallback ?? undefined })] as const
  })
  // Java casts the default of the struct too, which it cannot: the same error comes out.
  castOne(from, from.default ?? null, 'string')
  return structSchema(fields, { ...schemaBasics(from), optional: from.optional })
}

const dateNames: readonly string[] = [logical.date, logical.time, logical.timestamp]

/** Sets a default; under the name of a date Java takes nothing but a date, and a cast date is none. */
function withDefault (schema: Schema, value: unknown): Schema {
  if (schema.name !== null && (dateNames.includes(schema.name) || schema.name === logical.decimal)) {
    throw schemaError('Invalid default value')
  }
  return make.with(schema, { default: value })
}
