import { dataError, defineTransform, t, withParts } from '@tributary/plugin'
import { DateFormatter } from './simple-date-format.ts'
import { timeZone } from './time-zone.ts'

/** Java's `org.apache.kafka.connect.transforms.TimestampRouter`. */
export const timestampRouter = defineTransform({
  summary: 'Changes the topic by the timestamp of the record, such as orders-20191112.',
  config: t.object({
    'topic.format': t.string({
      description: 'The new topic, in which ${topic} and ${timestamp} stand for the topic and the formatted timestamp.',
      default: '${topic}-${timestamp}',
      importance: 'HIGH'
    }),
    'timestamp.format': t.string({
      description: "Form of the timestamp, in the letters of Java's SimpleDateFormat; UTC.",
      default: 'yyyyMMdd',
      importance: 'HIGH'
    })
  }),
  create: ({ 'topic.format': topicFormat, 'timestamp.format': timestampFormat }) => {
    // Java looks at the format when the first record comes.
    let formatter: DateFormatter | null = null
    return record => {
      const { timestamp, topic } = record
      if (timestamp === null) throw dataError('Timestamp missing on record')
      formatter ??= new DateFormatter(timestampFormat, timeZone('UTC')!)
      const text = formatter.format(timestamp)
      return withParts(record, { topic: topicFormat.replaceAll('${topic}', () => topic).replaceAll('${timestamp}', () => text) })
    }
  }
})
