import { builderError, checkedSchema, dataError, schema as make } from '@tributary/plugin'
import type { Schema, SchemaOptions, SchemaType } from '@tributary/plugin'
import { intOf, isObject, isWhole } from './json-node.ts'
import { setMember } from './json-parse.ts'
import type { JsonNode } from './json-parse.ts'
import { compileReader } from './json-reader.ts'
import { compileWriter } from './json-writer.ts'
import type { WriterOptions } from './json-writer.ts'

const typeNames: Readonly<Partial<Record<SchemaType, string>>> = { float32: 'float', float64: 'double' }
const typesByName = new Map<string, SchemaType>([
  ...(['boolean', 'int8', 'int16', 'int32', 'int64', 'bytes', 'string', 'array', 'map', 'struct'] as const).map(type => [type, type] as const),
  ['float', 'float32'],
  ['double', 'float64']
])

/** A schema as the JSON text of an envelope, members in the order in which Java writes them. `field`: its name inside a struct. */
export function schemaText (schema: Schema, options: WriterOptions, field: string | null = null): string {
  const members = [`"type":"${typeNames[schema.type] ?? schema.type}"`]
  if (schema.type === 'struct') members.push(`"fields":[${schema.fields.map(({ name, schema }) => schemaText(schema, options, name)).join(',')}]`)
  if (schema.type === 'array') members.push(`"items":${schemaText(schema.valueSchema!, options)}`)
  if (schema.type === 'map') members.push(`"keys":${schemaText(schema.keySchema!, options)}`, `"values":${schemaText(schema.valueSchema!, options)}`)
  members.push(`"optional":${schema.optional}`)
  if (schema.name !== null) members.push(`"name":${JSON.stringify(schema.name)}`)
  if (schema.version !== null) members.push(`"version":${schema.version}`)
  if (schema.doc !== null) members.push(`"doc":${JSON.stringify(schema.doc)}`)
  if (schema.parameters !== null) members.push(`"parameters":${JSON.stringify(schema.parameters)}`)
  if (schema.default != null) members.push(`"default":${compileWriter(schema, options)(schema.default)}`)
  if (field !== null) members.push(`"field":${JSON.stringify(field)}`)
  return `{${members.join(',')}}`
}

function member (node: JsonNode, name: string): JsonNode {
  return isObject(node) && Object.hasOwn(node, name) ? node[name] : undefined
}

/** The schema that the JSON of an envelope describes; null for null. Throws data errors in Java's words. */
export function schemaOfNode (node: JsonNode, replaceNull: boolean): Schema | null {
  if (node === null) return null
  const typeName = member(node, 'type')
  if (typeof typeName !== 'string') throw dataError('Schema must contain \'type\' field')
  const type = typesByName.get(typeName)
  if (type === undefined) throw dataError(`Unknown schema type: ${typeName}`)
  const bare = checkedSchema(schemaOfType(type, node, optionsOf(node), replaceNull))
  const fallback = member(node, 'default')
  if (fallback === undefined) return bare
  const value = compileReader(bare, replaceNull)(fallback)
  // What is of another type is read as null, which is no default of what is required.
  if (value === null && !bare.optional) throw builderError('Invalid default value', { cause: dataError(`Invalid value: null used for required field: "null", schema type: ${bare.type.toUpperCase()}`) })
  return checkedSchema(make.with(bare, { default: value ?? undefined }))
}

function schemaOfType (type: SchemaType, node: JsonNode, options: SchemaOptions, replaceNull: boolean): Schema {
  if (type === 'array') {
    const items = schemaOfNode(member(node, 'items') ?? null, replaceNull)
    if (items === null) throw dataError('Array schema did not specify the element type')
    return make.array(items, options)
  }
  if (type === 'map') {
    const keys = member(node, 'keys')
    if (keys === undefined) throw dataError('Map schema did not specify the key type')
    const values = member(node, 'values')
    if (values === undefined) throw dataError('Map schema did not specify the value type')
    // A schema of null is refused where the map's schema is checked.
    return make.map(schemaOfNode(keys, replaceNull)!, schemaOfNode(values, replaceNull)!, options)
  }
  if (type !== 'struct') return make.of(type, options)
  const fields = member(node, 'fields')
  if (!Array.isArray(fields)) throw dataError('Struct schema\'s "fields" argument is not an array.')
  return make.struct(fields.map((field: JsonNode) => {
    const name = member(field, 'field')
    if (typeof name !== 'string') throw dataError('Struct schema\'s field name not specified properly')
    return [name, schemaOfNode(field, replaceNull)!] as const
  }), options)
}

function optionsOf (node: JsonNode): SchemaOptions {
  const [name, version, doc] = [member(node, 'name'), member(node, 'version'), member(node, 'doc')]
  return {
    optional: member(node, 'optional') === true,
    name: typeof name === 'string' ? name : null,
    version: isWhole(version) ? intOf(version) : null,
    doc: typeof doc === 'string' ? doc : null,
    parameters: parametersOf(member(node, 'parameters'))
  }
}

function parametersOf (node: JsonNode): Record<string, string> | null {
  if (!isObject(node)) return null
  const parameters: Record<string, string> = {}
  for (const [name, text] of Object.entries(node)) {
    if (typeof text !== 'string') throw dataError('Schema parameters must have string values.')
    setMember(parameters, name, text)
  }
  return Object.keys(parameters).length === 0 ? null : parameters
}
