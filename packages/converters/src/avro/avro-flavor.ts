import { t } from '@tributary/plugin'
import type { Infer } from '@tributary/plugin'

/** How Avro schemas and Connect schemas stand for each other: as users choose it, and by the names of Confluent's and AWS's converters (their classes AvroData). */
export interface AvroFlavor extends AvroChoice {
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
  /** Parameters that keep what Avro says beside types: docs of records, of their fields and of enums (followed by a name), defaults of enums. */
  readonly parameters: { readonly recordDoc: string, readonly fieldDoc: string, readonly enumDoc: string, readonly enumDefault: string, readonly fieldDefault: string }
}

/** What users choose. */
export interface AvroChoice {
  /** Whether names, versions, docs and parameters of Connect schemas are kept in Avro schemas. */
  readonly metadata: boolean
  /** Whether enums are written as enums again, and members of unions are named in full (`enhanced.avro.schema.support`). */
  readonly enhanced: boolean
  /** Whether docs of Avro are those of Connect schemas; else both are kept apart, and defaults of fields are told from those of Connect (`discard.type.doc.default`). */
  readonly sharesDocs: boolean
  /** Whether null is written as null where there is a default. */
  readonly ignoresDefaults: boolean
  /** Whether names that Avro does not allow are changed when they are written. */
  readonly scrubs: boolean
  /** Whether maps with optional STRING keys are maps of Avro. */
  readonly optionalKeys: boolean
}

/** Parameters of Connect schemas that keep what Connect has no word for. */
export const avroParameters = { precision: 'connect.decimal.precision', fixedSize: 'connect.fixed.size', sharedRecordDoc: 'connect.record.doc', sharedEnumDoc: 'connect.enum.doc' } as const

/** Precision that is not worth a word. */
export const defaultPrecision = 64

function flavorOf (namespace: string, choice: AvroChoice): AvroFlavor {
  const full = (name: string): string => `${namespace}.${name}`
  return {
    ...choice,
    namespace,
    names: { enum: full('Enum'), union: full('Union'), mapEntry: full('MapEntry'), defaultName: full('ConnectDefault'), anything: full('Anything') },
    parameters: { recordDoc: full('record.doc'), fieldDoc: full('field.doc.'), enumDoc: full('enum.doc.'), enumDefault: full('enum.default.'), fieldDefault: full('field.default') }
  }
}

const plain: AvroChoice = { metadata: true, enhanced: false, sharesDocs: false, ignoresDefaults: false, scrubs: false, optionalKeys: false }

export const confluentAvro = (choice: Partial<AvroChoice>): AvroFlavor => flavorOf('io.confluent.connect.avro', { ...plain, ...choice })
export const glueAvro = (choice: Partial<AvroChoice>): AvroFlavor => flavorOf('com.amazonaws.services.schemaregistry.kafkaconnect.avrodata', { ...plain, ...choice })

/** Keys of every converter for Avro. */
export const flavorKeys = {
  'connect.meta.data': t.boolean({ description: 'Whether names, versions, docs and parameters of Connect schemas are kept in Avro schemas.', default: true, importance: 'LOW' }),
  'enhanced.avro.schema.support': t.boolean({ description: 'Whether what was read from an enum is written as one again, not as a string, and members of unions keep their full names.', default: false })
} as const

/** Keys that only Confluent's converter has. */
export const confluentFlavorKeys = {
  ...flavorKeys,
  'discard.type.doc.default': t.boolean({ description: 'Whether docs of Avro schemas are the docs of Connect schemas. Otherwise they are kept as parameters, and written again as they were.', default: false, importance: 'LOW' }),
  'ignore.default.for.nullables': t.boolean({ description: 'Whether null is written as null where there is a default value.', default: false }),
  'scrub.invalid.names': t.boolean({ description: 'Whether characters that Avro does not allow in names are replaced by underscores.', default: false }),
  'allow.optional.map.keys': t.boolean({ description: 'Whether maps whose keys are optional strings are maps of Avro, not arrays of entries.', default: false, importance: 'LOW' })
} as const

export function choiceOf (config: Infer<{ keys: typeof flavorKeys }>): Partial<AvroChoice> {
  return { metadata: config['connect.meta.data'], enhanced: config['enhanced.avro.schema.support'] }
}

export function confluentChoiceOf (config: Infer<{ keys: typeof confluentFlavorKeys }>): Partial<AvroChoice> {
  return {
    ...choiceOf(config),
    sharesDocs: config['discard.type.doc.default'],
    ignoresDefaults: config['ignore.default.for.nullables'],
    scrubs: config['scrub.invalid.names'],
    optionalKeys: config['allow.optional.map.keys']
  }
}
