import { dataError } from '@tributary/plugin'
import type { Schema, SchemaType } from '@tributary/plugin'
import { enumOf } from './protobuf-dialect.ts'
import type { ProtobufDialect } from './protobuf-dialect.ts'
import type { ProtobufWriter } from './protobuf-writer.ts'
import { isEnum } from './proto-types.ts'
import type { EnumType, FieldType, MessageType, ScalarType } from './proto-types.ts'

/** Writes a value that is not null. */
export type Write = (to: ProtobufWriter, value: unknown) => void

const integers: readonly SchemaType[] = ['int8', 'int16', 'int32', 'int64']

/** What writes a scalar, and the types of Connect whose values it takes. */
const scalars: Readonly<Record<ScalarType, { readonly write: Write, readonly from: readonly SchemaType[] }>> = {
  int32: { write: (to, value) => { to.int32(value) }, from: integers },
  uint32: { write: (to, value) => { to.uint32(value) }, from: integers },
  sint32: { write: (to, value) => { to.sint32(value) }, from: integers },
  fixed32: { write: (to, value) => { to.fixed32(value) }, from: integers },
  sfixed32: { write: (to, value) => { to.fixed32(value) }, from: integers },
  int64: { write: (to, value) => { to.int64(value) }, from: integers },
  uint64: { write: (to, value) => { to.int64(value) }, from: integers },
  sint64: { write: (to, value) => { to.sint64(value) }, from: integers },
  fixed64: { write: (to, value) => { to.fixed64(value) }, from: integers },
  sfixed64: { write: (to, value) => { to.fixed64(value) }, from: integers },
  float: { write: (to, value) => { to.float(value) }, from: ['float32'] },
  double: { write: (to, value) => { to.double(value) }, from: ['float32', 'float64'] },
  bool: { write: (to, value) => { to.bool(value) }, from: ['boolean'] },
  string: { write: (to, value) => { to.string(value) }, from: ['string'] },
  bytes: { write: (to, value) => { to.bytes(value) }, from: ['bytes'] }
}

/** Writes a value of the schema into a scalar or enum field, without its tag; null where they do not fit. */
export function scalarWriter (schema: Schema, { type }: FieldType, dialect: ProtobufDialect): Write | null {
  if (isEnum(type)) {
    const number = enumNumber(schema, type, dialect)
    return number === null ? null : (to, value) => { to.int32(number(value)) }
  }
  const { write, from } = scalars[type as ScalarType]
  return from.includes(schema.type) ? write : null
}

/** Gives the number of a symbol, or of itself; null for schemas that are neither. */
function enumNumber (schema: Schema, { fullName, values }: EnumType, { names }: ProtobufDialect): ((value: unknown) => number) | null {
  if (schema.type === 'int32') return value => value as number
  if (schema.type !== 'string') return null
  const numbers = new Map<unknown, number>(values.map(({ name, number }) => [name, number]))
  if (enumOf(schema) !== null) {
    const start = `${names.enum}.`
    for (const [key, number] of Object.entries(schema.parameters ?? {})) if (key.startsWith(start)) numbers.set(key.slice(start.length), Number(number))
  }
  return value => {
    const number = numbers.get(value)
    if (number === undefined) throw dataError(`A value is no symbol of the Protobuf enum ${fullName}: it has ${values.map(({ name }) => name).join(', ')}.`)
    return number
  }
}

/** Tells values that need not be written where zero stands for unset. */
export function isZero (schema: Schema, { type }: FieldType, dialect: ProtobufDialect): (value: unknown) => boolean {
  if (isEnum(type as MessageType | EnumType)) {
    const number = enumNumber(schema, type as EnumType, dialect)
    const zero = (type as EnumType).values[0]!.number
    return value => number?.(value) === zero
  }
  switch (type) {
    case 'string': return value => value === ''
    case 'bytes': return value => value instanceof Uint8Array && value.length === 0
    case 'bool': return value => value === false
    // Minus zero is another number.
    case 'float': case 'double': return value => Object.is(value, 0)
    default: return value => value === 0 || value === 0n
  }
}
