import { ByteReader, ByteWriter } from './bytes.ts'
import { Cluster } from './cluster.ts'
import { brokerError, check } from './failure.ts'
import { encoderOf, type WireRequest } from './kafkajs-parts.ts'
import type { Link } from './link.ts'
import { byTopic, listOffsets, partitionKey } from './offsets.ts'
import type { Admin, ClientSettings, NewTopic } from './port.ts'
import { connectionSettings } from './settings.ts'

const topicAlreadyExists = 36
const unknownTopic = 3
const groupIdNotFound = 69
const offsetDeleteKey = 47
/** How long all brokers may take to know a topic just created. */
const newTopicMs = 5000

interface DescribedConfigs { readonly resources: readonly { errorCode: number, errorMessage: string | null, configEntries: readonly { configName: string, configValue: string | null }[] }[] }
interface FetchedOffsets { readonly errorCode: number, readonly responses: readonly { topic: string, partitions: readonly { partition: number, offset: string, errorCode: number }[] }[] }
interface CommittedOffsets { readonly responses: readonly { topic: string, partitions: readonly { partition: number, errorCode: number }[] }[] }

export async function openAdmin (settings: ClientSettings): Promise<Admin> {
  return new KafkaAdmin(await Cluster.open(connectionSettings(settings)))
}

class KafkaAdmin implements Admin {
  readonly #cluster: Cluster

  constructor (cluster: Cluster) { this.#cluster = cluster }

  async clusterId (): Promise<string> { return this.#cluster.clusterId }

  async topics (): Promise<string[]> {
    const all = await this.#cluster.retry(() => this.#cluster.refresh(null))
    return Array.from(all).filter(([, info]) => info.errorCode === 0).map(([topic]) => topic).sort()
  }

  async describe (topics: readonly string[]): Promise<Map<string, { partitions: number, replicationFactor: number } | null>> {
    const found = await this.#cluster.retry(() => this.#cluster.refresh(topics))
    return new Map(topics.map(topic => {
      const info = found.get(topic)
      if (info === undefined || info.errorCode === unknownTopic) return [topic, null]
      check(info.errorCode, `Cannot describe topic ${topic}`)
      return [topic, { partitions: info.partitions.length, replicationFactor: info.partitions[0]?.replicas ?? 0 }]
    }))
  }

  async topicConfig (topic: string): Promise<Map<string, string>> {
    const entries = await this.#cluster.retry(async () => {
      const link = await this.#cluster.anyLink()
      const { resources: [answer] } = await link.call<DescribedConfigs>('DescribeConfigs', { resources: [{ type: 2, name: topic }], includeSynonyms: false })
      check(answer?.errorCode ?? 0, `Cannot read the configuration of topic ${topic}`, answer?.errorMessage)
      return answer?.configEntries ?? []
    })
    return new Map(entries.flatMap(({ configName, configValue }) => configValue === null ? [] : [[configName, configValue]]))
  }

  async create ({ name, partitions, replicationFactor, configs }: NewTopic): Promise<boolean> {
    return await this.#cluster.retry(async () => {
      const link = await this.#cluster.controller()
      const answer = await link.call<{ topicErrors: readonly { errorCode: number, errorMessage: string | null }[] }>('CreateTopics', {
        topics: [{ topic: name, numPartitions: partitions, replicationFactor, configEntries: Object.entries(configs).map(([key, value]) => ({ name: key, value })) }],
        timeout: this.#cluster.settings.requestTimeoutMs
      })
      const result = answer.topicErrors[0]
      if (result?.errorCode === topicAlreadyExists) return false
      check(result?.errorCode ?? 0, `Cannot create topic ${name}`, result?.errorMessage)
      return true
    }, { onError: () => { this.#cluster.forgetController() } })
  }

  async endOffsets (topic: string, isolation: 'read_committed' | 'read_uncommitted'): Promise<number[]> {
    const { partitions } = await this.#cluster.topic(topic, { timeoutMs: Math.min(newTopicMs, this.#cluster.settings.apiTimeoutMs) })
    const offsets = await listOffsets(this.#cluster, partitions.map((_info, partition) => ({ topic, partition })), 'latest', isolation === 'read_committed')
    return partitions.map((_info, partition) => offsets.get(partitionKey(topic, partition)) ?? 0)
  }

  async groupOffsets (group: string): Promise<{ topic: string, partition: number, offset: number }[]> {
    const answer = await this.#atGroup(group, async link => {
      const found = await link.call<FetchedOffsets>('OffsetFetch', { groupId: group, topics: [] })
      check(found.errorCode, `Cannot read offsets of group ${group}`)
      return found
    })
    return answer.responses.flatMap(({ topic, partitions }) => partitions.filter(({ offset }) => Number(offset) >= 0).map(({ partition, offset }) => ({ topic, partition, offset: Number(offset) })))
  }

  async alterGroupOffsets (group: string, offsets: readonly { topic: string, partition: number, offset: number | null }[]): Promise<void> {
    const set = offsets.filter(({ offset }) => offset !== null)
    const removed = offsets.filter(({ offset }) => offset === null)
    if (set.length > 0) {
      await this.#atGroup(group, async link => {
        const answer = await link.call<CommittedOffsets>('OffsetCommit', { groupId: group, groupGenerationId: -1, memberId: '', retentionTime: -1, topics: byTopic(set, ({ partition, offset }) => ({ partition, offset, metadata: '' })) })
        for (const { topic, partitions } of answer.responses) for (const { partition, errorCode } of partitions) check(errorCode, `Cannot change the offset of ${topic}-${partition} in group ${group}`)
      })
    }
    if (removed.length > 0) await this.#atGroup(group, link => deleteOffsets(link, group, removed))
  }

  async deleteGroup (group: string): Promise<void> {
    await this.#atGroup(group, async link => {
      const { results } = await link.call<{ results: readonly { errorCode: number }[] }>('DeleteGroups', [group])
      const code = results[0]?.errorCode ?? 0
      if (code !== groupIdNotFound) check(code, `Cannot delete group ${group}`)
    })
  }

  async fenceProducers (transactionalIds: readonly string[]): Promise<void> {
    for (const transactionalId of transactionalIds) {
      await this.#atCoordinator('transaction', transactionalId, async link => {
        const { errorCode } = await link.call<{ errorCode: number }>('InitProducerId', { transactionalId, transactionTimeout: 60_000 })
        check(errorCode, `Cannot fence producers of transactional.id ${transactionalId}`)
      })
    }
  }

  async #atGroup<T> (group: string, action: (link: Link) => Promise<T>): Promise<T> { return await this.#atCoordinator('group', group, action) }

  async #atCoordinator<T> (kind: 'group' | 'transaction', key: string, action: (link: Link) => Promise<T>): Promise<T> {
    return await this.#cluster.retry(async () => action(await this.#cluster.coordinator(kind, key)), { onError: () => { this.#cluster.forgetCoordinator(kind, key) } })
  }

  async close (): Promise<void> { this.#cluster.close() }
}

/** OffsetDelete (KIP-496), which kafkajs does not have. Partitions without an offset are fine. */
async function deleteOffsets (link: Link, group: string, partitions: readonly { topic: string, partition: number }[]): Promise<void> {
  const writer = new ByteWriter().string(group)
  const topics = byTopic(partitions, ({ partition }) => partition)
  writer.int32(topics.length)
  for (const { topic, partitions: numbers } of topics) {
    writer.string(topic).int32(numbers.length)
    for (const number of numbers) writer.int32(number)
  }
  const wire: WireRequest = {
    request: { apiKey: offsetDeleteKey, apiVersion: 0, apiName: 'OffsetDelete', encode: () => encoderOf(writer.done()) },
    response: {
      decode (payload) {
        const reader = new ByteReader(payload)
        const errorCode = reader.int16()
        reader.int32()
        return { errorCode, topics: reader.array(r => ({ topic: r.string(), partitions: r.array(p => ({ partition: p.int32(), errorCode: p.int16() })) })) }
      },
      parse: answer => answer
    }
  }
  const answer = await link.send(wire) as { errorCode: number, topics: readonly { topic: string | null, partitions: readonly { partition: number, errorCode: number }[] }[] }
  if (answer.errorCode === groupIdNotFound) return
  check(answer.errorCode, `Cannot remove offsets of group ${group}`)
  for (const { topic, partitions: parts } of answer.topics) {
    for (const { partition, errorCode } of parts) {
      if (errorCode !== 0 && errorCode !== unknownTopic) throw brokerError(errorCode, `Cannot remove the offset of ${topic}-${partition} in group ${group}`)
    }
  }
}
