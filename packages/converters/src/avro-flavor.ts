/** What differs between the Avro schemas that Confluent's and AWS's converters make of Connect's (their classes AvroData). */
export interface AvroFlavor {
  /** Whether names, versions and docs of Connect schemas are kept in Avro schemas. */
  readonly metadata: boolean
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

function flavorOf (namespace: string, metadata: boolean, hasFieldDocs: boolean): AvroFlavor {
  const full = (name: string): string => `${namespace}.${name}`
  return { metadata, hasFieldDocs, namespace, names: { enum: full('Enum'), union: full('Union'), mapEntry: full('MapEntry'), defaultName: full('ConnectDefault'), anything: full('Anything') } }
}

export const confluentAvro = (metadata: boolean): AvroFlavor => flavorOf('io.confluent.connect.avro', metadata, true)
export const glueAvro = (metadata: boolean): AvroFlavor => flavorOf('com.amazonaws.services.schemaregistry.kafkaconnect.avrodata', metadata, false)
