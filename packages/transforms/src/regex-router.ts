import { defineTransform, javaRegex, t, wholeMatch, withParts } from '@tributary/plugin'
import { replaceFirst } from './java-replacement.ts'
import { validRegex } from './valid-regex.ts'

/** Topics whose new names are remembered; a task sees few. */
const maxTopics = 1000

/** Java's `org.apache.kafka.connect.transforms.RegexRouter`. */
export const regexRouter = defineTransform({
  summary: 'Changes the topic by a regular expression that matches all of it.',
  config: t.object({
    regex: t.string({ description: "Regular expression, in Java's dialect.", importance: 'HIGH', validator: validRegex }),
    replacement: t.string({ description: 'New topic, in which $1 stands for the first group.', importance: 'HIGH' })
  }),
  create: ({ regex, replacement }) => {
    const whole = wholeMatch(regex)
    const part = javaRegex(regex)
    const routed = new Map<string, string>()
    return record => {
      const { topic } = record
      let target = routed.get(topic)
      if (target === undefined) {
        target = whole.test(topic) ? replaceFirst(topic, part, replacement) : topic
        if (routed.size >= maxTopics) routed.clear()
        routed.set(topic, target)
      }
      return target === topic ? record : withParts(record, { topic: target })
    }
  }
})
