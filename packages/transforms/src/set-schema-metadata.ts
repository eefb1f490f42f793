import { BySchema, configError, dataError, defineTransform, schema as make, t } from '@tributary/plugin'
import { replaceNullWithDefault } from './common-keys.ts'
import { isBag, keyPart, valuePart } from './record-part.ts'
import type { Bag, RecordPart } from './record-part.ts'
import { putMember, structMember } from './struct-access.ts'

const config = t.object({
  'schema.name': t.string({ description: 'Name to give the schema.', default: null, importance: 'HIGH' }),
  'schema.version': t.int({ description: 'Version to give the schema.', default: null, importance: 'HIGH' }),
  'replace.null.with.default': replaceNullWithDefault
})

/** Java's `org.apache.kafka.connect.transforms.SetSchemaMetadata`. */
function setSchemaMetadata (part: RecordPart) {
  return defineTransform({
    summary: `Sets name and version of the schema of the ${part.name.toLowerCase()}.`,
    config,
    create: ({ 'schema.name': name, 'schema.version': version, 'replace.null.with.default': withDefault }) => {
      if (name === null && version === null) throw configError('Neither schema name nor version configured')
      const schemas = new BySchema(from => make.with(from, { name: name ?? from.name, version: version ?? from.version }))
      return record => {
        const value = part.value(record)
        const schema = part.schema(record)
        if (schema === null) {
          if (value === null) return record
          throw dataError('Schema required for [updating schema metadata]')
        }
        // Kafka Connect 4.3 fails here for any other schema too.
        if (schema.type !== 'struct') throw dataError('Cannot list fields on non-struct type')
        if (!isBag(value)) return part.replace(record, schemas.get(schema), value)
        const result: Record<string, unknown> = {}
        for (const field of schema.fields) putMember(result, field.name, field.schema, structMember(value as Bag, field, withDefault))
        return part.replace(record, schemas.get(schema), result)
      }
    }
  })
}

export const setSchemaMetadataKey = setSchemaMetadata(keyPart)
export const setSchemaMetadataValue = setSchemaMetadata(valuePart)
