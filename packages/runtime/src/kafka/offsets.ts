import type { TopicPartition } from '@tributary/plugin'
import type { Cluster } from './cluster.ts'
import { brokerError, check } from './failure.ts'

export type Place = 'earliest' | 'latest'

interface ListedOffsets { readonly responses: readonly { topic: string, partitions: readonly { partition: number, errorCode: number, offset: string }[] }[] }

/** Text of a partition that serves as a key: `orders-2`. */
export function partitionKey (topic: string, partition: number): string { return `${topic}-${partition}` }

/** Partitions in the shape of Kafka's requests: grouped by topic. */
export function byTopic<P extends { readonly topic: string }, T> (partitions: readonly P[], part: (item: P) => T): { topic: string, partitions: T[] }[] {
  const topics = new Map<string, T[]>()
  for (const item of partitions) {
    const list = topics.get(item.topic)
    if (list === undefined) topics.set(item.topic, [part(item)])
    else list.push(part(item))
  }
  return Array.from(topics, ([topic, list]) => ({ topic, partitions: list }))
}

/** First or end offsets of partitions by {@link partitionKey}; the end is the last stable offset when `readCommitted`. Tries again while leaders move. */
export async function listOffsets (cluster: Cluster, partitions: readonly TopicPartition[], place: Place, readCommitted: boolean, options: { signal?: AbortSignal, timeoutMs?: number } = {}): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  let stale = false
  await cluster.retry(async () => {
    const missing = partitions.filter(({ topic, partition }) => !found.has(partitionKey(topic, partition)))
    if (missing.length === 0) return
    if (stale || missing.some(({ topic, partition }) => cluster.leaderOf(topic, partition) < 0)) await cluster.refresh([...new Set(missing.map(({ topic }) => topic))])
    stale = true
    const byLeader = Map.groupBy(missing, ({ topic, partition }) => cluster.leaderOf(topic, partition))
    for (const [leader, led] of byLeader) {
      const first = led[0]
      if (leader < 0 && first !== undefined) throw brokerError(cluster.known(first.topic)?.errorCode || 5, `Cannot read offsets of ${first.topic}-${first.partition}`)
      const link = await cluster.link(leader)
      const timestamp = place === 'earliest' ? -2 : -1
      const answer = await link.call<ListedOffsets>('ListOffsets', { isolationLevel: readCommitted ? 1 : 0, topics: byTopic(led, ({ partition }) => ({ partition, timestamp })) })
      for (const { topic, partitions: parts } of answer.responses) {
        for (const { partition, errorCode, offset } of parts) {
          check(errorCode, `Cannot read offsets of ${topic}-${partition}`)
          found.set(partitionKey(topic, partition), Number(offset))
        }
      }
    }
  }, options)
  return found
}
