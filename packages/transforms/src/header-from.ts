import { BySchema, configError, dataError, defineTransform, t, withParts } from '@tributary/plugin'
import type { Header, Schema, Transform } from '@tributary/plugin'
import { replaceNullWithDefault } from './common-keys.ts'
import { keyPart, memberOf, requireMap, requireStruct, setMember, valuePart } from './record-part.ts'
import type { Bag, RecordPart } from './record-part.ts'
import { fieldOf, putMember, structMember } from './struct-access.ts'
import { schemaBasics, structSchema } from './struct-schema.ts'

const emptyList = (items: readonly string[]): string | null => items.length === 0 ? 'Empty list' : null

const config = t.object({
  fields: t.list({ description: 'Fields whose values go into headers.', importance: 'HIGH', allowed: 'non-empty list', check: emptyList }),
  headers: t.list({ description: 'Names of the headers, in the order of the fields.', importance: 'HIGH', allowed: 'non-empty list', check: emptyList }),
  operation: t.enum(['move', 'copy'], { description: 'move takes the fields out of the record, copy leaves them there too.', importance: 'HIGH' }),
  'replace.null.with.default': replaceNullWithDefault
})

/** Java's `org.apache.kafka.connect.transforms.HeaderFrom`. */
function headerFrom (part: RecordPart) {
  return defineTransform({
    summary: `Moves or copies fields of the ${part.name.toLowerCase()} into headers.`,
    config,
    create: ({ fields, headers, operation, 'replace.null.with.default': withDefault }) => {
      if (fields.length !== headers.length) throw configError("'fields' config must have the same number of elements as 'headers' config.")
      return createHeaderFrom(part, { fields, headers, operation, withDefault })
    }
  })
}

export const headerFromKey = headerFrom(keyPart)
export const headerFromValue = headerFrom(valuePart)

interface Options { fields: readonly string[], headers: readonly string[], operation: 'move' | 'copy', withDefault: boolean }

function createHeaderFrom (part: RecordPart, { fields, headers, operation, withDefault }: Options): Transform {
  const purpose = `header ${operation}`
  const rest = new BySchema(from => structSchema(from.fields.filter(({ name }) => !fields.includes(name)).map(f => [f.name, f.schema] as const), schemaBasics(from)))
  return record => {
    const value = part.value(record)
    const schema = part.schema(record)
    if (schema === null) {
      const map = requireMap(value, purpose)
      const added = fields.map((field, i): Header => ({ key: headers[i]!, schema: null, value: memberOf(map, field) }))
      const kept = operation === 'move' ? without(map, fields) : map
      return withParts(part.replace(record, null, kept), { headers: [...record.headers, ...added] })
    }
    const struct = requireStruct(value, schema, purpose)
    const kept = operation === 'move' ? moved(struct, schema, rest.get(schema), withDefault) : struct
    const added = fields.map((name, i): Header => {
      const field = fieldOf(schema, name)
      if (field === undefined) throw dataError(`Field ${name} is not in the schema of the record, so it cannot become a header.`)
      const member = structMember(struct, field, withDefault)
      if (member === null && !field.schema.optional) throw dataError(`A null value requires an optional schema but was Schema{${field.schema.type.toUpperCase()}}`)
      return { key: headers[i]!, schema: field.schema, value: member }
    })
    return withParts(part.replace(record, operation === 'move' ? rest.get(schema) : schema, kept), { headers: [...record.headers, ...added] })
  }
}

function without (map: Bag | ReadonlyMap<unknown, unknown>, fields: readonly string[]): unknown {
  if (map instanceof Map) return new Map([...map as Map<unknown, unknown>].filter(([name]) => !fields.includes(name as string)))
  const kept: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(map)) if (!fields.includes(name)) setMember(kept, name, value)
  return kept
}

function moved (struct: Bag, from: Schema, to: Schema, withDefault: boolean): Bag {
  const kept: Record<string, unknown> = {}
  for (const { name } of to.fields) {
    const field = fieldOf(from, name)!
    putMember(kept, name, field.schema, structMember(struct, field, withDefault))
  }
  return kept
}
