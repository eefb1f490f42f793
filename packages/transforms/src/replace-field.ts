import { BySchema, configError, dataError, defineTransform, javaClassOf, t, validateValue, validators } from '@tributary/plugin'
import type { Field, Schema } from '@tributary/plugin'
import { splitJava } from './cast-spec.ts'
import { replaceNullWithDefault } from './common-keys.ts'
import { keyPart, membersOf, requireMap, requireStruct, setMember, valuePart } from './record-part.ts'
import type { Bag, RecordPart } from './record-part.ts'
import { fieldOf, putMember, structMember } from './struct-access.ts'
import { schemaBasics, structSchema } from './struct-schema.ts'

const names = validators.distinctList({ emptyAllowed: true, nullAllowed: false })
const mappings = 'list of colon-delimited pairs, e.g. foo:bar,abc:xyz'

const config = t.object({
  exclude: t.list({ description: 'Fields to leave out; goes before include.', default: [], validator: names }),
  include: t.list({ description: 'Fields to keep; empty keeps all.', default: [], validator: names }),
  renames: t.list({
    description: 'New names for fields, as old:new pairs. exclude and include go by the old names.',
    default: [],
    allowed: mappings,
    validator: { allowed: mappings, check: (_key, value) => renamesProblem(value as readonly string[] | null ?? []) }
  }),
  'replace.null.with.default': replaceNullWithDefault
})

const purpose = 'field replacement'

/** Java's `org.apache.kafka.connect.transforms.ReplaceField`. */
function replaceField (part: RecordPart) {
  return defineTransform({
    summary: `Leaves out, keeps or renames fields of the ${part.name.toLowerCase()}.`,
    config,
    create: ({ exclude, include, renames, 'replace.null.with.default': withDefault }) => {
      const choice = new FieldChoice(exclude, include, parseRenames(renames))
      const plans = new BySchema(from => planOf(from, choice))
      return record => {
        const value = part.value(record)
        if (value === null) return record
        const schema = part.schema(record)
        if (schema === null) return part.replace(record, null, choice.apply(requireMap(value, purpose)))
        const struct = requireStruct(value, schema, purpose)
        const plan = plans.get(schema)
        const result: Record<string, unknown> = {}
        for (const { name, schema, source } of plan.fields) {
          if (source === undefined) throw dataError(`${choice.oldName(name)} is not a valid field name`)
          const member = structMember(struct, source, withDefault)
          // Where two fields have changed places or names, what is put need not fit.
          if (schema !== source.schema && (member != null || schema.default == null)) validateValue(schema, member ?? null, name)
          putMember(result, name, source.schema, member)
        }
        return part.replace(record, plan.schema, result)
      }
    }
  })
}

export const replaceFieldKey = replaceField(keyPart)
export const replaceFieldValue = replaceField(valuePart)

function renamesProblem (renames: readonly string[]): string | null {
  const wrong = renames.find(mapping => splitJava(mapping).length !== 2)
  return wrong === undefined ? null : `Invalid value [${renames.join(', ')}] for configuration renames: Invalid rename mapping: ${wrong}`
}

function parseRenames (renames: readonly string[]): Map<string, string> {
  const problem = renamesProblem(renames)
  if (problem !== null) throw configError(problem)
  return new Map(renames.map(mapping => splitJava(mapping) as [string, string]))
}

/** Which members stay, and under which names. */
class FieldChoice {
  readonly #exclude: ReadonlySet<string>
  readonly #include: ReadonlySet<string>
  readonly #renames: ReadonlyMap<string, string>
  readonly #oldNames: ReadonlyMap<string, string>

  constructor (exclude: readonly string[], include: readonly string[], renames: ReadonlyMap<string, string>) {
    this.#exclude = new Set(exclude)
    this.#include = new Set(include)
    this.#renames = renames
    this.#oldNames = new Map(Array.from(renames, ([from, to]) => [to, from]))
  }

  keeps (name: string): boolean { return !this.#exclude.has(name) && (this.#include.size === 0 || this.#include.has(name)) }

  newName (name: string): string { return this.#renames.get(name) ?? name }

  oldName (name: string): string { return this.#oldNames.get(name) ?? name }

  apply (map: Bag | ReadonlyMap<unknown, unknown>): Bag {
    const result: Record<string, unknown> = {}
    for (const [name, value] of membersOf(map)) {
      if (typeof name !== 'string') throw dataError(`Only maps with text for keys have fields to replace, found a key of class ${javaClassOf(name)}`)
      if (this.keeps(name)) setMember(result, this.newName(name), value)
    }
    return result
  }
}

interface Plan { readonly schema: Schema, readonly fields: readonly { readonly name: string, readonly schema: Schema, readonly source: Field | undefined }[] }

function planOf (from: Schema, choice: FieldChoice): Plan {
  const schema = structSchema(from.fields.filter(({ name }) => choice.keeps(name)).map(field => [choice.newName(field.name), field.schema] as const), schemaBasics(from))
  // Java looks the source of a field up by its new name alone.
  return { schema, fields: schema.fields.map(({ name, schema }) => ({ name, schema, source: fieldOf(from, choice.oldName(name)) })) }
}
