import { dataError } from '@tributary/plugin'

/** An Avro schema as it stands in JSON. */
export type AvroJson = string | AvroObject | readonly AvroJson[]

/** An Avro schema with a type of its own, and Connect's additions. */
export interface AvroObject {
  readonly type: AvroJson
  readonly name?: string
  readonly namespace?: string
  readonly doc?: string
  readonly fields?: readonly AvroField[]
  readonly symbols?: readonly string[]
  readonly items?: AvroJson
  readonly values?: AvroJson
  readonly size?: number
  readonly default?: unknown
  readonly logicalType?: string
  readonly scale?: number
  readonly precision?: number
  readonly 'connect.name'?: string
  readonly 'connect.version'?: number
  readonly 'connect.doc'?: string
  readonly 'connect.type'?: string
  readonly 'connect.internal.type'?: string
  readonly 'connect.parameters'?: Readonly<Record<string, string>>
  readonly 'connect.default'?: unknown
}

export interface AvroField {
  readonly name: string
  readonly type: AvroJson
  readonly doc?: string
  readonly default?: unknown
  readonly 'connect.parameters'?: Readonly<Record<string, string>>
}

/** A schema with its full name, or type name, and the namespace that holds for its parts. */
export interface Resolved {
  readonly schema: AvroObject
  /** `int`, `array`, or the full name of a record, enum or fixed. */
  readonly name: string
  readonly namespace: string
}

const namedTypes = new Set(['record', 'error', 'enum', 'fixed'])
const primitives = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'])

/** Finds the schemas that names stand for; a name is known from the place on where it is defined. */
export class AvroNames {
  readonly #byName = new Map<string, Resolved>()

  /** Throws a data error for a name that is not defined. */
  resolve (json: Exclude<AvroJson, readonly AvroJson[]>, namespace: string): Resolved {
    if (typeof json === 'string') {
      if (primitives.has(json)) return { schema: { type: json }, name: json, namespace }
      const found = this.#byName.get(json.includes('.') || namespace === '' ? json : `${namespace}.${json}`) ?? this.#byName.get(json)
      if (found === undefined) throw dataError(`The Avro schema uses the name ${json}, which it does not define.`)
      return found
    }
    if (typeof json.type !== 'string') return this.resolve(json.type as AvroObject, namespace)
    if (!namedTypes.has(json.type)) return primitives.has(json.type) || json.type === 'array' || json.type === 'map' ? { schema: json, name: json.type, namespace } : this.resolve(json.type, namespace)
    const name = this.fullName(json, namespace)
    const resolved = { schema: json, name, namespace: name.slice(0, Math.max(name.lastIndexOf('.'), 0)) }
    this.#byName.set(name, resolved)
    return resolved
  }

  /** `namespace`: of what is around. */
  fullName ({ name = '', namespace: own }: AvroObject, namespace: string): string {
    const inner = own ?? namespace
    return name.includes('.') || inner === '' ? name : `${inner}.${name}`
  }
}
