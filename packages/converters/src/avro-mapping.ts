import { dataError, Decimal, integerFromBytes, logical, schema as make } from '@tributary/plugin'
import type { Schema, SchemaOptions } from '@tributary/plugin'
import { avroParameters, defaultPrecision } from './avro-flavor.ts'
import type { AvroFlavor } from './avro-flavor.ts'
import { AvroNames } from './avro-names.ts'
import type { AvroField, AvroJson, AvroObject, Resolved } from './avro-names.ts'
import { setMember } from './json-parse.ts'
import { bufferOf } from './json-text.ts'
import { structReader, structWriter } from './avro-struct.ts'
import type { AvroRead, AvroWrite } from './avro-struct.ts'
import type { AvroReader } from './avro-reader.ts'
import type { AvroWriter } from './avro-writer.ts'
import { daysOf, decimalBytes, msOf, msOfDay } from './logical.ts'

/** How values of an Avro schema and of Connect turn into each other. Avro values are as avsc has them, unions wrapped. */
export interface AvroMapping {
  readonly schema: Schema
  readonly toConnect: (value: unknown) => unknown
  readonly fromConnect: (value: unknown) => unknown
  /** The same straight between Connect values and bytes, several times as fast: what the converter uses, but for bytes that stand alone. */
  readonly read: AvroRead
  readonly write: AvroWrite
}

const msPerDay = 86_400_000
const same = (value: unknown): unknown => value

/**
 * How to map the values of an Avro schema (AvroData of Confluent and AWS). Throws data errors for schemas that Connect cannot hold. `references`: schemas
 * that define names it uses.
 */
export function avroMapping (json: AvroJson, flavor: AvroFlavor, references: readonly AvroJson[] = []): AvroMapping {
  const mapper = new Mapper(flavor)
  for (const reference of references) mapper.map(reference, '', {})
  return mapper.map(json, '', {})
}

class Mapper {
  readonly #names = new AvroNames()
  readonly #flavor: AvroFlavor
  /** Records being mapped, to notice one inside itself. */
  readonly #open = new Set<string>()

  constructor (flavor: AvroFlavor) { this.#flavor = flavor }

  map (json: AvroJson, namespace: string, extra: SchemaOptions): AvroMapping {
    if (Array.isArray(json)) return this.#union(json as readonly AvroJson[], namespace, extra)
    const resolved = this.#names.resolve(json as AvroObject, namespace)
    if (Array.isArray(resolved.schema.type)) return this.#union(resolved.schema.type, namespace, extra)
    return this.#single(resolved, this.#options(resolved, extra))
  }

  #options ({ schema, name }: Resolved, extra: SchemaOptions): SchemaOptions {
    const isNamed = schema.fields !== undefined || schema.symbols !== undefined || schema.type === 'fixed'
    const ownName = schema['connect.name'] ?? (isNamed && !name.startsWith(this.#flavor.names.defaultName) ? name : null)
    return {
      name: ownName,
      version: schema['connect.version'] ?? null,
      doc: schema['connect.doc'] ?? (isNamed && this.#flavor.metadata ? schema.doc : null) ?? null,
      parameters: schema['connect.parameters'] ?? null,
      ...extra
    }
  }

  #single (resolved: Resolved, options: SchemaOptions): AvroMapping {
    const { schema, namespace } = resolved
    switch (schema.type) {
      case 'null': throw dataError('Connect has no values for the Avro type null alone.')
      case 'boolean': return { schema: make.of('boolean', options), toConnect: same, fromConnect: same, read: from => from.boolean(), write: (to, value) => { to.boolean(value) } }
      case 'string': return { schema: make.of('string', options), toConnect: same, fromConnect: same, read: from => from.string(), write: (to, value) => { to.string(value) } }
      case 'float': return { schema: make.of('float32', options), toConnect: same, fromConnect: same, read: from => from.float(), write: (to, value) => { to.float(value) } }
      case 'double': return { schema: make.of('float64', options), toConnect: same, fromConnect: same, read: from => from.double(), write: (to, value) => { to.double(value) } }
      case 'int': return intMapping(schema, options)
      case 'long': return schema.logicalType === 'timestamp-millis'
        ? {
            schema: make.timestamp(options),
            toConnect: ms => new Date(Number(ms)), fromConnect: date => msOf(dateOf(date, 'Timestamp')),
            read: from => new Date(Number(from.long())), write: (to, date) => { to.long(msOf(dateOf(date, 'Timestamp'))) }
          }
        : { schema: make.of('int64', options), toConnect: same, fromConnect: same, read: from => from.long(), write: (to, value) => { to.long(value) } }
      case 'bytes': case 'fixed': return bytesMapping(schema, options)
      case 'enum': return enumMapping(resolved, options, this.#flavor.names.enum)
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
      (items['connect.internal.type'] === 'MapEntry' || items['connect.name'] === this.#flavor.names.mapEntry || this.#names.fullName(items, namespace) === this.#flavor.names.mapEntry)
    const mapping = this.map(schema.items!, namespace, {})
    if (entry) return entryMapping(mapping, options)
    return {
      schema: make.array(mapping.schema, options),
      toConnect: value => (value as unknown[]).map(mapping.toConnect),
      fromConnect: value => (value as unknown[]).map(mapping.fromConnect),
      read (from) {
        const items: unknown[] = []
        from.items(one => { items.push(mapping.read(one)) })
        return items
      },
      write (to, value) {
        if (!Array.isArray(value)) throw new Error('no array')
        if (value.length > 0) to.long(value.length)
        for (let i = 0; i < value.length; i++) mapping.write(to, value[i])
        to.long(0)
      }
    }
  }

  #record ({ schema, name, namespace }: Resolved, options: SchemaOptions): AvroMapping {
    if (this.#open.has(name)) throw dataError(`The Avro record ${name} holds itself, which Connect's schemas cannot express.`)
    this.#open.add(name)
    const fields = schema.fields!.map(field => ({ name: field.name, isInherited: field.name in {}, ...this.#field(field, namespace) }))
    this.#open.delete(name)
    const struct = make.struct(fields.map(field => [field.name, field.schema] as const), options)
    const parts = fields.map(({ name, schema, read, write }) => ({ name, read, write, default: schema.default ?? null }))
    return {
      schema: struct,
      read: structReader(parts),
      write: structWriter(parts),
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
    const mapping = this.map(field.type, namespace, field.doc === undefined || !this.#flavor.metadata ? {} : { doc: field.doc })
    // A default in JSON is of the first branch of a union, and not wrapped.
    const value = field.default ?? connectDefault(field.type)
    return value == null ? mapping : { ...mapping, schema: make.with(mapping.schema, { default: defaultOf(mapping.schema, value) }) }
  }

  #union (branches: readonly AvroJson[], namespace: string, extra: SchemaOptions): AvroMapping {
    const optional = branches.includes('null')
    const others = branches.filter(branch => branch !== 'null')
    const [only] = others
    if (others.length === 1 && only !== undefined) {
      const mapping = this.map(only, namespace, { ...extra, optional })
      const branch = this.#names.resolve(only as AvroObject, namespace).name
      const nullAt = branches.indexOf('null')
      const valueAt = branches.indexOf(only)
      return {
        read: from => from.index(branches.length) === nullAt ? null : mapping.read(from),
        write (to, value) {
          const isNull = value === null || value === undefined
          if (isNull && !optional) throw new Error('null')
          to.int(isNull ? nullAt : valueAt)
          if (!isNull) mapping.write(to, value)
        },
        schema: mapping.schema,
        toConnect: value => value === null ? null : mapping.toConnect((value as Record<string, unknown>)[branch]),
        fromConnect: value => value === null || value === undefined ? null : { [branch]: mapping.fromConnect(value) }
      }
    }
    const fields = others.map(branch => {
      const mapping = this.map(branch, namespace, { optional: true })
      const { name } = this.#names.resolve(branch as AvroObject, namespace)
      return { ...mapping, branch: name, name: this.#flavor.enhanced ? name : name.slice(name.lastIndexOf('.') + 1) }
    })
    const nullAt = branches.indexOf('null')
    const indexes = others.map(branch => branches.indexOf(branch))
    return {
      schema: make.struct(fields.map(field => [field.name, field.schema] as const), { ...extra, optional, name: this.#flavor.names.union }),
      read (from) {
        const index = from.index(branches.length)
        if (index === nullAt) return null
        const field = fields[indexes.indexOf(index)]!
        return { [field.name]: field.read(from) }
      },
      write (to, value) {
        if (value === null || value === undefined) {
          if (!optional) throw new Error('null')
          to.int(nullAt)
          return
        }
        const at = fields.findIndex(({ name }) => Object.hasOwn(value, name) && (value as Record<string, unknown>)[name] != null)
        const field = fields[at]
        if (field === undefined) throw dataError('A union of several types needs one of its members to be set.')
        to.int(indexes[at])
        field.write(to, (value as Record<string, unknown>)[field.name])
      },
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
  if (schema.logicalType === 'date') {
    return {
      schema: make.date(options),
      toConnect: days => new Date((days as number) * msPerDay), fromConnect: date => daysOf(dateOf(date, 'Date')),
      read: from => new Date(from.int() * msPerDay), write: (to, date) => { to.int(daysOf(dateOf(date, 'Date'))) }
    }
  }
  if (schema.logicalType === 'time-millis') {
    return {
      schema: make.time(options),
      toConnect: ms => new Date(ms as number), fromConnect: date => msOfDay(dateOf(date, 'Time')),
      read: from => new Date(from.int()), write: (to, date) => { to.int(msOfDay(dateOf(date, 'Time'))) }
    }
  }
  const type = schema['connect.type'] === 'int8' ? 'int8' : schema['connect.type'] === 'int16' ? 'int16' : 'int32'
  return { schema: make.of(type, options), toConnect: same, fromConnect: same, read: from => from.int(), write: (to, value) => { to.int(value) } }
}

function bytesMapping (schema: AvroObject, options: SchemaOptions): AvroMapping {
  const size = schema.type === 'fixed' ? schema.size! : null
  const read = size === null ? (from: AvroReader) => from.bytes() : (from: AvroReader) => from.fixed(size)
  const write = size === null ? (to: AvroWriter, value: unknown) => { to.bytes(value) } : (to: AvroWriter, value: unknown) => { to.fixed(value, size) }
  if (schema.logicalType !== 'decimal') {
    const parameters = schema.type === 'fixed' ? { ...options.parameters, [avroParameters.fixedSize]: String(schema.size) } : options.parameters ?? null
    return { schema: make.of('bytes', { ...options, parameters }), toConnect: bytes => new Uint8Array(bytes as Buffer), fromConnect: bytes => bufferOf(bytes as Uint8Array), read, write }
  }
  const scale = schema.scale ?? 0
  const parameters = { ...options.parameters, ...schema.precision === undefined || schema.precision === defaultPrecision ? {} : { [avroParameters.precision]: String(schema.precision) } }
  const decimal = make.decimal(scale, { ...options, parameters })
  const fromConnect = (value: unknown): Buffer => {
    if (!(value instanceof Decimal)) throw dataError('Invalid type for Decimal: a Decimal is needed.')
    const bytes = bufferOf(decimalBytes(decimal, value))
    if (schema.type !== 'fixed') return bytes
    if (bytes.length > schema.size!) throw dataError(`A decimal takes ${bytes.length} bytes, more than the ${schema.size} of its Avro type.`)
    return Buffer.concat([Buffer.alloc(schema.size! - bytes.length, value.unscaled < 0n ? 0xff : 0), bytes])
  }
  const toConnect = (bytes: unknown): Decimal => new Decimal(integerFromBytes(bytes as Uint8Array) ?? 0n, scale)
  return { schema: decimal, toConnect, fromConnect, read: from => toConnect(read(from)), write: (to, value) => { write(to, fromConnect(value)) } }
}

function enumMapping ({ schema, name }: Resolved, options: SchemaOptions, parameter: string): AvroMapping {
  const symbols = Object.fromEntries(schema.symbols!.map(symbol => [`${parameter}.${symbol}`, symbol]))
  const names = schema.symbols!
  const indexes = new Map<unknown, number>(names.map((symbol, i) => [symbol, i]))
  return {
    schema: make.of('string', { ...options, parameters: { ...options.parameters, [parameter]: name, ...symbols } }),
    toConnect: same, fromConnect: same,
    read: from => names[from.index(names.length)], write: (to, value) => { to.int(indexes.get(value)) }
  }
}

function stringMap (values: AvroMapping): Omit<AvroMapping, 'schema'> {
  const convert = (value: unknown, one: (value: unknown) => unknown): Record<string, unknown> => {
    const map: Record<string, unknown> = {}
    for (const [name, item] of value instanceof Map ? value as Map<string, unknown> : Object.entries(value as object)) setMember(map, name, one(item))
    return map
  }
  return {
    toConnect: value => convert(value, values.toConnect),
    fromConnect: value => convert(value, values.fromConnect),
    read (from) {
      const map: Record<string, unknown> = {}
      from.items(one => { setMember(map, one.string(), values.read(one)) })
      return map
    },
    write (to, value) {
      const entries = value instanceof Map ? [...value as Map<unknown, unknown>] : Object.entries(value as object)
      if (entries.length > 0) to.long(entries.length)
      for (const [name, item] of entries) {
        to.string(name)
        values.write(to, item)
      }
      to.long(0)
    }
  }
}

function entryMapping (entry: AvroMapping, options: SchemaOptions): AvroMapping {
  const [key, value] = entry.schema.fields
  return {
    schema: make.map(key!.schema, value!.schema, options),
    toConnect: items => new Map((items as unknown[]).map(item => {
      const members = entry.toConnect(item) as Record<string, unknown>
      return [members['key'], members['value']]
    })),
    fromConnect: map => Array.from(map instanceof Map ? map as Map<unknown, unknown> : Object.entries(map as object), ([key, value]) => entry.fromConnect({ key, value })),
    read (from) {
      const map = new Map<unknown, unknown>()
      from.items(one => {
        const members = entry.read(one) as Record<string, unknown>
        map.set(members['key'], members['value'])
      })
      return map
    },
    write (to, map) {
      const entries = map instanceof Map ? [...map as Map<unknown, unknown>] : Object.entries(map as object)
      if (entries.length > 0) to.long(entries.length)
      for (const [key, value] of entries) entry.write(to, { key, value })
      to.long(0)
    }
  }
}

/** What a Connect schema said of a default that Avro cannot say, such as one with optional members. */
function connectDefault (json: AvroJson): unknown {
  if (Array.isArray(json)) return (json as readonly AvroJson[]).map(connectDefault).find(value => value != null)
  return typeof json === 'string' ? undefined : (json as AvroObject)['connect.default']
}

function defaultOf (schema: Schema, value: unknown): unknown {
  if (value === null || value === undefined) return null
  switch (schema.name) {
    case logical.decimal: return new Decimal(integerFromBytes(Buffer.from(String(value), 'latin1')) ?? 0n, Number(schema.parameters!['scale']))
    case logical.date: return new Date(Number(value) * msPerDay)
    case logical.time: case logical.timestamp: return new Date(Number(value))
  }
  switch (schema.type) {
    case 'bytes': return new Uint8Array(Buffer.from(String(value), 'latin1'))
    case 'float32': return Math.fround(Number(value))
    case 'float64': return Number(value)
    case 'array': return (value as unknown[]).map(item => defaultOf(schema.valueSchema!, item))
    case 'map': return Array.isArray(value)
      ? new Map((value as [unknown, unknown][]).map(([key, item]) => [defaultOf(schema.keySchema!, key), defaultOf(schema.valueSchema!, item)]))
      : bag(Object.entries(value), () => schema.valueSchema!)
    case 'struct': return bag(schema.fields.map(({ name }) => [name, (value as Record<string, unknown>)[name]]), i => schema.fields[i]!.schema)
    default: return value
  }
}

function bag (entries: readonly (readonly [string, unknown])[], schemaOf: (index: number) => Schema): Record<string, unknown> {
  const members: Record<string, unknown> = {}
  for (const [i, [name, item]] of entries.entries()) setMember(members, name, defaultOf(schemaOf(i), item))
  return members
}
