import { dataError, schema as make, TypedNumber } from '@tributary/plugin'
import type { Schema, SchemaOptions } from '@tributary/plugin'
import { nullSymbol } from './json-schema-dialect.ts'
import type { JsonSchemaDialect } from './json-schema-dialect.ts'
import type { JsonSchemaNode } from './json-schema-node.ts'
import type { JsonNode } from '../json/json-parse.ts'
import { compileJsonSchemaReader } from './json-schema-reader.ts'

type NodeOf<K> = Extract<JsonSchemaNode, { readonly kind: K }>

const numberTypes = new Set(['int8', 'int16', 'int32', 'int64', 'float32', 'float64', 'bytes'] as const)
type NumberType = typeof numberTypes extends Set<infer T> ? T : never

/** The Connect schema of a JSON Schema, as Confluent's JsonSchemaData reads it. `version`: of the schema in its registry. Throws data errors. */
export function connectSchemaOf (node: JsonSchemaNode, dialect: JsonSchemaDialect, version: number | null): Schema {
  return new Mapping(dialect).map(node, { version, optional: false })
}

interface Outer { readonly version: number | null, readonly optional: boolean }

const inner: Outer = { version: null, optional: false }

class Mapping {
  readonly #dialect: JsonSchemaDialect
  /** Schemas referred to, of which the mapping has not ended. */
  readonly #open = new Set<JsonSchemaNode>()
  /** Those that it has: what is used at a thousand places is mapped once or twice. */
  readonly #done = { required: new Map<JsonSchemaNode, Schema>(), optional: new Map<JsonSchemaNode, Schema>() }
  #unions = 0

  constructor (dialect: JsonSchemaDialect) { this.#dialect = dialect }

  map (node: JsonSchemaNode, outer: Outer): Schema {
    switch (node.kind) {
      case 'boolean': return finished(make.of('boolean'), node, outer)
      case 'integer': case 'number': return finished(make.of(numberType(node)), node, outer)
      case 'string': return finished(make.of(node.connect.type === 'bytes' ? 'bytes' : 'string'), node, outer)
      case 'const': return finished(this.#enum([node.value]), node, outer)
      case 'enum': return finished(this.#enum(node.values), node, outer)
      case 'choice': return this.#choice(node, outer)
      case 'all': return this.#all(node, outer)
      case 'array': return finished(this.#array(node), node, outer)
      case 'object': return finished(this.#object(node), node, outer)
      case 'reference': return this.#referred(node.target(), outer)
      default: throw dataError('A part of the JSON Schema has no type, such as {"type":"string"}: Connect has no schema for it.')
    }
  }

  #referred (target: JsonSchemaNode, outer: Outer): Schema {
    if (this.#open.has(target)) throw dataError(`The JSON Schema${target.title === null ? '' : ` ${target.title}`} holds itself, which Connect's schemas cannot express.`)
    const done = outer.optional ? this.#done.optional : this.#done.required
    const known = done.get(target)
    if (known !== undefined) return known
    this.#open.add(target)
    const schema = this.map(target, outer)
    this.#open.delete(target)
    done.set(target, schema)
    return schema
  }

  #enum (values: readonly JsonNode[]): Schema {
    const { enum: name, symbol } = this.#dialect.names
    const symbols = values.map((value, i) => {
      const text = symbolText(value)
      return [`${name}.${text}`, symbol(text, i)] as const
    })
    // JSON's enums have no name.
    return make.of('string', { parameters: { [name]: '', ...Object.fromEntries(symbols) } })
  }

  #choice (node: NodeOf<'choice'>, outer: Outer): Schema {
    const [only] = node.of
    if (node.of.length === 1 && this.#dialect.flattensSingletons) return this.map(only!, outer)
    const { names } = this.#dialect
    const name = names.union(this.#unions++)
    const others = node.of.filter(({ kind }) => kind !== 'null')
    if (node.of.length === 2 && others.length === 1) return this.map(others[0]!, { ...outer, optional: true })
    const fields = others.map((one, i) => [`${names.unionField}${i}`, this.map(one, { version: null, optional: true })] as const)
    const parameters = names.unionParameter === null ? null : { [names.unionParameter]: name }
    return finished(make.struct(fields, { name, parameters, optional: others.length < node.of.length }), node, outer)
  }

  #array ({ items, connect }: NodeOf<'array'>): Schema {
    if (items === null) throw dataError('Array schema did not specify the items type')
    if (connect.type !== 'map' || items.kind !== 'object') return make.array(this.map(items, inner))
    const [key, value] = [items.properties.get('key'), items.properties.get('value')]
    if (key === undefined || value === undefined) throw dataError('The entries of a map need the properties key and value.')
    return make.map(this.map(key, inner), this.map(value, inner))
  }

  #object ({ properties, required, additional, connect }: NodeOf<'object'>): Schema {
    if (connect.type === 'map') {
      if (additional === null) throw dataError('A map needs additionalProperties with the schema of its values.')
      return make.map(make.of('string'), this.map(additional, inner))
    }
    const places = [...properties].map(([name, node], i) => ({ name, node, index: node.connect.index ?? i }))
    return this.#struct(places.toSorted((a, b) => a.index - b.index).map(({ name, node }) => [name, node]), name => required.has(name))
  }

  #struct (properties: readonly (readonly [string, JsonSchemaNode])[], isRequired: (name: string) => boolean): Schema {
    return make.struct(properties.map(([name, node]) => [name, this.map(node, { version: null, optional: this.#dialect.optionalForNonRequired && !isRequired(name) })]))
  }

  /** What holds all of several schemas: a struct with the fields of all, or else the type that one of them tells. */
  #all (node: NodeOf<'all'>, outer: Outer): Schema {
    if (node.of.length === 1 && this.#dialect.flattensSingletons) return this.map(node.of[0]!, outer)
    const fields = new Map<string, { node: JsonSchemaNode, isRequired: boolean }>()
    collectFields(node, fields, new Set())
    if (fields.size > 0) {
      const struct = this.#struct([...fields].map(([name, field]) => [name, field.node]), name => fields.get(name)!.isRequired)
      return outer.optional ? make.with(struct, { optional: true }) : struct
    }
    const last = (...kinds: JsonSchemaNode['kind'][]): JsonSchemaNode | undefined => node.of.findLast(({ kind }) => kinds.includes(kind))
    const type = last('string') ?? last('number', 'integer')
    const number = last('number', 'integer')
    const found = last('choice', 'all') ??
      (last('const') !== undefined ? type : undefined) ??
      (last('enum') !== undefined ? last('string') !== undefined ? last('enum') : number : undefined) ??
      number ?? last('string', 'boolean') ?? last('reference') ?? last('array', 'object') ?? last('enum', 'const')
    if (found === undefined) throw dataError('The parts of an allOf tell no type that Connect has.')
    return this.map(found, outer)
  }
}

function collectFields (node: JsonSchemaNode, fields: Map<string, { node: JsonSchemaNode, isRequired: boolean }>, visited: Set<JsonSchemaNode>): void {
  if (visited.has(node)) return
  visited.add(node)
  if (node.kind === 'all') for (const one of node.of) collectFields(one, fields, visited)
  else if (node.kind === 'reference') collectFields(node.target(), fields, visited)
  else if (node.kind === 'object') for (const [name, property] of node.properties) fields.set(name, { node: property, isRequired: node.required.has(name) })
}

function numberType ({ kind, connect: { type } }: JsonSchemaNode): NumberType {
  if (type === null) return kind === 'integer' ? 'int64' : 'float64'
  if (!numberTypes.has(type as NumberType)) throw dataError(`Unsupported type ${type}`)
  return type as NumberType
}

function symbolText (value: JsonNode): string {
  if (value === null || value === undefined) return nullSymbol
  if (value instanceof TypedNumber) return value.text ?? String(value.value)
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** The schema with what its JSON Schema says beside the type. */
function finished (schema: Schema, { title, description, default: value, connect }: JsonSchemaNode, outer: Outer): Schema {
  const options: SchemaOptions = {
    name: schema.name ?? title,
    version: connect.version ?? outer.version,
    doc: description,
    parameters: schema.parameters === null && connect.parameters === null ? null : { ...schema.parameters, ...connect.parameters },
    optional: schema.optional || outer.optional
  }
  const bare = make.with(schema, options)
  return value === undefined || value === null ? bare : make.with(bare, { default: compileJsonSchemaReader(bare)(value) })
}
