import type { Admin } from '../kafka/port.ts'
import type { ConnectorOffset } from './herder.ts'
import { RestError } from './rest-error.ts'

/** The offset of a sink in one topic-partition; null: to be forgotten. */
export interface SinkOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: number | null
}

function wholeNumber (value: unknown, what: string): number {
  const text = String(value)
  if (/^[+-]?\d+$/.test(text)) return Number(text)
  throw new RestError(400, `Failed to parse the following Kafka ${what} value in the provided offsets: '${text}'. ${what === 'partition' ? 'Partition' : 'Offset'} values for sink connectors need to be integers.`)
}

/** Reads the offsets of a REST request. Throws a RestError 400 with Kafka's message for the first that cannot be used. */
export function sinkOffsetsOf (offsets: readonly ConnectorOffset[]): SinkOffset[] {
  return offsets.map(({ partition, offset }) => {
    if (partition == null || Object.keys(partition).length === 0) throw new RestError(400, 'The partition for a sink connector offset cannot be null or missing')
    if (!Object.hasOwn(partition, 'kafka_topic') || !Object.hasOwn(partition, 'kafka_partition')) {
      throw new RestError(400, 'The partition for a sink connector offset must contain the keys \'kafka_topic\' and \'kafka_partition\'')
    }
    const { kafka_topic: topic, kafka_partition: number } = partition
    if (topic == null) throw new RestError(400, 'Kafka topic names must be valid strings and may not be null')
    if (number == null) throw new RestError(400, 'Kafka partitions must be valid numbers and may not be null')
    const place = { topic: String(topic), partition: wholeNumber(number, 'partition') }
    if (offset == null) return { ...place, offset: null }
    if (!Object.hasOwn(offset, 'kafka_offset')) throw new RestError(400, 'The offset for a sink connector should either be null or contain the key \'kafka_offset\'')
    return { ...place, offset: wholeNumber(offset.kafka_offset, 'offset') }
  })
}

/** The committed offsets of a sink's consumer group, as REST shows them. */
export async function readSinkOffsets (admin: Admin, group: string): Promise<ConnectorOffset[]> {
  const offsets = await admin.groupOffsets(group)
  return offsets.map(({ topic, partition, offset }) => ({ partition: { kafka_topic: topic, kafka_partition: partition }, offset: { kafka_offset: offset } }))
}

/** An error of a change to group offsets, told as Kafka tells it: most likely tasks are still members. */
export function sinkOffsetsFailure (verb: 'alter' | 'reset', connector: string, error: unknown): RestError {
  const what = verb === 'alter' ? 'alter consumer group offsets' : 'reset consumer group offsets'
  return new RestError(500, `Failed to ${what} for connector ${connector} either because its tasks haven't stopped completely yet or the connector was resumed before the request to ${verb} its offsets could be successfully completed. If the connector is in a stopped state, this operation can be safely retried. If it doesn't eventually succeed, the Connect cluster may need to be restarted to get rid of the zombie sink tasks.`, { cause: error })
}

const offsetsMessages = {
  alter: 'altered',
  reset: 'reset'
} as const

/** The answer to a change of offsets. `isExternalDone`: the connector's own hook took care of offsets that its system keeps. */
export function offsetsMessage (verb: 'alter' | 'reset', isExternalDone: boolean): string {
  const done = offsetsMessages[verb]
  return isExternalDone
    ? `The offsets for this connector have been ${done} successfully`
    : `The Connect framework-managed offsets for this connector have been ${done} successfully. However, if this connector manages offsets externally, they will need to be manually ${done} in the system that the connector uses.`
}
