import { dataError, dateAt, Decimal, integerFromBytes, logical, schema as make } from '@tributary/plugin'
import type { Schema, SchemaOptions } from '@tributary/plugin'
import { avroParameters, defaultPrecision } from './avro-flavor.ts'
import type { AvroFlavor } from './avro-flavor.ts'
import { AvroNames } from './avro-names.ts'
import { scrubbed } from './avro-scrub.ts'
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

/** Where a schema stands. */
interface Place {
  readonly optional?: boolean
  /** Of the Avro field it is the type of; undefined: none. */
  readonly default?: unknown
  readonly doc?: string | undefined
  /** Of the whole schema in its subject. */
  readonly version?: number | null
}

/**
 * How to map the values of an Avro schema (AvroData of Confluent and AWS). Throws data errors for schemas that Connect cannot hold. `references`: schemas
 * that define names it uses. `version`: of the schema in its subject.
 */
export function avroMapping (json: AvroJson, flavor: AvroFlavor, references: readonly AvroJson[] = [], version: number | null = null): AvroMapping {
  const mapper = new Mapper(flavor)
  for (const reference of references) mapper.map(reference, '', {})
  return mapper.map(json, '', { version })
}

class Mapper {
  readonly #names = new AvroNames()
  readonly #flavor: AvroFlavor
  /** Records being mapped, to notice one inside itself. */
  readonly #open = new Set<string>()

  constructor (flavor: AvroFlavor) { this.#flavor = flavor }

  map (json: AvroJson, namespace: string, place: Place): AvroMapping {
    if (Array.isArray(json)) return this.#union(json as readonly AvroJson[], namespace, place)
    const resolved = this.#names.resolve(json as AvroObject, namespace)
    if (Array.isArray(resolved.schema.type)) return this.#union(resolved.schema.type, namespace, place)
    const mapping = this.#single(resolved, this.#options(resolved, place))
    return withDefault(mapping, place.default ?? resolved.schema['connect.default'])
  }

  #options (resolved: Resolved, place: Place): SchemaOptions {
    const { schema, name } = resolved
    const { metadata, sharesDocs, names } = this.#flavor
    const isNamed = schema.fields !== undefined || schema.symbols !== undefined || schema.type === 'fixed'
    const version = schema['connect.version'] ?? place.version
    return {
      name: schema['connect.name'] ?? (isNamed && !name.startsWith(names.defaultName) ? name : null),
      // Logical types have one of their own.
      ...version == null ? {} : { version },
      doc: (sharesDocs ? place.doc ?? schema.doc ?? schema['connect.doc'] : metadata ? schema['connect.doc'] : null) ?? null,
      parameters: this.#parameters(resolved, place),
      optional: place.optional ?? false
    }
  }

  /** What Avro says and Connect has no word for. */
  #parameters ({ schema, name }: Resolved, place: Place): Readonly<Record<string, string>> | null {
    const { metadata, sharesDocs, names, parameters } = this.#flavor
    const keeps = metadata && !sharesDocs
    const simple = name.slice(name.lastIndexOf('.') + 1)
    const found: Record<string, string> = {}
    const set = (key: string, value: unknown): void => { if (typeof value === 'string') setMember(found, key, value) }
    if (schema.fields !== undefined && keeps) {
      set(parameters.recordDoc, schema.doc)
      for (const field of schema.fields) set(parameters.fieldDoc + field.name, field.doc)
    }
    if (metadata && sharesDocs && schema.symbols === undefined) set(avroParameters.sharedRecordDoc, schema.doc)
    if (schema.symbols !== undefined) {
      if (metadata) set(sharesDocs ? avroParameters.sharedEnumDoc : parameters.enumDoc + simple, schema.doc)
      if (metadata && sharesDocs) set(avroParameters.sharedRecordDoc, schema.doc)
      if (keeps) set(parameters.enumDefault + simple, schema.default)
      set(names.enum, name)
      for (const symbol of schema.symbols) set(`${names.enum}.${symbol}`, symbol)
    }
    if (metadata) Object.assign(found, schema['connect.parameters'])
    for (const [key, value] of Object.entries(schema)) if (key.startsWith('avro')) set(key, typeof value === 'object' ? JSON.stringify(value) : String(value))
    if (keeps && place.default !== undefined && schema['connect.default'] === undefined) set(parameters.fieldDefault, 'true')
    return Object.keys(found).length === 0 ? null : found
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
            toConnect: ms => dateAt(Number(ms)), fromConnect: date => msOf(dateOf(date, 'Timestamp')),
            read: from => dateAt(Number(from.long())), write: (to, date) => { to.long(msOf(dateOf(date, 'Timestamp'))) }
          }
        : { schema: make.of('int64', options), toConnect: same, fromConnect: same, read: from => from.long(), write: (to, value) => { to.long(value) } }
      case 'bytes': case 'fixed': return bytesMapping(schema, options)
      case 'enum': return enumMapping(schema.symbols!, options)
      case 'array': return this.#array(schema, namespace, options)
      case 'map': {
        const values = this.map(schema.values!, namespace, {})
        return { schema: make.map(make.of('string'), values.schema, options), ...stringMap(values) }
      }
      default: return this.#record(resolved, options)
    }
  }

  #array (schema: AvroObject, namespace: string, options: SchemaOptions): AvroMapping {
    const entry = !Array.isArray(schema.items) && this.#isEntry(this.#names.resolve(schema.items as AvroObject, namespace))
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

  /** Whether a type is that of entries of a map. */
  #isEntry ({ schema, name }: Resolved): boolean {
    const { mapEntry } = this.#flavor.names
    return schema.fields !== undefined && (schema['connect.internal.type'] === 'MapEntry' || schema['connect.name'] === mapEntry || name === mapEntry)
  }

  #record ({ schema, name, namespace }: Resolved, options: SchemaOptions): AvroMapping {
    if (this.#open.has(name)) throw dataError(`The Avro record ${name} holds itself, which Connect's schemas cannot express.`)
    this.#open.add(name)
    const fields = schema.fields!.map(field => ({ name: field.name, isInherited: field.name in {}, ...this.#field(field, namespace) }))
    this.#open.delete(name)
    const struct = make.struct(fields.map(field => [field.name, field.schema] as const), options)
    const parts = fields.map(({ name, read, write, unset }) => ({ name, read, write, default: unset }))
    return {
      schema: struct,
      read: structReader(parts),
      write: this.#flavor.scrubs ? scrubbedWriter(structWriter(parts)) : structWriter(parts),
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
          const { name, isInherited, unset, fromConnect } = fields[i]!
          const member = isInherited && !Object.hasOwn(value as object, name) ? undefined : (value as Record<string, unknown>)[name]
          setMember(members, name, fromConnect(member ?? unset))
        }
        return members
      }
    }
  }

  #field (field: AvroField, namespace: string): AvroMapping & { readonly unset: unknown } {
    const { metadata, ignoresDefaults } = this.#flavor
    const mapping = this.map(field.type, namespace, { default: field.default, doc: field.doc })
    const own = metadata ? field['connect.parameters'] : undefined
    // A default in JSON is of the first branch of a union, and not wrapped.
    const value = field.default ?? connectDefault(field.type)
    return {
      ...mapping,
      schema: own === undefined ? mapping.schema : make.with(mapping.schema, { parameters: { ...mapping.schema.parameters, ...own } }),
      unset: ignoresDefaults ? null : defaultOf(mapping.schema, value)
    }
  }

  #union (branches: readonly AvroJson[], namespace: string, place: Place): AvroMapping {
    const optional = branches.includes('null')
    const others = branches.filter(branch => branch !== 'null')
    const [only] = others
    if (others.length === 1 && only !== undefined) {
      // Its default is none of Connect's: that is said by the branch.
      const mapping = this.map(only, namespace, { optional: optional || place.optional === true, doc: place.doc })
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
    const { metadata, sharesDocs, names, parameters } = this.#flavor
    const keepsDefault = metadata && !sharesDocs && place.default !== undefined
    return {
      schema: make.struct(fields.map(field => [field.name, field.schema] as const), {
        name: names.union,
        optional: optional || place.optional === true,
        version: place.version ?? null,
        doc: sharesDocs ? place.doc ?? null : null,
        parameters: keepsDefault ? { [parameters.fieldDefault]: 'true' } : null,
        ...place.default == null || nullAt === 0 ? {} : { default: { [fields[0]!.name]: defaultOf(fields[0]!.schema, place.default) } }
      }),
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

/** Writes structs whose fields have names that were changed for Avro. */
function scrubbedWriter (write: AvroWrite): AvroWrite {
  const names = new Map<string, string>()
  return (to, value) => {
    if (typeof value !== 'object' || value === null) throw new Error('no struct')
    const members: Record<string, unknown> = {}
    for (const [name, member] of Object.entries(value)) {
      let allowed = names.get(name)
      if (allowed === undefined) names.set(name, allowed = scrubbed(name))
      setMember(members, allowed, member)
    }
    write(to, members)
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
      toConnect: days => dateAt((days as number) * msPerDay), fromConnect: date => daysOf(dateOf(date, 'Date')),
      read: from => dateAt(from.int() * msPerDay), write: (to, date) => { to.int(daysOf(dateOf(date, 'Date'))) }
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
  const parameters = {
    ...options.parameters,
    ...schema.precision === undefined || schema.precision === defaultPrecision ? {} : { [avroParameters.precision]: String(schema.precision) },
    ...size === null ? {} : { [avroParameters.fixedSize]: String(size) }
  }
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

function enumMapping (symbols: readonly string[], options: SchemaOptions): AvroMapping {
  const indexes = new Map<unknown, number>(symbols.map((symbol, i) => [symbol, i]))
  return {
    schema: make.of('string', options),
    toConnect: same, fromConnect: same,
    read: from => symbols[from.index(symbols.length)], write: (to, value) => { to.int(indexes.get(value)) }
  }
}

/** The mapping of a schema that has a default. */
function withDefault (mapping: AvroMapping, value: unknown): AvroMapping {
  return value == null ? mapping : { ...mapping, schema: make.with(mapping.schema, { default: defaultOf(mapping.schema, value) }) }
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
    case logical.date: return dateAt(Number(value) * msPerDay)
    case logical.time: case logical.timestamp: return dateAt(Number(value))
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
