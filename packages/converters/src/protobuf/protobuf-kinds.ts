import type { SchemaType } from '@tributary/plugin'
import type { ProtobufDialect } from './protobuf-dialect.ts'
import { isEnum, isMap, isMessage } from './proto-types.ts'
import type { FieldType, MessageType, ScalarType } from './proto-types.ts'

/** Messages that stand for a scalar, and the file that defines them. */
export const wrapperPath = 'google/protobuf/wrappers.proto'
export const wrappers = {
  'google.protobuf.DoubleValue': 'float64',
  'google.protobuf.FloatValue': 'float32',
  'google.protobuf.Int64Value': 'int64',
  'google.protobuf.UInt64Value': 'int64',
  'google.protobuf.Int32Value': 'int32',
  'google.protobuf.UInt32Value': 'int64',
  'google.protobuf.BoolValue': 'boolean',
  'google.protobuf.StringValue': 'string',
  'google.protobuf.BytesValue': 'bytes'
} as const
export type WrapperName = keyof typeof wrappers

/** A value of any shape, which Connect has as a struct. */
export const variant = { name: 'org.apache.kafka.connect.data.Variant', message: 'confluent.type.Variant', path: 'confluent/type/variant.proto' } as const

/** Messages that stand for logical types of Connect, and for a variant, which is a struct. */
const logicalKinds = {
  'confluent.type.Decimal': 'decimal', 'google.type.Date': 'date', 'google.type.TimeOfDay': 'time', 'google.protobuf.Timestamp': 'timestamp', [variant.message]: 'variant'
} as const

/** What Connect has for a scalar. */
export const scalarSchemaTypes: Readonly<Record<ScalarType, Exclude<SchemaType, 'array' | 'map' | 'struct'>>> = {
  double: 'float64', float: 'float32', int32: 'int32', sint32: 'int32', sfixed32: 'int32', uint32: 'int64', fixed32: 'int64', int64: 'int64', uint64: 'int64', sint64: 'int64',
  fixed64: 'int64', sfixed64: 'int64', bool: 'boolean', string: 'string', bytes: 'bytes'
}

/** What a wrapper is read as, null for other messages. */
export function wrapped ({ fullName }: MessageType): typeof wrappers[WrapperName] | null { return Object.hasOwn(wrappers, fullName) ? wrappers[fullName as WrapperName] : null }

/** What a field is read as, apart from being repeated. */
export type FieldKind = 'scalar' | 'enum' | 'map' | 'wrapper' | 'struct' | typeof logicalKinds[keyof typeof logicalKinds]

export function kindOf (field: FieldType, dialect: ProtobufDialect): FieldKind {
  const { type } = field
  if (isEnum(type)) return 'enum'
  if (!isMessage(type)) return 'scalar'
  if (Object.hasOwn(logicalKinds, type.fullName)) return logicalKinds[type.fullName as keyof typeof logicalKinds]
  if (wrapped(type) !== null && (dialect.optionalWrappers || dialect.rawWrappers)) return 'wrapper'
  return isMap(field) ? 'map' : 'struct'
}
