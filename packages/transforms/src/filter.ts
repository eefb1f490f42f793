import { defineTransform, t } from '@tributary/plugin'

/** Java's `org.apache.kafka.connect.transforms.Filter`. */
export const filter = defineTransform({
  summary: 'Drops every record; used with a predicate, those that match it.',
  config: t.object({}),
  create: () => () => null
})
