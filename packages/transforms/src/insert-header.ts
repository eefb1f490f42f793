import { defineTransform, parseValue, t, validators, withParts } from '@tributary/plugin'

/** Java's `org.apache.kafka.connect.transforms.InsertHeader`. */
export const insertHeader = defineTransform({
  summary: 'Adds a header that is the same for every record.',
  config: t.object({
    header: t.string({ description: 'Name of the header.', importance: 'HIGH', validator: validators.nonNull() }),
    'value.literal': t.string({
      description: 'Value of the header; its type is guessed from the text, so 1 is an INT8 and [1,2] an array.',
      importance: 'HIGH',
      validator: validators.nonNull()
    })
  }),
  create: ({ header, 'value.literal': literal }) => {
    const { schema, value } = parseValue(literal)
    const added = Object.freeze({ key: header, schema, value })
    const alone = Object.freeze([added])
    return record => withParts(record, { headers: record.headers.length === 0 ? alone : [...record.headers, added] })
  }
})
