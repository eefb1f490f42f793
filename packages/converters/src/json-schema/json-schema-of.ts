import { decimalText, doubleText, logical, parseDecimal, schema as make, TypedNumber } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'
import { copiedHashOrder, hashOrder } from './java-hash-order.ts'
import { isObject, isWhole } from '../json/json-node.ts'
import { parseExactly } from '../json/json-parse.ts'
import type { JsonNode } from '../json/json-parse.ts'
import { hasTextKeys, isUnion, jsonSchemaNamespace, nullSymbol } from './json-schema-dialect.ts'
import type { JsonSchemaDialect } from './json-schema-dialect.ts'
import { compileJsonSchemaWriter } from './json-schema-writer.ts'

/** Members of a JSON object as name and text, in the order in which Java writes them. */
type Members = (readonly [string, string])[]

/** The JSON Schema, as text, of a Connect schema, as Confluent's JsonSchemaData writes it: registries compare texts. */
export function jsonSchemaOf (schema: Schema, dialect: JsonSchemaDialect): string {
  return textOf(schema, dialect, null)
}

/** `index`: the place of a field, which the order of members does not tell. */
function textOf (schema: Schema, dialect: JsonSchemaDialect, index: number | null): string {
  if (isUnion(schema)) return unionText(schema, dialect, index)
  return schema.optional ? objectText([...indexOf(index), ['oneOf', `[{"type":"null"},${plainText(schema, dialect, null)}]`]]) : plainText(schema, dialect, index)
}

function objectText (members: Members): string {
  return `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`
}

function indexOf (index: number | null): Members { return index === null ? [] : [['connect.index', String(index)]] }

function unionText (schema: Schema, dialect: JsonSchemaDialect, index: number | null): string {
  const parts = schema.fields.map(field => {
    const of = make.with(field.schema, { optional: false })
    return isUnion(of) ? unionText(of, dialect, field.index) : plainText(of, dialect, field.index)
  })
  return objectText([...indexOf(index), ['oneOf', `[${[...schema.optional ? ['{"type":"null"}'] : [], ...parts].join(',')}]`]])
}

function plainText (schema: Schema, dialect: JsonSchemaDialect, index: number | null): string {
  const { name, doc, default: value } = schema
  const common: Members = [
    ...name === null ? [] : [['title', JSON.stringify(name)] as const],
    ...doc === null ? [] : [['description', JSON.stringify(doc)] as const],
    ...value == null ? [] : [['default', defaultText(schema, dialect)] as const],
    ...connectMembers(schema, index)
  ]
  const type = (word: string): Members => [['type', `"${word}"`], ...common]
  switch (schema.type) {
    case 'boolean': return objectText([...common, ['type', '"boolean"']])
    case 'int8': case 'int16': case 'int32': case 'int64': return objectText(type('integer'))
    case 'float32': case 'float64': return objectText(type('number'))
    case 'bytes': return objectText(type(name === logical.decimal && dialect.decimals === 'NUMERIC' ? 'number' : 'string'))
    case 'string': {
      const symbols = symbolsOf(schema, dialect)
      return objectText(symbols === null ? type('string') : [['enum', JSON.stringify(symbols)], ...common])
    }
    case 'array': return objectText([...type('array'), ['items', textOf(schema.valueSchema!, dialect, null)]])
    case 'map': return objectText(hasTextKeys(schema)
      ? [...type('object'), ['additionalProperties', textOf(schema.valueSchema!, dialect, null)]]
      : [...type('array'), ['items', entryText(schema, dialect)]])
    case 'struct': return objectText([
      ['type', '"object"'], ...dialect.additionalProperties ? [] : [['additionalProperties', 'false'] as const], ...common,
      ...propertiesOf(schema.fields.map(field => [field.name, textOf(field.schema, dialect, field.index)]))
    ])
  }
}

function entryText (schema: Schema, dialect: JsonSchemaDialect): string {
  return objectText([['type', '"object"'], ...propertiesOf([['key', textOf(schema.keySchema!, dialect, 0)], ['value', textOf(schema.valueSchema!, dialect, 1)]])])
}

function propertiesOf (fields: Members): Members {
  if (fields.length === 0) return []
  const texts = new Map(fields)
  const names = hashOrder([...texts.keys()])
  return [['properties', objectText(names.map(name => [name, texts.get(name)!]))]]
}

/** What JSON Schema has no word for. */
function connectMembers (schema: Schema, index: number | null): Members {
  const words = { boolean: null, string: null, array: null, struct: null, map: 'map', bytes: 'bytes' } as const
  const type = schema.type in words ? words[schema.type as keyof typeof words] : schema.type
  const parameters = Object.entries(schema.parameters ?? {}).filter(([name]) => !name.startsWith(jsonSchemaNamespace))
  const members = new Map<string, string>()
  if (type !== null) members.set('connect.type', JSON.stringify(type))
  if (schema.version !== null) members.set('connect.version', String(schema.version))
  if (parameters.length > 0) members.set('connect.parameters', parametersText(new Map(parameters)))
  if (index !== null) members.set('connect.index', String(index))
  return copiedHashOrder(hashOrder([...members.keys()])).map(name => [name, members.get(name)!])
}

function parametersText (parameters: ReadonlyMap<string, string>): string {
  const names = hashOrder(hashOrder([...parameters.keys()]), parameters.size)
  return objectText(names.map(name => [name, JSON.stringify(parameters.get(name))]))
}

function symbolsOf (schema: Schema, { names }: JsonSchemaDialect): (string | null)[] | null {
  if (schema.parameters?.[names.enum] === undefined) return null
  const symbols = Object.keys(schema.parameters).filter(name => name.startsWith(`${names.enum}.`)).map(name => name.slice(names.enum.length + 1))
  // Java keeps them in a set.
  return hashOrder(symbols).map(symbol => symbol === nullSymbol ? null : symbol)
}

function defaultText (schema: Schema, dialect: JsonSchemaDialect): string {
  const text = compileJsonSchemaWriter(make.with(schema, { default: undefined }), dialect)(schema.default)
  return nodeText(parseExactly(text, true))
}

/** JSON as org.json and Jackson print it, one after the other: names in the order of a map, numbers as those of BigDecimal without needless zeros. */
function nodeText (node: JsonNode): string {
  if (Array.isArray(node)) return `[${node.map(nodeText).join(',')}]`
  if (isObject(node)) return objectText(hashOrder(Object.keys(node)).map(name => [name, nodeText(node[name])]))
  if (isWhole(node)) return String(node)
  const text = node instanceof TypedNumber ? node.text ?? doubleText(node.value) : typeof node === 'number' ? doubleText(node) : null
  if (text === null) return JSON.stringify(node)
  return decimalText(parseDecimal(/[eE]/.test(text) ? text : text.replace(/\.?0+$/, ''))!)
}
