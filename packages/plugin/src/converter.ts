import type { ConfigObject, Infer, RawConfig } from './config.ts'
import type { Schema } from './schema.ts'

/** A value with its schema; schema null means schemaless. */
export interface SchemaAndValue {
  readonly schema: Schema | null
  readonly value: unknown
}

/** The headers of a Kafka record, as bytes. */
export type RawHeaders = readonly { readonly key: string, readonly value: Uint8Array | null }[]

/**
 * Turns bytes into values and back. Synchronous, called in a loop over a batch. One that must ask another system first, such as a schema
 * registry, throws {@link Pending}: the worker waits for its promise and calls again. Errors are of kind `data`, or `transient`.
 */
export interface Converter {
  /** null bytes mean a tombstone. */
  toConnect (topic: string, bytes: Uint8Array | null, headers: RawHeaders): SchemaAndValue
  fromConnect (topic: string, schema: Schema | null, value: unknown): Uint8Array | null
}

/** Turns header values into bytes and back. */
export interface HeaderConverter {
  toConnect (topic: string, key: string, bytes: Uint8Array | null): SchemaAndValue
  fromConnect (topic: string, key: string, schema: Schema | null, value: unknown): Uint8Array | null
}

/** Thrown by a converter that has to wait. Not an error: `promise` resolves when the same call will succeed or fail for good. */
export class Pending {
  readonly promise: Promise<unknown>

  constructor (promise: Promise<unknown>) { this.promise = promise }
}

/** A converter of keys and values. Those with `createHeader` serve as header converters too. */
export interface ConverterDefinition<O extends ConfigObject = ConfigObject> {
  readonly kind: 'converter'
  readonly summary: string
  readonly config: O
  create? (config: Infer<O>, options: { isKey: boolean, raw: RawConfig }): Converter
  createHeader? (config: Infer<O>, options: { raw: RawConfig }): HeaderConverter
}

/** Declares a converter. */
export function defineConverter<const O extends ConfigObject> (definition: Omit<ConverterDefinition<O>, 'kind'>): ConverterDefinition<O> {
  return { kind: 'converter', ...definition }
}
