import { BySchema, defineTransform, t } from '@tributary/plugin'
import { replaceNullWithDefault } from './common-keys.ts'
import { FieldPath, unknownField } from './field-syntax.ts'
import { keyPart, requireMap, requireStruct, valuePart } from './record-part.ts'
import type { RecordPart } from './record-part.ts'

const config = t.object({
  field: t.string({ description: 'Field to extract.' }),
  'replace.null.with.default': replaceNullWithDefault,
  'field.syntax.version': t.enum(['V1', 'V2'], {
    description: 'V1: field is one name. V2: dots lead into nested fields, and backticks enclose names that hold dots, as in `a.b`.c.',
    default: 'V1',
    importance: 'HIGH',
    ignoreCase: true
  })
})

const purpose = 'field extraction'

/** Java's `org.apache.kafka.connect.transforms.ExtractField`. */
function extractField (part: RecordPart) {
  return defineTransform({
    summary: `Replaces the ${part.name.toLowerCase()} by one of its fields.`,
    config,
    create: ({ field: name, 'replace.null.with.default': withDefault, 'field.syntax.version': syntax }) => {
      const path = new FieldPath(name, syntax)
      const fields = new BySchema(from => path.field(from) ?? null)
      return record => {
        const schema = part.schema(record)
        const value = part.value(record)
        if (schema === null) return part.replace(record, null, value === null ? null : path.inMap(requireMap(value, purpose)))
        const struct = value === null ? null : requireStruct(value, schema, purpose)
        const field = fields.get(schema)
        if (field === null) throw unknownField(name)
        return part.replace(record, field.schema, struct === null ? null : path.inStruct(struct, schema, withDefault))
      }
    }
  })
}

export const extractFieldKey = extractField(keyPart)
export const extractFieldValue = extractField(valuePart)
