import { BySchema, configError, defineTransform, schema as make, t } from '@tributary/plugin'
import type { Schema, Transform } from '@tributary/plugin'
import { replaceNullWithDefault } from './common-keys.ts'
import { keyPart, memberOf, requireMap, requireStruct, valuePart } from './record-part.ts'
import type { Bag, RecordPart } from './record-part.ts'
import { putMember, requireFields, structMember, withMembers } from './struct-access.ts'
import { schemaBasics, structSchema } from './struct-schema.ts'
import { TimestampConversion, sourceTypeOf, targetTypes, unixPrecisions } from './timestamp-conversion.ts'

const config = t.object({
  field: t.string({ description: 'Field with the time; empty when the whole value is a time.', default: '', importance: 'HIGH' }),
  'target.type': t.enum(targetTypes, { description: 'What to make of the time.', importance: 'HIGH' }),
  format: t.string({ description: "Form of times that are text, read or written, in the letters of Java's SimpleDateFormat; UTC.", default: '' }),
  'unix.precision': t.enum(unixPrecisions, { description: 'What unix times, read or written, are counted in.', default: 'milliseconds', importance: 'LOW' }),
  'replace.null.with.default': replaceNullWithDefault
})

const purpose = 'converting timestamp formats'

/** Java's `org.apache.kafka.connect.transforms.TimestampConverter`. */
function timestampConverter (part: RecordPart) {
  return defineTransform({
    summary: `Converts a time in the ${part.name.toLowerCase()} between text, unix time and Connect's date types.`,
    config,
    create: ({ field, 'target.type': target, format, 'unix.precision': precision, 'replace.null.with.default': withDefault }) => {
      if (target === 'string' && format.trim() === '') throw configError('TimestampConverter requires format option to be specified when using string timestamps')
      const conversion = new TimestampConversion({ target, format, precision })
      return field === '' ? convertWhole(part, conversion) : convertField(part, field, conversion, withDefault)
    }
  })
}

export const timestampConverterKey = timestampConverter(keyPart)
export const timestampConverterValue = timestampConverter(valuePart)

function convertWhole (part: RecordPart, conversion: TimestampConversion): Transform {
  return record => {
    const schema = part.schema(record)
    const value = part.value(record)
    if (schema === null) return part.replace(record, null, conversion.convert(value, null))
    return part.replace(record, conversion.schema(schema.optional), conversion.convert(value, sourceTypeOf(schema)))
  }
}

function convertField (part: RecordPart, name: string, conversion: TimestampConversion, withDefault: boolean): Transform {
  const struct = (value: Bag, from: Schema): Bag => {
    const result: Record<string, unknown> = {}
    for (const field of from.fields) {
      const member = structMember(value, field, withDefault)
      putMember(result, field.name, field.schema, field.name === name ? conversion.convert(member, sourceTypeOf(field.schema)) : member)
    }
    return result
  }
  const schemas = new BySchema(from => {
    const fields = requireFields(from).fields.map(field => [field.name, field.name === name ? conversion.schema(field.schema.optional) : field.schema] as const)
    const updated = structSchema(fields, { ...schemaBasics(from), optional: from.optional })
    return from.default == null ? updated : make.with(updated, { default: struct(from.default as Bag, from) })
  })
  return record => {
    const value = part.value(record)
    const schema = part.schema(record)
    if (schema === null) {
      if (value === null) return record
      const map = requireMap(value, purpose)
      return part.replace(record, null, withMembers(map, [[name, conversion.convert(memberOf(map, name), null)]]))
    }
    const given = value === null ? null : requireStruct(value, schema, purpose)
    return part.replace(record, schemas.get(schema), given === null ? null : struct(given, schema))
  }
}
