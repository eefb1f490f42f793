import { dataError, dateAt, schema as make } from '@tributary/plugin'
import type { SchemaOptions } from '@tributary/plugin'
import { setMember } from '../json/json-parse.ts'
import { msOf } from '../logical.ts'
import { connectDefault, defaultOf } from './avro-defaults.ts'
import { avroParameters } from './avro-flavor.ts'
import type { AvroFlavor } from './avro-flavor.ts'
import { AvroNames } from './avro-names.ts'
import type { AvroField, AvroJson, AvroObject, Resolved } from './avro-names.ts'
import { scrubbed } from './avro-scrub.ts'
import { structReader, structWriter } from './avro-struct.ts'
import type { AvroWrite } from './avro-struct.ts'
import { bytesMapping, dateOf, entryMapping, enumMapping, intMapping, stringMap } from './avro-values.ts'
import type { AvroMapping } from './avro-values.ts'

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
      return { ...mapping, index: branches.indexOf(branch), branch: name, name: this.#flavor.enhanced ? name : name.slice(name.lastIndexOf('.') + 1) }
    })
    const nullAt = branches.indexOf('null')
    const fieldSetIn = (value: object): typeof fields[number] => {
      const field = fields.find(({ name }) => Object.hasOwn(value, name) && (value as Record<string, unknown>)[name] != null)
      if (field === undefined) throw dataError('A union of several types needs one of its members to be set.')
      return field
    }
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
        const field = fields.find(one => one.index === index)!
        return { [field.name]: field.read(from) }
      },
      write (to, value) {
        if (value === null || value === undefined) {
          if (!optional) throw new Error('null')
          to.int(nullAt)
          return
        }
        const field = fieldSetIn(value)
        to.int(field.index)
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
        const field = fieldSetIn(value)
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

/** The mapping of a schema that has a default. */
function withDefault (mapping: AvroMapping, value: unknown): AvroMapping {
  return value == null ? mapping : { ...mapping, schema: make.with(mapping.schema, { default: defaultOf(mapping.schema, value) }) }
}
