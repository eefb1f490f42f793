import { definePredicate, t } from '@tributary/plugin'

/** Java's `org.apache.kafka.connect.transforms.predicates.RecordIsTombstone`. */
export const recordIsTombstone = definePredicate({
  summary: 'True for records whose value is null.',
  config: t.object({}),
  create: () => record => record.value === null
})
