import type { ClientSettings, Kafka } from '../kafka/port.ts'
import { writeRecords } from './internal-topic.ts'
import { lentStore, type OffsetStore } from './offset-store.ts'
import type { OffsetTopic } from './offset-topic.ts'

/**
 * An offset topic whose changes are made in a transaction of the connector's first task, so that they cannot mix with what a task that is still
 * alive somewhere writes (KIP-875). `producer`: settings with a `transactional.id`.
 */
export function transactionalOffsets (topic: OffsetTopic, kafka: Kafka, producer: ClientSettings): OffsetStore {
  return {
    ...lentStore(topic, () => topic[Symbol.asyncDispose]()),
    async write (connector, offsets) {
      const open = await kafka.producer(producer)
      try {
        await open.init()
        open.begin()
        await writeRecords(open, topic.name, topic.recordsOf(connector, offsets))
        await open.commitTransaction()
      } finally {
        await open.close(0)
      }
    }
  }
}
