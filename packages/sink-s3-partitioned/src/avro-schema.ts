import { configError, logical, schema } from '@tributary/plugin'
import type { Schema } from '@tributary/plugin'

type AvroJson = string | { readonly [key: string]: unknown } | readonly AvroJson[]

const primitives: Readonly<Record<string, string>> = {
  boolean: 'boolean', int8: 'int', int16: 'int', int32: 'int', int64: 'long', float32: 'float', float64: 'double', string: 'string', bytes: 'bytes'
}

/** The Avro schema of a Connect schema, as Confluent's converter makes it: optional is a union with null, logical types keep their meaning. */
export function avroSchemaOf (from: Schema): AvroJson {
  return convert(from, 'ConnectDefault', new Set())
}

function convert (from: Schema, hint: string, names: Set<string>): AvroJson {
  const type = required(from, hint, names)
  return from.optional ? ['null', type] : type
}

function required (from: Schema, hint: string, names: Set<string>): AvroJson {
  switch (from.name) {
    case logical.date: return { type: 'int', logicalType: 'date' }
    case logical.time: return { type: 'int', logicalType: 'time-millis' }
    case logical.timestamp: return { type: 'long', logicalType: 'timestamp-millis' }
    case logical.decimal: return { type: 'bytes', logicalType: 'decimal', scale: Number(from.parameters?.scale ?? 0), precision: Number(from.parameters?.['connect.decimal.precision'] ?? 64) }
  }
  switch (from.type) {
    case 'array': return { type: 'array', items: convert(from.valueSchema!, `${hint}_item`, names) }
    case 'map': {
      const values = convert(from.valueSchema!, `${hint}_value`, names)
      if (from.keySchema!.type === 'string' && !from.keySchema!.optional) return { type: 'map', values }
      return { type: 'array', items: { type: 'record', name: unique(`${hint}_entry`, names), fields: [{ name: 'key', type: convert(from.keySchema!, `${hint}_key`, names) }, { name: 'value', type: values }] } }
    }
    case 'struct': {
      const name = unique(from.name ?? hint, names)
      return {
        type: 'record',
        name,
        fields: namedFields(from).map(([field, of]) => ({ name: field, type: convert(of, `${name.split('.').at(-1)}_${field}`, names), ...of.optional ? { default: null } : {} }))
      }
    }
    default: return primitives[from.type]!
  }
}

/** Fields under names that Avro allows, each once. One that has such a name keeps it. */
function namedFields ({ fields }: Schema): [string, Schema][] {
  const names = new Set(fields.map(field => field.name).filter(name => avroName(name) === name))
  return fields.map(field => [names.has(field.name) ? field.name : unique(avroName(field.name), names), field.schema])
}

/** A name that Avro allows. */
function avroName (name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^([0-9])/, '_$1').replace(/^$/, '_')
}

function unique (name: string, names: Set<string>): string {
  const full = name.split('.').map(avroName).join('.')
  let free = full
  for (let count = 2; names.has(free); count++) free = `${full}_${count}`
  names.add(free)
  return free
}

/** The Connect schema of a declared Avro schema. Throws `config` for what has no counterpart. */
export function schemaOfAvro (json: AvroJson, optional = false): Schema {
  if (Array.isArray(json)) {
    const others = (json as readonly AvroJson[]).filter(branch => branch !== 'null')
    if (others.length !== 1) throw configError('The declared schema has a union of several types. Only a union of null and one type is supported.')
    return schemaOfAvro(others[0]!, others.length < json.length)
  }
  if (typeof json === 'string') return primitiveOf(json, optional)
  if (typeof json !== 'object' || json === null) throw configError(`The declared schema has ${String(json)} where a type belongs, such as "string".`)
  const type = json as Readonly<Record<string, unknown>>
  switch (type.logicalType) {
    case 'date': return schema.date({ optional })
    case 'time-millis': return schema.time({ optional })
    case 'timestamp-millis': return schema.timestamp({ optional })
    case 'decimal': return schema.decimal(Number(type.scale ?? 0), { optional, parameters: { 'connect.decimal.precision': String(Number(type.precision ?? 64)) } })
  }
  switch (type.type) {
    case 'array': return schema.array(schemaOfAvro(type.items as AvroJson), { optional })
    case 'map': return schema.map(schema.of('string'), schemaOfAvro(type.values as AvroJson), { optional })
    case 'record': {
      if (!Array.isArray(type.fields)) throw configError(`The declared schema has a record${type.name === undefined ? '' : ` ${String(type.name)}`} without "fields", a list of names and types.`)
      return schema.struct((type.fields as { name: string, type: AvroJson }[]).map(field => [field.name, schemaOfAvro(field.type)] as const), { optional, name: String(type.name) })
    }
    case 'enum': return schema.of('string', { optional })
    default: return schemaOfAvro(type.type as AvroJson, optional)
  }
}

function primitiveOf (name: string, optional: boolean): Schema {
  switch (name) {
    case 'boolean': case 'string': case 'bytes': return schema.of(name, { optional })
    case 'int': return schema.of('int32', { optional })
    case 'long': return schema.of('int64', { optional })
    case 'float': return schema.of('float32', { optional })
    case 'double': return schema.of('float64', { optional })
    default: throw configError(`The declared schema uses the type ${name}, which is not supported.`)
  }
}
