import { BySchema, dataError, defineTransform, t, validators, withParts } from '@tributary/plugin'
import { replaceNullWithDefault } from './common-keys.ts'
import { memberOf, requireMap, requireStruct, setMember } from './record-part.ts'
import { fieldOf, putMember, structMember } from './struct-access.ts'
import { structSchema } from './struct-schema.ts'

const purpose = 'copying fields from value to key'

/** Java's `org.apache.kafka.connect.transforms.ValueToKey`. */
export const valueToKey = defineTransform({
  summary: 'Makes the key from fields of the value.',
  config: t.object({
    fields: t.list({
      description: 'Fields of the value that make up the key.',
      importance: 'HIGH',
      validator: validators.distinctList({ emptyAllowed: false, nullAllowed: false })
    }),
    'replace.null.with.default': replaceNullWithDefault
  }),
  create: ({ fields, 'replace.null.with.default': withDefault }) => {
    const schemas = new BySchema(from => structSchema(fields.map(name => {
      const field = fieldOf(from, name)
      if (field === undefined) throw dataError(`Field does not exist: ${name}`)
      return [name, field.schema] as const
    })))
    return record => {
      const { value, valueSchema } = record
      const key: Record<string, unknown> = {}
      if (valueSchema === null) {
        const map = requireMap(value, purpose)
        for (const name of fields) setMember(key, name, memberOf(map, name))
        return withParts(record, { keySchema: null, key })
      }
      const struct = requireStruct(value, valueSchema, purpose)
      const keySchema = schemas.get(valueSchema)
      for (const name of fields) {
        const field = fieldOf(valueSchema, name)!
        putMember(key, name, field.schema, structMember(struct, field, withDefault))
      }
      return withParts(record, { keySchema, key })
    }
  }
})
