import { dataError, Decimal, integerFromBytes, logical, schema as make } from '@tributary/plugin'
import type { Schema, SchemaOptions } from '@tributary/plugin'
import { AvroNames } from './avro-names.ts'
import type { AvroField, AvroJson, AvroObject, Resolved } from './avro-names.ts'
import { setMember } from './json-parse.ts'
import { bufferOf } from './json-text.ts'
import { daysOf, decimalBytes, msOf, msOfDay } from './logical.ts'

/** How values of an Avro schema and of Connect turn into each other. Avro values are as avsc has them, unions wrapped. */
export interface AvroMapping {
  readonly schema: Schema
  readonly toConnect: (value: unknown) => unknown
  readonly fromConnect: (value: unknown) => unknown
}

export const connectNamespace = 'io.confluent.connect.avro'
/** What stands for a type of Connect alone. */
export const avroPropNames = {
  enum: `${connectNamespace}.Enum`,
  union: `${connectNamespace}.Union`,
  mapEntry: `${connectNamespace}.MapEntry`,
  defaultName: `${connectNamespace}.ConnectDefault`,
  precision: 'connect.decimal.precision',
  fixedSize: 'connect.fixed.size'
} as const
/** Precision that is not worth a word. */
export const defaultPrecision = 64

const msPerDay = 86_400_000
const same = (value: unknown): unknown => value

/**
 * How to map the values of an Avro schema (Confluent's AvroData). Throws data errors for schemas that Connect cannot hold. `references`: schemas
 * that define names it uses.
 */
export function avroMapping (json: AvroJson, metadata: boolean, references: readonly AvroJson[] = []): AvroMapping {
  const mapper = new Mapper(metadata)
  for (const reference of references) mapper.map(reference, '', {})
  return mapper.map(json, '', {})
}

class Mapper {
  readonly #names = new AvroNames()
  readonly #metadata: boolean
  /** Records being mapped, to notice one inside itself. */
  readonly #open = new Set<string>()

  constructor (metadata: boolean) { this.#metadata = metadata }

  map (json: AvroJson, namespace: string, extra: SchemaOptions): AvroMapping {
    if (Array.isArray(json)) return this.#union(json as readonly AvroJson[], namespace, extra)
    const resolved = this.#names.resolve(json as AvroObject, namespace)
    if (Array.isArray(resolved.schema.type)) return this.#union(resolved.schema.type, namespace, extra)
    return this.#single(resolved, this.#options(resolved, extra))
  }

  #options ({ schema, name }: Resolved, extra: SchemaOptions): SchemaOptions {
    const isNamed = schema.fields !== undefined || schema.symbols !== undefined || schema.type === 'fixed'
    const ownName = schema['connect.name'] ?? (isNamed && !name.startsWith(avroPropNames.defaultName) ? name : null)
    return {
      name: ownName,
      version: schema['connect.version'] ?? null,
      doc: schema['connect.doc'] ?? (isNamed && this.#metadata ? schema.doc : null) ?? null,
      parameters: schema['connect.parameters'] ?? null,
      ...extra
    }
  }

  #single (resolved: Resolved, options: SchemaOptions): AvroMapping {
    const { schema, namespace } = resolved
    switch (schema.type) {
      case 'null': throw dataError('Connect has no values for the Avro type null alone.')
      case 'boolean': return { schema: make.of('boolean', options), toConnect: same, fromConnect: same }
      case 'string': return { schema: make.of('string', options), toConnect: same, fromConnect: same }
      case 'float': return { schema: make.of('float32', options), toConnect: same, fromConnect: same }
      case 'double': return { schema: make.of('float64', options), toConnect: same, fromConnect: same }
      case 'int': return intMapping(schema, options)
      case 'long': return schema.logicalType === 'timestamp-millis'
        ? { schema: make.timestamp(options), toConnect: ms => new Date(Number(ms)), fromConnect: date => msOf(dateOf(date, 'Timestamp')) }
        : { schema: make.of('int64', options), toConnect: same, fromConnect: same }
      case 'bytes': case 'fixed': return bytesMapping(schema, options)
      case 'enum': return enumMapping(resolved, options)
      case 'array': return this.#array(schema, namespace, options)
      case 'map': {
        const values = this.map(schema.values!, namespace, {})
        return { schema: make.map(make.of('string'), values.schema, options), ...stringMap(values) }
      }
      default: return this.#record(resolved, options)
    }
  }

  #array (schema: AvroObject, namespace: string, options: SchemaOptions): AvroMapping {
    const items = schema.items as AvroObject
    const entry = typeof items === 'object' && !Array.isArray(items) && items.fields !== undefined &&
      (items['connect.name'] === avroPropNames.mapEntry || (items.name === 'MapEntry' && items.namespace === connectNamespace))
    const mapping = this.map(schema.items!, namespace, {})
    if (entry) return entryMapping(mapping, options)
    return {
      schema: make.array(mapping.schema, options),
      toConnect: value => (value as unknown[]).map(mapping.toConnect),
      fromConnect: value => (value as unknown[]).map(mapping.fromConnect)
    }
  }

  #record ({ schema, name, namespace }: Resolved, options: SchemaOptions): AvroMapping {
    if (this.#open.has(name)) throw dataError(`The Avro record ${name} holds itself, which Connect's schemas cannot express.`)
    this.#open.add(name)
    const fields = schema.fields!.map(field => ({ name: field.name, isInherited: field.name in {}, ...this.#field(field, namespace) }))
    this.#open.delete(name)
    const struct = make.struct(fields.map(field => [field.name, field.schema] as const), options)
    return {
      schema: struct,
      toConnect (value) {
        const members: Record<string, unknown> = {}
        for (let i = 0; i < fields.length; i++) {
          const field = fields[i]!
          setMember(members, field.name, field.toConnect((value as Record<string, unknown>)[field.name]))
        }
        return members
      },
      fromConnect (value) {
        const members: Record<string, unknown> = {}
        for (let i = 0; i < fields.length; i++) {
          const { name, isInherited, schema, fromConnect } = fields[i]!
          const member = isInherited && !Object.hasOwn(value as object, name) ? undefined : (value as Record<string, unknown>)[name]
          setMember(members, name, fromConnect(member ?? schema.default ?? null))
        }
        return members
      }
    }
  }

  #field (field: AvroField, namespace: string): AvroMapping {
    const mapping = this.map(field.type, namespace, field.doc === undefined || !this.#metadata ? {} : { doc: field.doc })
    if (field.default === undefined || field.default === null) return mapping
    // A default in JSON is of the first branch of a union, and not wrapped.
    const value = mapping.schema.type === 'struct' || mapping.schema.type === 'array' || mapping.schema.type === 'map' ? undefined : defaultOf(mapping.schema, field.default)
    return value === undefined ? mapping : { ...mapping, schema: make.with(mapping.schema, { default: value }) }
  }

  #union (branches: readonly AvroJson[], namespace: string, extra: SchemaOptions): AvroMapping {
    const optional = branches.includes('null')
    const others = branches.filter(branch => branch !== 'null')
    const [only] = others
    if (others.length === 1 && only !== undefined) {
      const mapping = this.map(only, namespace, { ...extra, optional })
      const branch = this.#names.resolve(only as AvroObject, namespace).name
      return {
        schema: mapping.schema,
        toConnect: value => value === null ? null : mapping.toConnect((value as Record<string, unknown>)[branch]),
        fromConnect: value => value === null || value === undefined ? null : { [branch]: mapping.fromConnect(value) }
      }
    }
    const fields = others.map(branch => {
      const mapping = this.map(branch, namespace, { optional: true })
      const { name } = this.#names.resolve(branch as AvroObject, namespace)
      return { ...mapping, branch: name, name: name.slice(name.lastIndexOf('.') + 1) }
    })
    return {
      schema: make.struct(fields.map(field => [field.name, field.schema] as const), { ...extra, optional, name: avroPropNames.union }),
      toConnect (value) {
        if (value === null) return null
        const [branch, content] = Object.entries(value as object)[0]!
        const field = fields.find(one => one.branch === branch)!
        return { [field.name]: field.toConnect(content) }
      },
      fromConnect (value) {
        if (value === null || value === undefined) return null
        const field = fields.find(({ name }) => Object.hasOwn(value, name) && (value as Record<string, unknown>)[name] != null)
        if (field === undefined) throw dataError('A union of several types needs one of its members to be set.')
        return { [field.branch]: field.fromConnect((value as Record<string, unknown>)[field.name]) }
      }
    }
  }
}

function dateOf (value: unknown, type: string): Date {
  if (value instanceof Date) return value
  throw dataError(`Invalid type for ${type}: a Date is needed.`)
}

function intMapping (schema: AvroObject, options: SchemaOptions): AvroMapping {
  if (schema.logicalType === 'date') return { schema: make.date(options), toConnect: days => new Date((days as number) * msPerDay), fromConnect: date => daysOf(dateOf(date, 'Date')) }
  if (schema.logicalType === 'time-millis') return { schema: make.time(options), toConnect: ms => new Date(ms as number), fromConnect: date => msOfDay(dateOf(date, 'Time')) }
  const type = schema['connect.type'] === 'int8' ? 'int8' : schema['connect.type'] === 'int16' ? 'int16' : 'int32'
  return { schema: make.of(type, options), toConnect: same, fromConnect: same }
}

function bytesMapping (schema: AvroObject, options: SchemaOptions): AvroMapping {
  if (schema.logicalType !== 'decimal') {
    const parameters = schema.type === 'fixed' ? { ...options.parameters, [avroPropNames.fixedSize]: String(schema.size) } : options.parameters ?? null
    return { schema: make.of('bytes', { ...options, parameters }), toConnect: bytes => new Uint8Array(bytes as Buffer), fromConnect: bytes => bufferOf(bytes as Uint8Array) }
  }
  const scale = schema.scale ?? 0
  const parameters = { ...options.parameters, ...schema.precision === undefined || schema.precision === defaultPrecision ? {} : { [avroPropNames.precision]: String(schema.precision) } }
  const decimal = make.decimal(scale, { ...options, parameters })
  return {
    schema: decimal,
    toConnect: bytes => new Decimal(integerFromBytes(bytes as Buffer) ?? 0n, scale),
    fromConnect (value) {
      if (!(value instanceof Decimal)) throw dataError('Invalid type for Decimal: a Decimal is needed.')
      const bytes = bufferOf(decimalBytes(decimal, value))
      if (schema.type !== 'fixed') return bytes
      if (bytes.length > schema.size!) throw dataError(`A decimal takes ${bytes.length} bytes, more than the ${schema.size} of its Avro type.`)
      return Buffer.concat([Buffer.alloc(schema.size! - bytes.length, value.unscaled < 0n ? 0xff : 0), bytes])
    }
  }
}

function enumMapping ({ schema, name }: Resolved, options: SchemaOptions): AvroMapping {
  const symbols = Object.fromEntries(schema.symbols!.map(symbol => [`${avroPropNames.enum}.${symbol}`, symbol]))
  return { schema: make.of('string', { ...options, parameters: { ...options.parameters, [avroPropNames.enum]: name, ...symbols } }), toConnect: same, fromConnect: same }
}

function stringMap (values: AvroMapping): Pick<AvroMapping, 'toConnect' | 'fromConnect'> {
  const convert = (value: unknown, one: (value: unknown) => unknown): Record<string, unknown> => {
    const map: Record<string, unknown> = {}
    for (const [name, item] of value instanceof Map ? value as Map<string, unknown> : Object.entries(value as object)) setMember(map, name, one(item))
    return map
  }
  return { toConnect: value => convert(value, values.toConnect), fromConnect: value => convert(value, values.fromConnect) }
}

function entryMapping (entry: AvroMapping, options: SchemaOptions): AvroMapping {
  const [key, value] = entry.schema.fields
  return {
    schema: make.map(key!.schema, value!.schema, options),
    toConnect: items => new Map((items as unknown[]).map(item => {
      const members = entry.toConnect(item) as Record<string, unknown>
      return [members['key'], members['value']]
    })),
    fromConnect: map => Array.from(map instanceof Map ? map as Map<unknown, unknown> : Object.entries(map as object), ([key, value]) => entry.fromConnect({ key, value }))
  }
}

function defaultOf (schema: Schema, value: unknown): unknown {
  switch (schema.name) {
    case logical.decimal: return new Decimal(integerFromBytes(Buffer.from(String(value), 'latin1')) ?? 0n, Number(schema.parameters!['scale']))
    case logical.date: return new Date(Number(value) * msPerDay)
    case logical.time: case logical.timestamp: return new Date(Number(value))
  }
  return schema.type === 'bytes' ? new Uint8Array(Buffer.from(String(value), 'latin1')) : value
}
