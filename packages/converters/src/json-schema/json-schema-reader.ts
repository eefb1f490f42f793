import { dataError, logical, TypedNumber } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'
import { enumParameters, hasTextKeys, isUnion } from './json-schema-dialect.ts'
import { decimalOf, isObject, isWhole, nodeType } from '../json/json-node.ts'
import type { JsonNode } from '../json/json-parse.ts'
import { scalarReader, textMapReader } from '../json/json-reader.ts'
import type { Reader } from '../json/json-reader.ts'

/**
 * Compiles a schema into a function that reads its values from JSON as Confluent's JsonSchemaData does. It differs from JsonConverter: maps are
 * arrays of objects where their keys are no text, unions are the one value they hold, and a record may lack what is required: whoever uses it
 * finds it unset. Structs within others may not.
 */
export function compileJsonSchemaReader (schema: Schema): Reader {
  return schema.type === 'struct' && !isUnion(schema) ? nullable(schema, structReader(schema, true)) : reader(schema)
}

function reader (schema: Schema): Reader { return nullable(schema, contentReader(schema)) }

function nullable (schema: Schema, read: Reader): Reader {
  const fallback = schema.default ?? null
  return node => {
    if (node !== null) return read(node)
    if (fallback === null && !schema.optional) throw dataError(`Invalid null value for required ${schema.type.toUpperCase()} field`)
    return fallback
  }
}

function contentReader (schema: Schema): Reader {
  switch (schema.type) {
    case 'string': return textReader(schema)
    case 'bytes': return bytesReader(schema)
    case 'array': {
      const item = reader(schema.valueSchema!)
      return node => {
        if (!Array.isArray(node)) throw dataError(`Arrays should be encoded as JSON arrays, but found ${nodeType(node)}`)
        return node.map(item)
      }
    }
    case 'map': return mapReader(schema)
    case 'struct': return isUnion(schema) ? unionReader(schema) : structReader(schema, false)
    default: return scalarReader(schema)
  }
}

/** Texts; of an enum without a type also its other symbols, such as numbers. */
function textReader (schema: Schema): Reader {
  return node => {
    if (typeof node === 'string') return node
    const symbol = node instanceof TypedNumber ? node.text ?? String(node.value) : String(node)
    if (enumParameters.some(name => schema.parameters?.[`${name}.${symbol}`] !== undefined)) return symbol
    throw dataError(`Invalid type for STRING, underlying representation should be text but was ${nodeType(node)}`)
  }
}

function bytesReader (schema: Schema): Reader {
  const read = scalarReader(schema)
  if (schema.name === logical.decimal) return read
  return node => {
    if (typeof node !== 'string') throw dataError(`Invalid type for BYTES, underlying representation should be text in base64 but was ${nodeType(node)}`)
    return read(node)
  }
}

function mapReader (schema: Schema): Reader {
  const value = reader(schema.valueSchema!)
  if (hasTextKeys(schema)) return textMapReader(value)
  const key = reader(schema.keySchema!)
  return node => {
    if (!Array.isArray(node)) throw dataError(`Maps with non-string fields should be encoded as JSON array of objects, but found ${nodeType(node)}`)
    return new Map(node.map((entry: JsonNode) => {
      if (!isObject(entry)) throw dataError(`Found invalid map entry instead of object: ${nodeType(entry)}`)
      const size = Object.keys(entry).length
      if (size !== 2) throw dataError(`Found invalid map entry, expected length 2 but found :${size}`)
      return [memberOf(entry, 'key', key), memberOf(entry, 'value', value)] as const
    }))
  }
}

/** A member that is absent is unset, unless it has a default. */
function memberOf (node: Readonly<Record<string, JsonNode>>, name: string, read: Reader): unknown {
  const member = Object.hasOwn(node, name) ? node[name] : undefined
  return member === undefined ? null : read(member)
}

interface MemberReader { readonly read: Reader, readonly absent: () => unknown }

// Code of its own for each struct gives objects of one shape, as for Avro's records. The names stand in it as JSON, which is a string in JavaScript too.
const compile = (body: string): (fields: readonly MemberReader[]) => (node: Readonly<Record<string, JsonNode>>) => Record<string, unknown> =>
  // oxlint-disable-next-line no-new-func, no-implied-eval
  new Function('fields', body) as (fields: readonly MemberReader[]) => (node: Readonly<Record<string, JsonNode>>) => Record<string, unknown>

function structReader (schema: Schema, mayLack: boolean): Reader {
  const fields = schema.fields.map(({ name, schema }) => ({ read: reader(schema), absent: absentReader(name, schema, mayLack) }))
  const parts = schema.fields.map((_, i) => `const read${i} = fields[${i}].read, absent${i} = fields[${i}].absent\n`)
  const members = schema.fields.map(({ name }, i) => {
    const key = JSON.stringify(name)
    const member = name in {} ? `Object.hasOwn(node, ${key}) ? node[${key}] : undefined` : `node[${key}]`
    // In brackets a member may be called __proto__.
    return { before: `const value${i} = ${member}\n`, member: `${name === '__proto__' ? '["__proto__"]' : key}: value${i} === undefined ? absent${i}() : read${i}(value${i})` }
  })
  const read = compile(`${parts.join('')}return node => {\n${members.map(({ before }) => before).join('')}return { ${members.map(({ member }) => member).join(', ')} } }`)(fields)
  return node => {
    if (!isObject(node)) throw dataError(`Structs should be encoded as JSON objects, but found ${nodeType(node)}`)
    return read(node)
  }
}

/** What a member is that is not there. */
function absentReader (name: string, { type, optional, default: value }: Schema, mayLack: boolean): () => unknown {
  const fallback = value ?? null
  if (mayLack || optional || fallback !== null) return () => fallback
  return () => { throw dataError(`Invalid value: null used for required field: "${name}", schema type: ${type.toUpperCase()}`) }
}

function unionReader (schema: Schema): Reader {
  const fields = schema.fields.map(({ name, schema }) => ({ name, schema, read: reader(schema) }))
  return node => {
    let best: typeof fields[number] | null = null
    let most = 0
    for (const field of fields) {
      if (isOfType(field.schema, node)) return { [field.name]: field.read(node) }
      const matching = matchingMembers(field.schema, node)
      if (matching > most) [best, most] = [field, matching]
    }
    if (best === null) throw dataError('Did not find matching oneof field for data')
    return { [best.name]: best.read(node) }
  }
}

/** Whether a node is surely of a type; that of structs is told by their members. */
function isOfType (schema: Schema, node: JsonNode): boolean {
  switch (schema.type) {
    case 'int8': case 'int16': case 'int32': case 'int64': return isWhole(node)
    case 'float32': case 'float64': return decimalOf(node) !== null
    case 'boolean': return typeof node === 'boolean'
    case 'string': return typeof node === 'string'
    case 'bytes': return typeof node === 'string' || decimalOf(node) !== null
    case 'array': return Array.isArray(node)
    case 'map': return isObject(node) || Array.isArray(node)
    case 'struct': return false
  }
}

/** How many members a node shares with a struct, at all depths. */
function matchingMembers (schema: Schema, node: JsonNode): number {
  if (schema.type !== 'struct' || !isObject(node)) return 0
  return schema.fields.reduce((sum, field) => Object.hasOwn(node, field.name) ? sum + 1 + matchingMembers(field.schema, node[field.name]!) : sum, 0)
}
