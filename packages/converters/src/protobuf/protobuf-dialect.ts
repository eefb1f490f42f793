import { t } from '@tributary/plugin'
import type { Infer, Schema } from '@tributary/plugin'

/** How Connect schemas and Protobuf schemas stand for each other, as users choose it. */
export interface ProtobufDialect {
  /** Whether names of structs and enums that are read keep their package. */
  readonly keepsPackages: boolean
  /** Whether names that Protobuf does not allow are changed when they are written. */
  readonly scrubs: boolean
  /** Whether enums are read as their numbers. */
  readonly intEnums: boolean
  /** Whether optional fields are written with the word optional, and only such fields are read as optional. */
  readonly optionalLabels: boolean
  /** Whether unset fields of proto2 are read as unset, not as their default. */
  readonly optionalProto2: boolean
  /** Whether optional scalars are written as Google's wrappers, and wrappers read as optional scalars. */
  readonly optionalWrappers: boolean
  /** Whether wrappers are read as what they hold. */
  readonly rawWrappers: boolean
  /** Whether unset messages are read as empty structs. */
  readonly structsForNulls: boolean
  /** Whether fields for oneofs have names that end with their index. */
  readonly indexedUnions: boolean
  /** Whether members of oneofs are read as fields of their own. */
  readonly flattensUnions: boolean
  /** Whether null is written as null where there is a default. */
  readonly ignoresDefaults: boolean
  readonly names: ProtobufNames
}

/** Names of what Connect has no word for. */
export interface ProtobufNames {
  /** Parameter of enums; followed by a dot and the symbol, one for each symbol. */
  readonly enum: string
  /** Parameter of structs for oneofs; null: their names tell. */
  readonly unionParameter: string | null
  /** Start of the names of such structs. */
  readonly unionPrefix: string
}

const namespace = 'io.confluent.connect.protobuf'

/** Parameters of Connect schemas: the number of the field, the type where Connect has several, whether a wrapper was unwrapped. */
export const tagParameter = `${namespace}.Tag`
export const typeParameter = `${namespace}.Type`
export const wrapperParameter = `${namespace}.Wrapper`
/** Of fields that Confluent's `field_meta` describes. */
export const connectType = 'connect.type'
export const precisionParameter = 'connect.decimal.precision'

const confluentNames: ProtobufNames = { enum: `${namespace}.Enum`, unionParameter: null, unionPrefix: `${namespace}.Union.` }
const generalizedNames: ProtobufNames = { enum: 'org.apache.kafka.connect.data.Enum', unionParameter: 'org.apache.kafka.connect.data.Union', unionPrefix: '' }

/** A struct of which one member is set, as parameters or names of either kind tell. */
export function isUnion ({ name, parameters }: Schema): boolean {
  return name?.startsWith(confluentNames.unionPrefix.slice(0, -1)) === true || parameters?.[generalizedNames.unionParameter!] !== undefined
}

/** The name of the enum that a schema stands for, null if it is none. Numbers are enums of Confluent's kind alone. */
export function enumOf ({ type, parameters }: Schema): string | null {
  const own = parameters?.[confluentNames.enum]
  if (type === 'string') return parameters?.[generalizedNames.enum] ?? own ?? null
  return type === 'int32' ? own ?? null : null
}

const low = { importance: 'LOW' } as const

/** Keys of a converter for them; Confluent's names. */
export const protobufKeys = {
  'enhanced.protobuf.schema.support': t.boolean({ description: 'Whether names of structs and enums that are read keep their package.', default: false }),
  'scrub.invalid.names': t.boolean({ description: 'Whether characters that Protobuf does not allow in names are replaced by underscores.', default: false }),
  'int.for.enums': t.boolean({ description: 'Whether enums are read as their numbers instead of their symbols.', default: false }),
  'optional.for.nullables': t.boolean({ description: 'Whether optional fields are written with the word optional, and only fields with it are read as optional.', default: false }),
  'optional.for.proto2': t.boolean({ description: 'Whether unset fields of proto2 are read as null instead of their default.', default: true }),
  'wrapper.for.nullables': t.boolean({ description: 'Whether optional scalars are written as wrappers such as google.protobuf.StringValue, and wrappers read as optional scalars.', default: false }),
  'wrapper.for.raw.primitives': t.boolean({ description: 'Whether wrappers such as google.protobuf.StringValue are read as what they hold instead of structs.', default: true }),
  'generate.struct.for.nulls': t.boolean({ description: 'Whether messages and optional fields that are unset are read as empty structs and zeros instead of null.', default: false }),
  'generate.index.for.unions': t.boolean({ description: 'Whether the field for a oneof is called kind_0 instead of kind.', default: true, ...low }),
  'flatten.unions': t.boolean({ description: 'Whether members of oneofs are read as fields of their own.', default: false, ...low }),
  'generalized.sum.type.support': t.boolean({ description: 'Whether enums and unions get the names that converters of other formats know too.', default: false }),
  'ignore.default.for.nullables': t.boolean({ description: 'Whether null is written as null where there is a default value.', default: false })
} as const

export function dialectOf (config: Infer<{ keys: typeof protobufKeys }>): ProtobufDialect {
  return {
    keepsPackages: config['enhanced.protobuf.schema.support'],
    scrubs: config['scrub.invalid.names'],
    intEnums: config['int.for.enums'],
    optionalLabels: config['optional.for.nullables'],
    optionalProto2: config['optional.for.proto2'],
    optionalWrappers: config['wrapper.for.nullables'],
    rawWrappers: config['wrapper.for.raw.primitives'],
    structsForNulls: config['generate.struct.for.nulls'],
    indexedUnions: config['generate.index.for.unions'],
    flattensUnions: config['flatten.unions'],
    ignoresDefaults: config['ignore.default.for.nullables'],
    names: config['generalized.sum.type.support'] ? generalizedNames : confluentNames
  }
}
