import { configOf, sinkRecord } from '@tributary/plugin'
import type { ConfigKeys, ConfigObject, ConnectRecord, RawConfig, Schema, SinkRecordInput, TransformDefinition } from '@tributary/plugin'

/** Makes a transform from text as in a properties file, and applies it to a record with some parts set. */
export function apply<K extends ConfigKeys> (definition: TransformDefinition<ConfigObject<K>>, raw: RawConfig, parts: Partial<SinkRecordInput>): ConnectRecord | null {
  const transform = definition.create(configOf(definition.config, raw), raw)
  return transform(sinkRecord({ topic: 'orders', partition: 3, offset: 42, ...parts }))
}

/** The value that comes out for a value, and its schema. */
export function valueOf<K extends ConfigKeys> (definition: TransformDefinition<ConfigObject<K>>, raw: RawConfig, value: unknown, valueSchema: Schema | null = null): unknown {
  return apply(definition, raw, { value, valueSchema })?.value
}

/** Fields of a schema as [name, type, optional, default]. */
export function fieldsOf (schema: Schema | null | undefined): unknown[] {
  return (schema?.fields ?? []).map(({ name, schema: { type, optional, default: fallback } }) => [name, type, optional, fallback])
}
