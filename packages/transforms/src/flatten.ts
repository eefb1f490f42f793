import { BySchema, defineTransform, t } from '@tributary/plugin'
import type { Transform } from '@tributary/plugin'
import { MapFlattener } from './flatten-map.ts'
import { planStruct } from './flatten-struct.ts'
import { keyPart, requireMap, requireStruct, valuePart } from './record-part.ts'
import type { RecordPart } from './record-part.ts'

const config = t.object({
  delimiter: t.string({
    description: 'Stands between the names of the levels in the name of a flattened field.',
    default: '.'
  }),
  arrays: t.enum(['copy', 'flatten'], {
    description: 'copy leaves arrays as they are, as Kafka Connect does. flatten takes them apart too, by position (tags.0, tags.1); for records without a schema.',
    default: 'copy'
  })
})

const purpose = 'flattening'

/** Java's `org.apache.kafka.connect.transforms.Flatten`. */
function flatten (part: RecordPart) {
  return defineTransform({
    summary: `Joins nested maps and structs of the ${part.name.toLowerCase()} into one level: {"a":{"b":1}} becomes {"a.b":1}.`,
    config,
    create: ({ delimiter, arrays }) => createFlatten(part, delimiter, arrays)
  })
}

export const flattenKey = flatten(keyPart)
export const flattenValue = flatten(valuePart)

function createFlatten (part: RecordPart, delimiter: string, arrays: 'copy' | 'flatten'): Transform {
  const maps = new MapFlattener(delimiter, arrays)
  const plans = new BySchema(from => planStruct(from, delimiter, arrays))
  return record => {
    const value = part.value(record)
    if (value === null) return record
    const schema = part.schema(record)
    if (schema === null) return part.replace(record, null, maps.flatten(requireMap(value, purpose)))
    const struct = requireStruct(value, schema, purpose)
    const plan = plans.get(schema)
    return part.replace(record, plan.schema, plan.flatten(struct))
  }
}
