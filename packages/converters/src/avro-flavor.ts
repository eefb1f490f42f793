import { t } from '@tributary/plugin'
import type { Infer } from '@tributary/plugin'

/** What differs between the Avro schemas that Confluent's and AWS's converters make of Connect's (their classes AvroData). */
export interface AvroFlavor {
  /** Whether names, versions and docs of Connect schemas are kept in Avro schemas. */
  readonly metadata: boolean
  /** Whether enums are written as enums again, and members of unions are named in full (`enhanced.avro.schema.support`). */
  readonly enhanced: boolean
  /** Whether docs of fields stand in the field, not only in the Connect schema of its type. */
  readonly hasFieldDocs: boolean
  /** Of types that Avro has no name for. */
  readonly namespace: string
  readonly names: {
    /** Name of a parameter of STRING schemas: the full name of the enum they were. */
    readonly enum: string
    readonly union: string
    readonly mapEntry: string
    /** A struct without a name. */
    readonly defaultName: string
    /** A record that holds a value without a schema. */
    readonly anything: string
  }
}

/** Parameters of Connect schemas that keep what Connect has no word for. */
export const avroParameters = { precision: 'connect.decimal.precision', fixedSize: 'connect.fixed.size' } as const

/** Precision that is not worth a word. */
export const defaultPrecision = 64

/** What users choose. */
type Choice = Pick<AvroFlavor, 'metadata' | 'enhanced'>

function flavorOf (namespace: string, choice: Choice, hasFieldDocs: boolean): AvroFlavor {
  const full = (name: string): string => `${namespace}.${name}`
  return { ...choice, hasFieldDocs, namespace, names: { enum: full('Enum'), union: full('Union'), mapEntry: full('MapEntry'), defaultName: full('ConnectDefault'), anything: full('Anything') } }
}

export const confluentAvro = (choice: Choice): AvroFlavor => flavorOf('io.confluent.connect.avro', choice, true)
export const glueAvro = (choice: Choice): AvroFlavor => flavorOf('com.amazonaws.services.schemaregistry.kafkaconnect.avrodata', choice, false)

/** Keys of a converter for them. */
export const flavorKeys = {
  'connect.meta.data': t.boolean({ description: 'Whether names, versions and docs of Connect schemas are kept in Avro schemas.', default: true, importance: 'LOW' }),
  'enhanced.avro.schema.support': t.boolean({ description: 'Whether what was read from an enum is written as one again, not as a string, and members of unions keep their full names.', default: false })
} as const

export function choiceOf (config: Infer<{ keys: typeof flavorKeys }>): Choice {
  return { metadata: config['connect.meta.data'], enhanced: config['enhanced.avro.schema.support'] }
}
