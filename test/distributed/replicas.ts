import { Cluster } from '../../packages/runtime/src/kafka/cluster.ts'
import { connectionSettings } from '../../packages/runtime/src/kafka/settings.ts'

interface Metadata {
  readonly brokers: readonly { readonly nodeId: number }[]
  readonly topicMetadata: readonly { readonly partitionMetadata: readonly { readonly leader: number, readonly replicas: readonly number[], readonly isr: readonly number[] }[] }[]
}

/** What the brokers say of themselves and of all partitions: how many brokers are there, partitions without a leader, and partitions with a replica that is behind. */
export interface Replicas { readonly brokers: number, readonly leaderless: number, readonly behind: number }

/** Asks any broker that answers. */
export async function replicasOf (bootstrap: string): Promise<Replicas> {
  const cluster = await Cluster.open(connectionSettings({ 'bootstrap.servers': bootstrap }))
  try {
    const link = await cluster.anyLink()
    // No topic by name asks for all of them.
    const { brokers, topicMetadata } = await link.call<Metadata>('Metadata', { topics: [], allowAutoTopicCreation: false })
    const partitions = topicMetadata.flatMap(({ partitionMetadata }) => partitionMetadata)
    return {
      brokers: brokers.length,
      leaderless: partitions.filter(({ leader }) => leader < 0).length,
      behind: partitions.filter(({ replicas, isr }) => isr.length < replicas.length).length
    }
  } finally {
    cluster.close()
  }
}
