import { configError } from '@tributary/plugin'
import { parseLenientJson } from './lenient-json.ts'

const primitives = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const
const complex = ['record', 'enum', 'array', 'map', 'fixed', 'union'] as const

export type AvroType = typeof primitives[number] | typeof complex[number]
export type Attributes = Readonly<Record<string, unknown>>

export interface AvroField {
  readonly name: string
  readonly schema: AvroSchema
  readonly doc: string | null
  /** undefined: none. */
  readonly default: unknown
}

/** An Avro schema, names resolved: a name used twice is the same object twice. */
export interface AvroSchema {
  readonly type: AvroType
  /** Where it stands, for messages: `address.city`. */
  readonly path: string
  /** With namespace, of records, enums and fixed. */
  readonly fullName: string | null
  readonly doc: string | null
  /** All JSON attributes as given. */
  readonly attributes: Attributes
  /** Of a record. */
  readonly fields: readonly AvroField[]
  /** Of an enum. */
  readonly symbols: readonly string[]
  /** Of a fixed, in bytes. */
  readonly size: number
  /** Of an array its items, of a map its values. */
  readonly inner: AvroSchema | null
  /** Of a union. */
  readonly branches: readonly AvroSchema[]
}

/** A schema, and sentences on what looks like a mistake in it but does no harm. */
export interface ParsedSchema {
  readonly schema: AvroSchema
  readonly warnings: readonly string[]
}

/** Reads an Avro schema in JSON; comments are allowed. Throws a ConnectError that names the place. */
export function parseAvroSchema (text: string): ParsedSchema {
  let json: unknown
  try {
    json = parseLenientJson(text)
  } catch (error) {
    throw configError(`The schema is not JSON: ${(error as Error).message}`, { cause: error })
  }
  const parser = new Parser()
  return { schema: parser.parse(json, '', ''), warnings: parser.warnings }
}

function isObject (value: unknown): value is Attributes {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function problem (path: string, sentence: string): Error {
  return configError(`${path === '' ? 'The schema' : `Schema of "${path}"`}: ${sentence}`)
}

const nameRule = /^[A-Za-z_]\w*$/

class Parser {
  readonly warnings: string[] = []
  readonly #named = new Map<string, AvroSchema>()
  /** Records whose fields are being read. */
  readonly #open = new Set<string>()

  parse (json: unknown, path: string, namespace: string): AvroSchema {
    if (typeof json === 'string') return this.#byName(json, path, namespace)
    if (Array.isArray(json)) return this.#union(json, path, namespace)
    if (!isObject(json)) throw problem(path, `a schema is a name, an object or an array, not ${json === null ? 'null' : typeof json}.`)
    const { type } = json
    if (type === undefined) throw problem(path, '"type" is missing.')
    // Some write {"type": {"type": "int"}}: the inner one counts.
    if (typeof type !== 'string') return this.parse(type, path, namespace)
    switch (type) {
      case 'record':
      case 'error': return this.#record(json, path, namespace)
      case 'enum': return this.#enum(json, path, namespace)
      case 'fixed': return this.#fixed(json, path, namespace)
      case 'array': return this.#make('array', path, { attributes: json, inner: this.#innerOf(json, 'items', path, namespace) })
      case 'map': return this.#make('map', path, { attributes: json, inner: this.#innerOf(json, 'values', path, namespace) })
      default: {
        const primitive = primitives.find(name => name === type)
        return primitive === undefined ? this.#byName(type, path, namespace) : this.#make(primitive, path, { attributes: json })
      }
    }
  }

  #make (type: AvroType, path: string, parts: Partial<AvroSchema>): AvroSchema {
    const doc = parts.attributes?.['doc']
    return { type, path, fullName: null, doc: typeof doc === 'string' ? doc : null, attributes: {}, fields: [], symbols: [], size: 0, inner: null, branches: [], ...parts }
  }

  #byName (name: string, path: string, namespace: string): AvroSchema {
    const primitive = primitives.find(candidate => candidate === name)
    if (primitive !== undefined) return this.#make(primitive, path, {})
    const full = name.includes('.') || namespace === '' ? name : `${namespace}.${name}`
    const found = this.#named.get(full) ?? this.#named.get(name)
    if (found !== undefined) return found
    if (this.#open.has(full) || this.#open.has(name)) throw problem(path, `record "${name}" contains itself, which a record of Kafka Connect cannot.`)
    throw problem(path, `the type "${name}" is not known: use one of ${[...primitives, 'record', 'enum', 'array', 'map', 'fixed'].join(', ')}, or a name defined before.`)
  }

  #union (json: readonly unknown[], path: string, namespace: string): AvroSchema {
    if (json.length === 0) throw problem(path, 'a union needs at least one type.')
    return this.#make('union', path, { branches: json.map(branch => this.parse(branch, path, namespace)) })
  }

  #innerOf (json: Attributes, key: string, path: string, namespace: string): AvroSchema {
    if (json[key] === undefined) throw problem(path, `"${key}" is missing.`)
    return this.parse(json[key], `${path}[]`, namespace)
  }

  #nameOf (json: Attributes, path: string, namespace: string): { fullName: string, namespace: string } {
    const { name, namespace: own } = json
    if (typeof name !== 'string' || !name.split('.').every(part => nameRule.test(part))) {
      throw problem(path, `"name" must be letters, digits and underscores, not ${JSON.stringify(name ?? null)}.`)
    }
    const dot = name.lastIndexOf('.')
    const space = dot >= 0 ? name.slice(0, dot) : typeof own === 'string' ? own : namespace
    const fullName = dot >= 0 || space === '' ? name : `${space}.${name}`
    if (this.#named.has(fullName) || this.#open.has(fullName)) throw problem(path, `the name "${fullName}" is defined twice.`)
    return { fullName, namespace: space }
  }

  #record (json: Attributes, path: string, outer: string): AvroSchema {
    const { fullName, namespace } = this.#nameOf(json, path, outer)
    if (!Array.isArray(json['fields'])) throw problem(path, `record "${fullName}" needs "fields", an array.`)
    this.#open.add(fullName)
    const fields = json['fields'].map(field => this.#field(field, path, namespace))
    this.#open.delete(fullName)
    const twice = fields.find(({ name }, i) => fields.findIndex(other => other.name === name) !== i)
    if (twice !== undefined) throw problem(path, `the field "${twice.name}" is there twice.`)
    const record = this.#make('record', path, { attributes: json, fullName, fields })
    this.#named.set(fullName, record)
    return record
  }

  #field (json: unknown, path: string, namespace: string): AvroField {
    if (!isObject(json)) throw problem(path, 'each field is an object with "name" and "type".')
    const { name, type, doc } = json
    if (typeof name !== 'string' || !nameRule.test(name)) throw problem(path, `a field's "name" must be letters, digits and underscores, not ${JSON.stringify(name ?? null)}.`)
    const inner = path === '' ? name : `${path}.${name}`
    if (type === undefined) throw problem(inner, '"type" is missing.')
    if (json['arg.properties'] !== undefined) {
      this.warnings.push(`"arg.properties" of the field "${inner}" has no effect beside "type"; it belongs inside: "type": {"type": ..., "arg.properties": ...}.`)
    }
    return { name, schema: this.parse(type, inner, namespace), doc: typeof doc === 'string' ? doc : null, default: json['default'] }
  }

  #enum (json: Attributes, path: string, outer: string): AvroSchema {
    const { fullName } = this.#nameOf(json, path, outer)
    const { symbols } = json
    if (!Array.isArray(symbols) || symbols.length === 0 || !symbols.every(symbol => typeof symbol === 'string')) {
      throw problem(path, `enum "${fullName}" needs "symbols", an array of at least one text.`)
    }
    const schema = this.#make('enum', path, { attributes: json, fullName, symbols })
    this.#named.set(fullName, schema)
    return schema
  }

  #fixed (json: Attributes, path: string, outer: string): AvroSchema {
    const { fullName } = this.#nameOf(json, path, outer)
    const { size } = json
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0) throw problem(path, `fixed "${fullName}" needs "size", a number of bytes.`)
    const schema = this.#make('fixed', path, { attributes: json, fullName, size })
    this.#named.set(fullName, schema)
    return schema
  }
}
