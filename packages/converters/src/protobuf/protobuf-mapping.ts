import { dataError, schema as make } from '@tributary/plugin'
import type { Schema, SchemaOptions } from '@tributary/plugin'
import { connectType, precisionParameter, tagParameter, typeParameter, wrapperParameter } from './protobuf-dialect.ts'
import type { ProtobufDialect } from './protobuf-dialect.ts'
import { kindOf, scalarSchemaTypes, variant, wrapped } from './protobuf-kinds.ts'
import { mapName } from './protobuf-names.ts'
import type { EnumType, FieldType, MessageType, ScalarType } from './proto-types.ts'

/** The name of the field that holds the members of a oneof. `index`: of the oneof in its message. */
export function unionField (name: string, index: number, { indexedUnions }: ProtobufDialect): string { return indexedUnions ? `${name}_${index}` : name }

/** The Connect schema of a message, as Confluent's ProtobufData reads it. `version`: of the schema in its subject. Throws data errors. */
export function connectSchemaOf (message: MessageType, dialect: ProtobufDialect, version: number | null): Schema {
  return make.with(new Mapping(dialect).message(message), { version })
}

/** A message that was mapped before, and the number of the field it was first met at, null if that is repeated. */
interface Mapped { readonly schema: Schema, readonly tag: string | null }

class Mapping {
  readonly #dialect: ProtobufDialect
  /** Messages of which the mapping has not ended. */
  readonly #open = new Set<MessageType>()
  readonly #done = new Map<MessageType, Mapped>()

  constructor (dialect: ProtobufDialect) { this.#dialect = dialect }

  message (message: MessageType): Schema {
    const { rawWrappers, flattensUnions, keepsPackages } = this.#dialect
    const scalar = rawWrappers ? wrapped(message) : null
    if (scalar !== null) return make.of(scalar)
    if (this.#open.has(message)) throw dataError(`The Protobuf message ${message.fullName} holds itself, which Connect's schemas cannot express.`)
    this.#open.add(message)
    const unions = flattensUnions
      ? message.oneofs.flatMap(({ fields }) => fields.map(field => [field.name, this.#field(field)] as const))
      : message.oneofs.map(({ name, fields }, i) => [unionField(name, i, this.#dialect), this.#union(name, fields, message)] as const)
    const fields = message.fields.map(field => [field.name, this.#field(field)] as const)
    this.#open.delete(message)
    return make.struct([...unions, ...fields], { name: keepsPackages ? message.fullName : message.name })
  }

  #union (name: string, fields: readonly FieldType[], { fullName }: MessageType): Schema {
    const { names, keepsPackages } = this.#dialect
    return make.struct(fields.map(field => [field.name, this.#field(field)] as const), {
      optional: true,
      ...names.unionParameter === null ? { name: names.unionPrefix + (keepsPackages ? `${fullName}.${name}` : name) } : { name, parameters: { [names.unionParameter]: name } }
    })
  }

  #field (field: FieldType): Schema {
    const { optionalLabels, optionalWrappers } = this.#dialect
    const kind = kindOf(field, this.#dialect)
    const isList = field.isRepeated && kind !== 'map'
    const content = this.#content(field, kind, isList)
    const base = isList ? make.array(make.with(content, { optional: true }), { optional: true }) : content
    const isOptional = field.isMember || (optionalLabels ? field.isOptional : !optionalWrappers)
    const parameters = {
      ...base.parameters,
      ...field.isMember && optionalWrappers && kind === 'wrapper' ? { [wrapperParameter]: 'true' } : {},
      [tagParameter]: String(field.number)
    }
    return make.with(base, { optional: base.optional || isOptional, parameters })
  }

  /** The schema of one item; optional where it is a message or an enum. */
  #content (field: FieldType, kind: ReturnType<typeof kindOf>, isList: boolean): Schema {
    const { type } = field
    const options = { optional: true }
    switch (kind) {
      case 'scalar': return scalarSchema(type as ScalarType, field.parameters.get(connectType))
      case 'enum': return this.#enum(type as EnumType)
      case 'decimal': return decimalSchema(field.parameters, options)
      case 'date': return make.date(options)
      case 'time': return make.time(options)
      case 'timestamp': return make.timestamp(options)
      case 'variant': return make.struct([['metadata', make.of('bytes')], ['value', make.of('bytes')]], { ...options, name: variant.name })
      case 'wrapper': return make.of(wrapped(type as MessageType)!, options)
      case 'map': return this.#map(type as MessageType)
      case 'struct': return this.#struct(type as MessageType, isList ? null : String(field.number))
    }
  }

  #enum ({ name, fullName, values }: EnumType): Schema {
    const { intEnums, keepsPackages, names } = this.#dialect
    const symbols = values.map(({ name, number }) => [`${names.enum}.${name}`, String(number)] as const)
    return make.of(intEnums ? 'int32' : 'string', { name: keepsPackages ? fullName : name, optional: true, parameters: { [names.enum]: name, ...Object.fromEntries(symbols) } })
  }

  #map ({ name, fullName, fields: [key, value] }: MessageType): Schema {
    return make.map(this.#field(key!), this.#field(value!), { name: mapName(this.#dialect.keepsPackages ? fullName : name), optional: true })
  }

  /** As in Java, items of later lists keep the number of the field where their message was first met. */
  #struct (message: MessageType, tag: string | null): Schema {
    let found = this.#done.get(message)
    if (found === undefined) {
      found = { schema: make.with(this.message(message), { optional: true }), tag }
      this.#done.set(message, found)
      return found.schema
    }
    return found.tag === null ? found.schema : make.with(found.schema, { parameters: { [tagParameter]: found.tag } })
  }
}

function scalarSchema (type: ScalarType, connect: string | undefined): Schema {
  const found = scalarSchemaTypes[type]
  if (found === 'int32' && (connect === 'int8' || connect === 'int16')) return make.of(connect)
  const isPlain = type === 'int32' || type === 'int64' || !found.startsWith('int')
  return make.of(found, isPlain ? {} : { parameters: { [typeParameter]: type } })
}

function decimalSchema (parameters: ReadonlyMap<string, string>, options: SchemaOptions): Schema {
  const number = (name: string): number | null => {
    const text = parameters.get(name)
    return text !== undefined && /^[+-]?\d{1,10}$/.test(text) && (Number(text) | 0) === Number(text) ? Number(text) : null
  }
  const precision = number('precision')
  return make.decimal(number('scale') ?? 0, { ...options, parameters: precision === null ? null : { [precisionParameter]: String(precision) } })
}
