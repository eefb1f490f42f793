import { definePredicate, t } from '@tributary/plugin'

/** Java's `org.apache.kafka.connect.transforms.predicates.HasHeaderKey`. */
export const hasHeaderKey = definePredicate({
  summary: 'True for records with a header of a name.',
  config: t.object({ name: t.string({ description: 'Name of the header.', nonEmpty: true }) }),
  create: ({ name }) => record => record.headers.some(({ key }) => key === name)
})
