import { schema, type Schema, type SchemaOptions } from '@tributary/plugin'
import { branchName, logicalKind, realBranches } from './avro-kinds.ts'
import type { AvroField, AvroSchema } from './avro-schema.ts'
import { optionValue } from './literals.ts'

const unionName = 'io.confluent.connect.avro.Union'
const enumParameter = 'io.confluent.connect.avro.Enum'

/** The Connect schema of an Avro schema, as Confluent's AvroData makes it. */
export function connectSchema (avro: AvroSchema, given: SchemaOptions = {}): Schema {
  const options = { ...attributesOf(avro), ...given }
  switch (avro.type) {
    case 'null': return schema.of('string', { ...options, optional: true })
    case 'boolean': return schema.of('boolean', options)
    case 'int': return intSchema(avro, options)
    case 'long': return logicalKind(avro) === 'timestamp' ? schema.timestamp(options) : schema.of('int64', options)
    case 'float': return schema.of('float32', options)
    case 'double': return schema.of('float64', options)
    case 'string': return schema.of('string', options)
    case 'bytes': return bytesSchema(avro, options)
    case 'fixed': return bytesSchema(avro, { ...options, parameters: { ...options.parameters, 'connect.fixed.size': String(avro.size) } })
    case 'enum': return schema.of('string', { ...options, parameters: { ...options.parameters, ...enumParameters(avro) } })
    case 'array': return schema.array(connectSchema(avro.inner!), options)
    case 'map': return schema.map(schema.of('string'), connectSchema(avro.inner!), options)
    case 'record': return schema.struct(avro.fields.map(field => [field.name, fieldSchema(field)]), options)
    case 'union': return unionSchema(avro, options)
  }
}

function attributesOf (avro: AvroSchema): SchemaOptions {
  const { 'connect.name': name, 'connect.version': version, 'connect.parameters': parameters, 'connect.doc': doc } = avro.attributes
  return {
    name: typeof name === 'string' ? name : avro.fullName,
    version: typeof version === 'number' ? version : null,
    doc: avro.doc ?? (typeof doc === 'string' ? doc : null),
    parameters: typeof parameters === 'object' && parameters !== null ? parameters as Record<string, string> : null
  }
}

function fieldSchema (field: AvroField): Schema {
  const options: SchemaOptions = {}
  if (field.doc !== null) options.doc = field.doc
  // The default of a union belongs to its first branch.
  const first = field.schema.type === 'union' ? field.schema.branches[0]! : field.schema
  if (field.default !== undefined && field.default !== null) options.default = optionValue(first, field.default, `the default of "${first.path}"`)
  return connectSchema(field.schema, options)
}

/** The name and version of a logical type are its own. */
function unnamed ({ name: _name, version: _version, ...options }: SchemaOptions): SchemaOptions {
  return options
}

function intSchema (avro: AvroSchema, options: SchemaOptions): Schema {
  const kind = logicalKind(avro)
  if (kind === 'date') return schema.date(unnamed(options))
  if (kind === 'time') return schema.time(unnamed(options))
  const type = avro.attributes['connect.type']
  return schema.of(type === 'int8' || type === 'int16' ? type : 'int32', options)
}

function bytesSchema (avro: AvroSchema, options: SchemaOptions): Schema {
  if (logicalKind(avro) !== 'decimal') return schema.of('bytes', options)
  const { precision, scale } = avro.attributes
  const parameters = { ...options.parameters, 'connect.decimal.precision': String(precision) }
  return schema.decimal(typeof scale === 'number' ? scale : 0, { ...unnamed(options), parameters })
}

function enumParameters (avro: AvroSchema): Record<string, string> {
  return { [enumParameter]: avro.fullName!, ...Object.fromEntries(avro.symbols.map(symbol => [`${enumParameter}.${symbol}`, symbol])) }
}

function unionSchema (avro: AvroSchema, options: SchemaOptions): Schema {
  const branches = realBranches(avro)
  const optional = branches.length < avro.branches.length
  if (branches.length === 0) return schema.of('string', { optional: true })
  // Options of the union are null where nothing is said; the branch's own name and documentation stay.
  const said = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null))
  if (branches.length === 1) return connectSchema(branches[0]!, optional ? { ...said, optional } : said)
  return schema.struct(branches.map(branch => [branchName(branch), connectSchema(branch, { optional: true })]), { ...said, name: unionName, optional })
}
