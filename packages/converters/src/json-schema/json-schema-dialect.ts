import { t } from '@tributary/plugin'
import type { Infer, Schema } from '@tributary/plugin'

/** How Connect schemas and JSON Schemas stand for each other, as users choose it. */
export interface JsonSchemaDialect {
  /** How decimals are written; both are read. */
  readonly decimals: 'BASE64' | 'NUMERIC'
  /** Whether objects written may have members that their schema does not name. */
  readonly additionalProperties: boolean
  /** Whether what a schema read does not require is optional. */
  readonly optionalForNonRequired: boolean
  /** Whether null is written as null where there is a default. */
  readonly ignoresDefaults: boolean
  /** Whether a choice of one type is that type. */
  readonly flattensSingletons: boolean
  readonly names: SumNames
}

/** Names of what Connect has no word for: enums, and unions of several types. */
export interface SumNames {
  /** Parameter of STRING schemas; followed by a dot and the symbol, one for each symbol. */
  readonly enum: string
  /** Value of the parameter of the symbol that stands at `index`. */
  readonly symbol: (symbol: string, index: number) => string
  /** Name of the struct for the union that is the `index`th of its schema. */
  readonly union: (index: number) => string
  /** Parameter of that struct; null: its name tells. */
  readonly unionParameter: string | null
  /** Start of the names of its fields, which end with their number. */
  readonly unionField: string
}

/** In parameters of Connect schemas: everything Confluent's converter keeps there, none of which is written as a parameter. */
export const jsonSchemaNamespace = 'io.confluent.connect.json'

/** Name of the symbol null in the parameters of an enum. */
export const nullSymbol = '<NULL>'

const confluentSums: SumNames = {
  enum: `${jsonSchemaNamespace}.Enum`,
  symbol: symbol => symbol,
  union: () => `${jsonSchemaNamespace}.OneOf`,
  unionParameter: null,
  unionField: `${jsonSchemaNamespace}.OneOf.field.`
}

const generalizedSums: SumNames = {
  enum: 'org.apache.kafka.connect.data.Enum',
  symbol: (_symbol, index) => String(index),
  union: index => `connect_union_${index}`,
  unionParameter: 'org.apache.kafka.connect.data.Union',
  unionField: 'connect_union_field_'
}

/** Parameters that tell an enum, of both kinds. */
export const enumParameters = [confluentSums.enum, generalizedSums.enum] as const

/** Whether a struct stands for one of its fields. */
export function isUnion (schema: { readonly name: string | null, readonly parameters: Readonly<Record<string, string>> | null }): boolean {
  return schema.name === confluentSums.union(0) || schema.parameters?.[generalizedSums.unionParameter!] !== undefined
}

/** Whether a map is written as an object. */
export function hasTextKeys (schema: Schema): boolean { return schema.keySchema!.type === 'string' && !schema.keySchema!.optional }

/** Keys of a converter for them; Confluent's names. */
export const jsonSchemaKeys = {
  'decimal.format': t.enum(['BASE64', 'NUMERIC'], { description: 'How decimals are written: base64 of their bytes, or numbers. Both are read.', default: 'BASE64', importance: 'LOW', ignoreCase: true }),
  'object.additional.properties': t.boolean({ description: 'Whether the schemas written allow members that they do not name.', default: true }),
  'use.optional.for.nonrequired': t.boolean({ description: 'Whether fields are optional that the schema read does not list in required.', default: false }),
  'ignore.default.for.nullables': t.boolean({ description: 'Whether null is written as null where there is a default value.', default: false }),
  'flatten.singleton.unions': t.boolean({ description: 'Whether a oneOf, anyOf or allOf of one type is read as that type.', default: true, importance: 'LOW' }),
  'generalized.sum.type.support': t.boolean({ description: 'Whether enums and unions get the names that converters of other formats know too.', default: false })
} as const

export function dialectOf (config: Infer<{ keys: typeof jsonSchemaKeys }>): JsonSchemaDialect {
  return {
    decimals: config['decimal.format'],
    additionalProperties: config['object.additional.properties'],
    optionalForNonRequired: config['use.optional.for.nonrequired'],
    ignoresDefaults: config['ignore.default.for.nullables'],
    flattensSingletons: config['flatten.singleton.unions'],
    names: config['generalized.sum.type.support'] ? generalizedSums : confluentSums
  }
}
