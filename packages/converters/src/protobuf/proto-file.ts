/** A `.proto` file: what it says about data. Services, extensions and options that change no data are left out. */
export interface ProtoFile {
  readonly syntax: 'proto2' | 'proto3'
  readonly package: string | null
  readonly imports: readonly string[]
  /** Imports that whoever imports this file sees too. */
  readonly publicImports: readonly string[]
  readonly messages: readonly ProtoMessage[]
  readonly enums: readonly ProtoEnum[]
}

export interface ProtoMessage {
  readonly name: string
  /** Without those of oneofs. */
  readonly fields: readonly ProtoField[]
  readonly oneofs: readonly ProtoOneof[]
  readonly messages: readonly ProtoMessage[]
  readonly enums: readonly ProtoEnum[]
}

export interface ProtoOneof {
  readonly name: string
  readonly fields: readonly ProtoField[]
}

export interface ProtoField {
  readonly name: string
  readonly number: number
  readonly label: 'optional' | 'required' | 'repeated' | null
  /** A scalar type, or the name of a message or enum as it stands there. */
  readonly type: string
  /** Of a map; its type is then that of its values. */
  readonly keyType: string | null
  /** As written, without quotes. */
  readonly default: string | null
  /** Null: as the syntax has it. */
  readonly packed: boolean | null
  /** `params` of the option `confluent.field_meta`. */
  readonly parameters: ReadonlyMap<string, string>
}

export interface ProtoEnum {
  readonly name: string
  readonly values: readonly { readonly name: string, readonly number: number }[]
}

/** The full name of what stands in a package or message: `C` in `a.b` is `a.b.C`. */
export function qualified (scope: string, name: string): string { return scope === '' ? name : `${scope}.${name}` }

/** The full name of a message of the file. */
export function messageName ({ package: scope }: ProtoFile, { name }: ProtoMessage): string { return qualified(scope ?? '', name) }
