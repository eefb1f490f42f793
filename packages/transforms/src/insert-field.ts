import { BySchema, TypedNumber, configError, dataError, defineTransform, schema as make, t } from '@tributary/plugin'
import type { ConnectRecord, Schema, SinkRecord, Transform } from '@tributary/plugin'
import { replaceNullWithDefault } from './common-keys.ts'
import { keyPart, requireMap, requireStruct, setMember, valuePart } from './record-part.ts'
import type { RecordPart } from './record-part.ts'
import { putMember, structMember, withMembers } from './struct-access.ts'
import { schemaBasics, structSchema } from './struct-schema.ts'

const suffix = 'A ! at its end makes the field required, a ? optional, which is the default.'

const config = t.object({
  'topic.field': t.string({ description: `Field for the topic. ${suffix}`, default: null }),
  'partition.field': t.string({ description: `Field for the Kafka partition. ${suffix}`, default: null }),
  'offset.field': t.string({ description: `Field for the offset, for sinks only. ${suffix}`, default: null }),
  'timestamp.field': t.string({ description: `Field for the timestamp of the record. ${suffix}`, default: null }),
  'static.field': t.string({ description: `Field for a text that is always the same. ${suffix}`, default: null }),
  'static.value': t.string({ description: 'The text for static.field.', default: null }),
  'replace.null.with.default': replaceNullWithDefault
})

const purpose = 'field insertion'

/** Java's `org.apache.kafka.connect.transforms.InsertField`. */
function insertField (part: RecordPart) {
  return defineTransform({
    summary: `Adds fields with the topic, partition, offset, timestamp, or a fixed text to the ${part.name.toLowerCase()}.`,
    config,
    create: options => {
      const insertions = insertionsOf(options)
      if (insertions.length === 0) throw configError('No field insertion configured')
      if (options['static.field'] !== null && options['static.value'] === null) {
        throw configError(`Invalid value null for configuration static.value: No value specified for static field: ${options['static.field']}`)
      }
      return createInsertField(part, insertions, options['replace.null.with.default'])
    }
  })
}

export const insertFieldKey = insertField(keyPart)
export const insertFieldValue = insertField(valuePart)

/** One field to add. A null value is not added. */
interface Insertion {
  readonly name: string
  readonly schema: Schema
  /** For a struct. */
  readonly typed: (record: ConnectRecord) => unknown
  /** For a map without a schema. */
  readonly loose: (record: ConnectRecord) => unknown
}

type Source = Omit<Insertion, 'name' | 'schema'> & { schema: (options: { optional: boolean }) => Schema }

function insertionsOf (options: Readonly<Record<string, unknown>>): Insertion[] {
  const text = (read: (record: ConnectRecord) => unknown): Source => ({ schema: o => make.of('string', o), typed: read, loose: read })
  const sources: Readonly<Record<string, Source>> = {
    'topic.field': text(record => record.topic),
    'partition.field': {
      schema: o => make.of('int32', o),
      typed: record => record.partition,
      loose: record => record.partition === null ? null : new TypedNumber('int32', record.partition)
    },
    'offset.field': { schema: o => make.of('int64', o), typed: offsetOf, loose: offsetOf },
    'timestamp.field': {
      schema: o => make.timestamp(o),
      typed: record => record.timestamp === null ? null : new Date(record.timestamp),
      loose: record => record.timestamp
    },
    'static.field': text(() => options['static.value'])
  }
  return Object.entries(sources).flatMap(([key, { schema, typed, loose }]) => {
    const spec = options[key] as string | null
    if (spec === null) return []
    return [{ name: /[?!]$/.test(spec) ? spec.slice(0, -1) : spec, schema: schema({ optional: !spec.endsWith('!') }), typed, loose }]
  })
}

function offsetOf (record: ConnectRecord): unknown {
  if (!('offset' in record)) throw dataError(`Only SinkRecord supported for [${purpose}], found: org.apache.kafka.connect.source.SourceRecord`)
  return (record as SinkRecord).offset
}

function createInsertField (part: RecordPart, insertions: readonly Insertion[], withDefault: boolean): Transform {
  const schemas = new BySchema(from => structSchema(
    [...from.fields.map(({ name, schema }) => [name, schema] as const), ...insertions.map(({ name, schema }) => [name, schema] as const)], schemaBasics(from)))
  return record => {
    const value = part.value(record)
    if (value === null) return record
    const schema = part.schema(record)
    if (schema === null) {
      const members = insertions.map(({ name, loose }) => [name, loose(record)] as const).filter(([, member]) => member !== null)
      return part.replace(record, null, withMembers(requireMap(value, purpose), members))
    }
    const struct = requireStruct(value, schema, purpose)
    const updated = schemas.get(schema)
    const result: Record<string, unknown> = {}
    for (const field of schema.fields) putMember(result, field.name, field.schema, structMember(struct, field, withDefault))
    for (const { name, typed } of insertions) setMember(result, name, typed(record))
    return part.replace(record, updated, result)
  }
}
