import { defineTransform, t, validators, withParts } from '@tributary/plugin'

/** Java's `org.apache.kafka.connect.transforms.DropHeaders`. */
export const dropHeaders = defineTransform({
  summary: 'Removes headers by name.',
  config: t.object({
    headers: t.list({
      description: 'Names of the headers to remove.',
      importance: 'HIGH',
      validator: validators.distinctList({ emptyAllowed: false, nullAllowed: false })
    })
  }),
  create: ({ headers }) => {
    const dropped = new Set(headers)
    return record => {
      if (!record.headers.some(({ key }) => dropped.has(key))) return record
      return withParts(record, { headers: record.headers.filter(({ key }) => !dropped.has(key)) })
    }
  }
})
