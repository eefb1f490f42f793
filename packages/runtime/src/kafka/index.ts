import { openAdmin } from './admin.ts'
import { openConsumer } from './consumer.ts'
import { openGroupMember } from './group-member.ts'
import { openLogReader } from './log-reader.ts'
import type { Kafka } from './port.ts'
import { openProducer } from './producer.ts'

export type * from './port.ts'

/** Kafka, through the connections of kafkajs. Needs brokers of Kafka 2.3 or newer. */
export function openKafka (): Kafka {
  return { admin: openAdmin, producer: openProducer, consumer: openConsumer, logReader: openLogReader, groupMember: openGroupMember }
}
