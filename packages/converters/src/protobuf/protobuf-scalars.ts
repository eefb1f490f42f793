import { connectType } from './protobuf-dialect.ts'
import { scalarSchemaTypes } from './protobuf-kinds.ts'
import type { ProtobufReader } from './protobuf-reader.ts'
import { isEnum, isMessage } from './proto-types.ts'
import type { EnumType, FieldType, ScalarType } from './proto-types.ts'

/** Code that reads a scalar with `from`. */
const scalarCode: Readonly<Record<ScalarType, string>> = {
  double: 'from.double()', float: 'from.float()', int32: 'from.int32()', uint32: 'from.uint32()', sint32: 'from.sint32()', fixed32: 'from.fixed32()', sfixed32: 'from.sfixed32()',
  int64: 'from.int64()', uint64: 'from.int64()', sint64: 'from.sint64()', fixed64: 'from.sfixed64()', sfixed64: 'from.sfixed64()', bool: 'from.bool()', string: 'from.string()', bytes: 'from.bytes()'
}

/** Code that reads a scalar field with `from`. */
export function readCode (field: FieldType): string {
  const type = field.type as ScalarType
  if (type === 'string' && !field.isUtf8) return 'from.lenientString()'
  const code = scalarCode[type]
  const narrow = scalarSchemaTypes[type] === 'int32' ? field.parameters.get(connectType) : undefined
  return narrow === 'int8' ? `${code} << 24 >> 24` : narrow === 'int16' ? `${code} << 16 >> 16` : code
}

/** Reads a symbol, or its number; undefined where the enum has no other numbers and this is one. */
export function enumReader ({ type, isProto3 }: FieldType, isNumber: boolean): (from: ProtobufReader) => unknown {
  const { name, values, isClosed } = type as EnumType
  const symbols = new Map<number, string>(values.toReversed().map(({ name, number }) => [number, name]))
  const unknown = (number: number): unknown => isClosed || !isProto3 ? undefined : isNumber ? number : `UNKNOWN_ENUM_VALUE_${name}_${number}`
  return from => {
    const number = from.int32()
    const symbol = symbols.get(number)
    return symbol === undefined ? unknown(number) : isNumber ? number : symbol
  }
}

/** How a value of the type is written: the low three bits of its tag. */
export function wireType ({ type }: FieldType): 0 | 1 | 2 | 5 {
  if (isMessage(type) || type === 'string' || type === 'bytes') return 2
  if (isEnum(type)) return 0
  if (type === 'double' || type.endsWith('fixed64')) return 1
  return type === 'float' || type.endsWith('fixed32') ? 5 : 0
}

/** The value of a scalar or enum that is not set. */
export function defaultOf ({ type, default: text }: FieldType, intEnums: boolean): unknown {
  if (isMessage(type)) return null
  if (isEnum(type)) {
    const value = type.values.find(({ name }) => name === text) ?? type.values[0]!
    return intEnums ? value.number : value.name
  }
  switch (type) {
    case 'string': return text ?? ''
    case 'bytes': return new Uint8Array(Buffer.from(text ?? ''))
    case 'bool': return text === 'true'
    case 'float': case 'double': return fraction(text ?? '0', type)
    default: return integer(text ?? '0')
  }
}

function fraction (text: string, type: 'float' | 'double'): number {
  const magnitude = text.replace(/^[+-]/, '')
  const value = magnitude === 'inf' ? Infinity : magnitude === 'nan' ? NaN : Number(magnitude.replace(/f$/i, ''))
  const signed = text.startsWith('-') ? -value : value
  return type === 'float' ? Math.fround(signed) : signed
}

/** Unsigned numbers past 2^63 are negative, as in Java. */
function integer (text: string): number | bigint {
  const magnitude = BigInt(text.replace(/^[+-]/, '').replace(/^0(?=[0-7])/, '0o'))
  const value = BigInt.asIntN(64, text.startsWith('-') ? -magnitude : magnitude)
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}
