import type { TopicPartition } from '@tributary/plugin'
import { ByteReader, ByteWriter } from './bytes.ts'
import { byTopic } from './offsets.ts'

export interface Subscriber { readonly id: string, readonly topics: readonly string[] }

type Assignor = (members: readonly Subscriber[], partitionsOf: (topic: string) => number) => Map<string, TopicPartition[]>

/** The assignors of Java's consumer that a group of ours can share with Java's, by protocol name. */
export const assignors: Readonly<Record<'range' | 'roundrobin', Assignor>> = { range, roundrobin: roundRobin }

/** Each topic on its own: consecutive partitions to members in the order of their ids, the first ones get one more when it does not divide. */
function range (members: readonly Subscriber[], partitionsOf: (topic: string) => number): Map<string, TopicPartition[]> {
  const assigned = new Map<string, TopicPartition[]>(members.map(({ id }) => [id, []]))
  const sorted = [...members].sort(byId)
  for (const topic of topicsOf(members)) {
    const subscribers = sorted.filter(({ topics }) => topics.includes(topic))
    const count = partitionsOf(topic)
    const each = Math.floor(count / subscribers.length)
    const extra = count % subscribers.length
    let next = 0
    for (const [i, { id }] of subscribers.entries()) {
      for (const end = next + each + (i < extra ? 1 : 0); next < end; next++) assigned.get(id)?.push({ topic, partition: next })
    }
  }
  return assigned
}

/** All partitions of all topics in turn. */
function roundRobin (members: readonly Subscriber[], partitionsOf: (topic: string) => number): Map<string, TopicPartition[]> {
  const assigned = new Map<string, TopicPartition[]>(members.map(({ id }) => [id, []]))
  const sorted = [...members].sort(byId)
  let turn = 0
  for (const topic of topicsOf(members)) {
    for (let partition = 0; partition < partitionsOf(topic); partition++) {
      while (sorted[turn % sorted.length]?.topics.includes(topic) === false) turn++
      assigned.get(sorted[turn++ % sorted.length]?.id ?? '')?.push({ topic, partition })
    }
  }
  return assigned
}

function byId (a: Subscriber, b: Subscriber): number { return a.id < b.id ? -1 : a.id > b.id ? 1 : 0 }

function topicsOf (members: readonly Subscriber[]): string[] { return [...new Set(members.flatMap(({ topics }) => topics))].sort() }

/** Metadata of a member of a `consumer` group, version 0: topics, no user data. */
export function encodeSubscription (topics: readonly string[]): Buffer {
  const writer = new ByteWriter().int16(0).int32(topics.length)
  for (const topic of topics) writer.string(topic)
  return writer.bytes(null).done()
}

/** Topics of a member's metadata; what later versions append is not needed by the assignors here. */
export function decodeSubscription (bytes: Uint8Array): string[] {
  const reader = new ByteReader(bytes)
  reader.int16()
  return reader.array(r => r.string() ?? '')
}

export function encodeAssignment (partitions: readonly TopicPartition[]): Buffer {
  const topics = byTopic(partitions, ({ partition }) => partition)
  const writer = new ByteWriter().int16(0).int32(topics.length)
  for (const { topic, partitions: numbers } of topics) {
    writer.string(topic).int32(numbers.length)
    for (const number of numbers) writer.int32(number)
  }
  return writer.bytes(null).done()
}

export function decodeAssignment (bytes: Uint8Array): TopicPartition[] {
  if (bytes.length === 0) return []
  const reader = new ByteReader(bytes)
  reader.int16()
  return reader.array(r => ({ topic: r.string() ?? '', partitions: r.array(p => p.int32()) }))
    .flatMap(({ topic, partitions }) => partitions.map(partition => ({ topic, partition })))
}
