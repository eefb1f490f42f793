import { dataError } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'
import { hasTextKeys, isUnion } from './json-schema-dialect.ts'
import type { JsonSchemaDialect } from './json-schema-dialect.ts'
import { arrayWriter, entriesWriter, invalidType, isMembers, memberOf, scalarWriter } from '../json/json-writer.ts'
import type { Writer } from '../json/json-writer.ts'

/** What a writer gives for a null that no JSON stands for: required, and without a default. */
const nothing = ''

/**
 * Compiles a schema into a function that writes its values as Confluent's JsonSchemaData does. It differs from JsonConverter: maps are arrays of
 * objects where their keys are no text, unions are the one value they hold, and null is left out where it is not allowed (the text is empty).
 */
export function compileJsonSchemaWriter (schema: Schema, dialect: JsonSchemaDialect): Writer {
  const write = contentWriter(schema, dialect)
  const fallback = schema.default != null && !dialect.ignoresDefaults ? write(schema.default) : schema.optional ? 'null' : nothing
  return value => value === null || value === undefined ? fallback : write(value)
}

function contentWriter (schema: Schema, dialect: JsonSchemaDialect): Writer {
  switch (schema.type) {
    case 'array': return arrayWriter(schema, partWriter(schema.valueSchema!, dialect))
    case 'map': return mapWriter(schema, dialect)
    case 'struct': return isUnion(schema) ? unionWriter(schema, dialect) : structWriter(schema, dialect)
    default: return scalarWriter(schema, { decimals: dialect.decimals })
  }
}

/** Within arrays and maps nothing can be left out. */
function partWriter (schema: Schema, dialect: JsonSchemaDialect): Writer {
  const write = compileJsonSchemaWriter(schema, dialect)
  return value => {
    const text = write(value)
    return text === nothing ? 'null' : text
  }
}

function mapWriter (schema: Schema, dialect: JsonSchemaDialect): Writer {
  const key = partWriter(schema.keySchema!, dialect)
  const item = partWriter(schema.valueSchema!, dialect)
  return hasTextKeys(schema)
    ? entriesWriter(schema, true, (name, member) => `${key(name)}:${item(member)}`)
    : entriesWriter(schema, false, (name, member) => `{"key":${key(name)},"value":${item(member)}}`)
}

function structWriter (schema: Schema, dialect: JsonSchemaDialect): Writer {
  const fields = schema.fields.map(({ name, schema }) => ({ name, isInherited: name in {}, start: `${JSON.stringify(name)}:`, write: compileJsonSchemaWriter(schema, dialect) }))
  return value => {
    if (!isMembers(value)) throw invalidType(schema, value)
    let text = ''
    for (let i = 0; i < fields.length; i++) {
      const { name, isInherited, start, write } = fields[i]!
      const member = write(memberOf(value, name, isInherited))
      if (member !== nothing) text += (text === '' ? start : ',' + start) + member
    }
    return `{${text}}`
  }
}

function unionWriter (schema: Schema, dialect: JsonSchemaDialect): Writer {
  const fields = schema.fields.map(({ name, schema }) => ({ name, isInherited: name in {}, write: compileJsonSchemaWriter(schema, dialect) }))
  return value => {
    if (!isMembers(value)) throw invalidType(schema, value)
    for (const { name, isInherited, write } of fields) {
      const member = memberOf(value, name, isInherited)
      if (member !== null && member !== undefined) return write(member)
    }
    if (schema.optional) return 'null'
    throw dataError('A union of several types needs one of its members to be set.')
  }
}
