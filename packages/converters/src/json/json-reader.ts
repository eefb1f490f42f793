import { dataError, dateAt, Decimal, integerFromBytes, logical } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'
import { fromBase64 } from '../base64.ts'
import { decimalScale } from '../logical.ts'
import { decimalOf, doubleOf, intOf, isObject, isWhole, longOf, nodeType } from './json-node.ts'
import { setMember } from './json-parse.ts'
import type { JsonNode } from './json-parse.ts'

/** Turns a parsed JSON node into a value. */
export type Reader = (node: JsonNode) => unknown

const msPerDay = 86_400_000

/** Whether values of a schema hold decimals, for which every digit of the text counts. */
export function holdsDecimals (schema: Schema): boolean {
  return schema.name === logical.decimal || schema.fields.some(field => holdsDecimals(field.schema)) ||
    (schema.keySchema !== null && holdsDecimals(schema.keySchema)) || (schema.valueSchema !== null && holdsDecimals(schema.valueSchema))
}

/**
 * Compiles a schema into a function that reads its values from JSON as Java's JsonConverter does, lenient where that is: text for a number is
 * 0, a number for text is null. `replaceNull`: null becomes the default, where there is one.
 */
export function compileReader (schema: Schema, replaceNull: boolean): Reader {
  return reader(schema, replaceNull, null)
}

/** `location` says where the value stands in a struct, which refuses null for what is required; null outside of structs. */
function reader (schema: Schema, replaceNull: boolean, location: string | null): Reader {
  const read = logicalReader(schema) ?? contentReader(schema, replaceNull, location)
  const fallback = schema.default != null && replaceNull ? schema.default : null
  const isRequired = fallback === null && !schema.optional
  return node => {
    if (node !== null) return read(node)
    if (isRequired) throw dataError(`Invalid null value for required ${schema.type.toUpperCase()} field`)
    return fallback
  }
}

function invalidNode (type: string, expected: string, node: JsonNode): Error {
  return dataError(`Invalid type for ${type}, underlying representation should be ${expected} but was ${nodeType(node)}`)
}

function isInt (node: JsonNode): node is number {
  return typeof node === 'number' && (node | 0) === node
}

function logicalReader (schema: Schema): Reader | null {
  switch (schema.name) {
    case logical.decimal: return node => readDecimal(schema, node)
    case logical.date: return node => {
      if (!isInt(node)) throw invalidNode('Date', 'integer', node)
      return dateAt(node * msPerDay)
    }
    case logical.time: return node => {
      if (!isInt(node)) throw invalidNode('Time', 'integer', node)
      if (node < 0 || node > msPerDay) throw dataError('Time values must use number of milliseconds greater than 0 and less than 86400000')
      return new Date(node)
    }
    case logical.timestamp: return node => {
      if (!isWhole(node)) throw invalidNode('Timestamp', 'integral', node)
      return dateAt(Number(longOf(node)))
    }
    default: return null
  }
}

function readDecimal (schema: Schema, node: JsonNode): Decimal {
  const number = decimalOf(node)
  if (number !== null) return number
  if (typeof node !== 'string') throw invalidNode('Decimal', 'numeric or bytes', node)
  const bytes = fromBase64(node)
  const unscaled = bytes === null ? null : integerFromBytes(bytes)
  if (unscaled === null) throw dataError('Invalid bytes for Decimal field')
  try {
    return new Decimal(unscaled, decimalScale(schema))
  } catch (cause) {
    throw dataError('Invalid bytes for Decimal field', { cause })
  }
}

/** Refuses what Jackson gives as null, where a struct would. */
function orNull (schema: Schema, location: string | null): null {
  if (location === null || schema.optional) return null
  throw dataError(`Invalid value: null used for required ${location}, schema type: ${schema.type.toUpperCase()}`)
}

/** Compiles a schema of a type without parts other than STRING, or of a logical type. `location`: as of {@link reader}. */
export function scalarReader (schema: Schema, location: string | null = null): Reader {
  const read = logicalReader(schema)
  if (read !== null) return read
  switch (schema.type) {
    case 'boolean': return node => node === true
    case 'int8': return node => intOf(node) << 24 >> 24
    case 'int16': return node => intOf(node) << 16 >> 16
    case 'int32': return intOf
    case 'int64': return longOf
    case 'float32': return node => Math.fround(doubleOf(node))
    case 'float64': return doubleOf
    default: return node => {
      if (typeof node !== 'string') return orNull(schema, location)
      const bytes = fromBase64(node)
      if (bytes === null) throw dataError('Invalid bytes field')
      return bytes
    }
  }
}

function contentReader (schema: Schema, replaceNull: boolean, location: string | null): Reader {
  switch (schema.type) {
    case 'string': return node => typeof node === 'string' ? node : orNull(schema, location)
    case 'array': {
      const item = reader(schema.valueSchema!, replaceNull, location === null ? null : `element of array ${location}`)
      return node => Array.isArray(node) ? node.map(item) : isObject(node) ? Object.values(node).map(item) : []
    }
    case 'map': return mapReader(schema, replaceNull, location)
    case 'struct': return structReader(schema, replaceNull)
    default: return scalarReader(schema, location)
  }
}

/** Reads a map with text for keys. */
export function textMapReader (value: Reader): Reader {
  return node => {
    if (!isObject(node)) throw dataError(`Maps with string fields should be encoded as JSON objects, but found ${nodeType(node)}`)
    const map: Record<string, unknown> = {}
    for (const [name, item] of Object.entries(node)) setMember(map, name, value(item))
    return map
  }
}

function mapReader (schema: Schema, replaceNull: boolean, location: string | null): Reader {
  const value = reader(schema.valueSchema!, replaceNull, location === null ? null : `value of map ${location}`)
  if (schema.keySchema!.type === 'string') return textMapReader(value)
  const key = reader(schema.keySchema!, replaceNull, location === null ? null : `key of map ${location}`)
  return node => {
    if (!Array.isArray(node)) throw dataError(`Maps with non-string fields should be encoded as JSON array of tuples, but found ${nodeType(node)}`)
    return new Map(node.map((pair: JsonNode) => {
      if (!Array.isArray(pair)) throw dataError(`Found invalid map entry instead of array tuple: ${nodeType(pair)}`)
      if (pair.length !== 2) throw dataError(`Found invalid map entry, expected length 2 but found :${pair.length}`)
      return [key(pair[0]), value(pair[1])] as const
    }))
  }
}

function structReader (schema: Schema, replaceNull: boolean): Reader {
  const fields = schema.fields.map(({ name, schema }) => ({ name, read: reader(schema, replaceNull, `field: "${name}"`), isInherited: name in {} }))
  return node => {
    if (!isObject(node)) throw dataError(`Structs should be encoded as JSON objects, but found ${nodeType(node)}`)
    const struct: Record<string, unknown> = {}
    for (let i = 0; i < fields.length; i++) {
      const { name, read, isInherited } = fields[i]!
      const member = isInherited && !Object.hasOwn(node, name) ? null : node[name]
      setMember(struct, name, read(member === undefined ? null : member))
    }
    return struct
  }
}
