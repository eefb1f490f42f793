import { ConnectError, type Position, type TopicPartition } from '@tributary/plugin'
import type { Cluster } from './cluster.ts'
import { brokerError, check } from './failure.ts'
import type { GroupSession } from './group-session.ts'
import { byTopic, listOffsets, partitionKey } from './offsets.ts'
import type { GroupSettings } from './settings.ts'

const notMember = new Set([22, 25, 27, 82])

/** Where reading of newly assigned partitions starts: what the group committed, else what `auto.offset.reset` says. */
export async function startPositions (cluster: Cluster, partitions: readonly TopicPartition[], { groupId, autoOffsetReset }: GroupSettings, readCommitted: boolean, signal: AbortSignal): Promise<Position[]> {
  if (partitions.length === 0) return []
  const answer = await cluster.retry(async () => {
    const link = await cluster.coordinator('group', groupId)
    const found = await link.call<{ errorCode: number, responses: readonly { topic: string, partitions: readonly { partition: number, offset: string, errorCode: number }[] }[] }>('OffsetFetch', { groupId, topics: byTopic(partitions, ({ partition }) => ({ partition })) })
    check(found.errorCode, `Cannot read offsets of group ${groupId}`)
    for (const { topic, partitions: parts } of found.responses) for (const { partition, errorCode } of parts) check(errorCode, `Cannot read the offset of ${topic}-${partition} in group ${groupId}`)
    return found
  }, { signal, onError: () => { cluster.forgetCoordinator('group', groupId) } })
  const known = new Map(answer.responses.flatMap(({ topic, partitions: parts }) => parts.map(({ partition, offset }) => [partitionKey(topic, partition), Number(offset)])))
  const without = partitions.filter(({ topic, partition }) => (known.get(partitionKey(topic, partition)) ?? -1) < 0)
  if (without.length > 0) {
    if (autoOffsetReset === 'none') throw noOffsets(groupId, without)
    const listed = await listOffsets(cluster, without, autoOffsetReset, readCommitted, { signal })
    for (const [key, offset] of listed) known.set(key, offset)
  }
  return partitions.map(({ topic, partition }) => ({ topic, partition, offset: known.get(partitionKey(topic, partition)) ?? 0 }))
}

function noOffsets (groupId: string, partitions: readonly TopicPartition[]): ConnectError {
  const names = partitions.map(({ topic, partition }) => partitionKey(topic, partition)).join(', ')
  return new ConnectError('NO_OFFSET', 'system', `Group ${groupId} has no offsets of ${names}, and auto.offset.reset is none.`, { javaClass: 'org.apache.kafka.clients.consumer.NoOffsetForPartitionException' })
}

/** Commits positions as a member of the group. Throws `transient` when the membership was lost; tries again while the coordinator moves. */
export async function commitPositions (cluster: Cluster, session: GroupSession, groupId: string, positions: readonly Position[], signal: AbortSignal): Promise<void> {
  if (positions.length === 0) return
  const { memberId, generation } = session
  if (generation < 0) throw notOwner(groupId)
  await cluster.retry(async () => {
    const link = await cluster.coordinator('group', groupId)
    const answer = await link.call<{ responses: readonly { topic: string, partitions: readonly { partition: number, errorCode: number }[] }[] }>('OffsetCommit', {
      groupId, groupGenerationId: generation, memberId, retentionTime: -1, topics: byTopic(positions, ({ partition, offset }) => ({ partition, offset: String(offset), metadata: '' }))
    })
    for (const { topic, partitions } of answer.responses) {
      for (const { partition, errorCode } of partitions) {
        if (errorCode === 0) continue
        if (notMember.has(errorCode)) throw notOwner(groupId, errorCode)
        throw brokerError(errorCode, `Cannot commit the offset of ${topic}-${partition} in group ${groupId}`)
      }
    }
  }, { signal, onError: () => { cluster.forgetCoordinator('group', groupId) }, giveUp: ({ code }) => code === 'COMMIT_FAILED' || code === 'UNKNOWN_TOPIC_OR_PARTITION' })
}

function notOwner (groupId: string, code?: number): ConnectError {
  return new ConnectError('COMMIT_FAILED', 'transient', `Offsets of group ${groupId} cannot be committed: the group has rebalanced and the partitions may belong to another member.`,
    { javaClass: 'org.apache.kafka.clients.consumer.CommitFailedException', ...(code === undefined ? {} : { cause: brokerError(code, 'The coordinator refused') }) })
}
