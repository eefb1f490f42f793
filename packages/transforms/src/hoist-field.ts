import { BySchema, defineTransform, t, validateValue } from '@tributary/plugin'
import { keyPart, setMember, valuePart } from './record-part.ts'
import type { RecordPart } from './record-part.ts'
import { structSchema } from './struct-schema.ts'

/** Java's `org.apache.kafka.connect.transforms.HoistField`. */
function hoistField (part: RecordPart) {
  return defineTransform({
    summary: `Wraps the ${part.name.toLowerCase()} in a map or struct with one field.`,
    config: t.object({ field: t.string({ description: 'Name of the one field.' }) }),
    create: ({ field }) => {
      const schemas = new BySchema(from => structSchema([[field, from]]))
      return record => {
        const schema = part.schema(record)
        const value = part.value(record)
        if (schema !== null) validateValue(schema, value, field)
        const wrapped: Record<string, unknown> = {}
        setMember(wrapped, field, value)
        return part.replace(record, schema === null ? null : schemas.get(schema), wrapped)
      }
    }
  })
}

export const hoistFieldKey = hoistField(keyPart)
export const hoistFieldValue = hoistField(valuePart)
