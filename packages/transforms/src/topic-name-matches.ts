import { definePredicate, t, validators, wholeMatch } from '@tributary/plugin'
import { validRegex } from './valid-regex.ts'

/** Java's `org.apache.kafka.connect.transforms.predicates.TopicNameMatches`. */
export const topicNameMatches = definePredicate({
  summary: 'True for records whose whole topic matches a regular expression.',
  config: t.object({
    pattern: t.string({ description: "Regular expression, in Java's dialect.", validator: validators.all(validators.nonEmpty(), validRegex) })
  }),
  create: ({ pattern }) => {
    const regex = wholeMatch(pattern)
    let topic: string | null = null
    let result = false
    return record => {
      if (record.topic !== topic) {
        topic = record.topic
        result = regex.test(topic)
      }
      return result
    }
  }
})
